"""How much more customers who began with a scene have at the bank since, than others like them who
never used it: difference of differences, by strata of the kind of customer and of what they had."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from enscene.engagement.experiments.compare_groups import ALPHA, LEAST, NORMAL
from enscene.operations import store as operations_store
from enscene.operations.indicators import Value, read_values
from enscene.operations.indicators.bound import COMPARED, SIZE

BOUND = "account.bound"
LINES = {"kept": ("deposits", 1), "lent": ("loans", -1)}
"""By class: what it is called, and the sign with which it is told."""
COVERED = 0.8
"""Of those who began, so many must have others like them, or the rest would speak for them."""
Why: TypeAlias = Literal["few_began", "few_others", "unlike"]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one stratum on one side: how many, their changes in minor units, and the squares of these in
    thousands of minor units."""

    count: int = 0
    sum: int = 0
    squares: int = 0

    def less(self, other: Sums) -> Sums:
        """Those who are in this and not in the other."""
        return Sums(self.count - other.count, self.sum - other.sum, self.squares - other.squares)

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def variance(self) -> float:
        """Of one customer, in minor units; of at least two."""
        size = self.sum / SIZE
        spread = self.squares - size * size / self.count
        return max(0.0, spread) / (self.count - 1) * SIZE * SIZE


@dataclass(frozen=True, slots=True)
class Bound:
    """Of `deposits` or `loans` in one currency: `began` customers, `compared` of them with `others` like
    them. A customer has (or owes) `value` more than they since, `low` to `high` in 95 of 100 such
    comparisons, all together `whole`, in minor units. Where `why` says why it cannot be told there are
    none."""

    name: str
    currency: str
    began: int
    compared: int
    others: int
    why: Why | None = None
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def whole(self) -> int:
        return round(self.value * self.began)

    @property
    def tells(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.why is None and (self.low > 0 or self.high < 0)


async def read_bound(
    source: operations_store.Source, tenant: int, scene: int, month: date
) -> tuple[Bound, ...]:
    """Of a month that is computed, by class and currency; empty where nothing is."""
    async with operations_store.reading(source, tenant) as connection:
        return compare_bound(
            await read_values(connection, tenant, [BOUND], "month", month, month, scene),
            await read_values(connection, tenant, [BOUND], "month", month, month, 0),
        )


def compare_bound(own: Iterable[Value], everybody: Iterable[Value]) -> tuple[Bound, ...]:
    """From the kept sums of a scene, and of all customers."""
    of_scene, of_all = _strata(own), _strata(everybody)
    found = []
    for name in COMPARED:
        for currency in sorted({c for n, c, _, _ in of_scene if n == name}):
            strata = sorted({s for n, c, s, _ in of_scene if (n, c) == (name, currency)})
            found.append(
                _compared(name, currency, [
                    (
                        of_scene.get((name, currency, each, "began"), Sums()),
                        of_all.get((name, currency, each, "all"), Sums()).less(
                            of_scene.get((name, currency, each, "used"), Sums())
                        ),
                    )
                    for each in strata
                ])
            )  # fmt: skip
    return tuple(each for each in found if each.began)


def _strata(values: Iterable[Value]) -> dict[tuple[str, str, str, str], Sums]:
    """By class, currency, stratum and side."""
    kept: Mapping[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    for each in values:
        name, kind, band, side, measure = each.key.split(":")
        kept[name, each.currency, f"{kind}:{band}", side][measure] = each.value
    return {
        key: Sums(told["count"], told["sum"], told["squares"]) for key, told in kept.items()
    }  # fmt: skip


def _compared(class_: str, currency: str, pairs: list[tuple[Sums, Sums]]) -> Bound:
    name, sign = LINES[class_]
    whole = sum(began.count for began, _ in pairs)
    # One alone has no spread of its own, and is compared all the same by that of the others.
    able = [(began, others) for began, others in pairs if began.count and others.count >= 2]
    began, others = (sum(pair[side].count for pair in able) for side in (0, 1))
    why: Why | None = None
    if whole < LEAST:
        why = "few_began"
    elif others < LEAST:
        why = "few_others"
    elif began < COVERED * whole:
        why = "unlike"
    if why is not None:
        return Bound(name, currency, whole, began, others, why)
    value = variance = 0.0
    for own, rest in able:
        share = own.count / began
        spread = own.variance if own.count > 1 else rest.variance
        value += sign * share * (own.mean - rest.mean)
        variance += share**2 * (spread / own.count + rest.variance / rest.count)
    margin = NORMAL.inv_cdf(1 - ALPHA / 2) * math.sqrt(variance)
    return Bound(name, currency, whole, began, others, None, value, value - margin, value + margin)
