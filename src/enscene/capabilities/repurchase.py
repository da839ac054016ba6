"""Customers by how lately, how often and for how much they bought, and who comes back when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from statistics import median

from enscene.capabilities.series import too_little

CUSTOMERS_LEAST = 5
SEGMENTS = ("best", "regular", "new", "slipping", "once", "lost")
"""best: active, among the fifth that paid most; regular: active; new: bought once, lately;
slipping: overdue; once: bought once, long ago; lost: overdue for long."""
_SHRINK = 2
"""A customer's own rhythm counts as much as that of all after so many gaps."""


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase: by whom (the tenant's own reference), on which day, for how much."""

    customer: str
    day: date
    minor: int


@dataclass(frozen=True, slots=True)
class Customer:
    """`visits` are different days with a purchase. `next_in` are the days until the next one is
    expected, 0 when it is overdue; None for who is lost, or has bought only once, long ago."""

    ref: str
    segment: str
    visits: int
    purchases: int
    minor: int
    recency: int
    rhythm: float
    next_in: int | None


@dataclass(slots=True)
class Segment:
    """Sums of a segment."""

    customers: int = 0
    purchases: int = 0
    minor: int = 0


@dataclass(slots=True)
class Cohort:
    """Those who first bought in `month`; `returned` of them on a later day too. `active` counts
    who bought in the month itself, the one after it, and so on."""

    month: str
    customers: int = 0
    returned: int = 0
    purchases: int = 0
    minor: int = 0
    active: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The part that came back."""
        return self.returned / self.customers


@dataclass(frozen=True, slots=True)
class Repurchase:
    """`gap` is the median number of days between two visits of one customer, None where nobody
    came twice; `customers` are sorted: who is expected next comes first."""

    purchases: int
    minor: int
    returned: int
    gap: float | None
    segments: dict[str, Segment]
    cohorts: tuple[Cohort, ...]
    customers: tuple[Customer, ...]


def repurchase(sales: Iterable[Sale], today: date) -> Repurchase:
    """From all sales up to today. Raises: Refused("capability.little_history") under five
    customers."""
    by_customer: dict[str, list[Sale]] = defaultdict(list)
    for sale in sales:
        by_customer[sale.customer].append(sale)
    if len(by_customer) < CUSTOMERS_LEAST:
        raise too_little(len(by_customer), CUSTOMERS_LEAST, "customers")
    days = {ref: sorted({sale.day for sale in own}) for ref, own in by_customer.items()}
    gaps = {ref: [(b - a).days for a, b in pairwise(d)] for ref, d in days.items()}
    all_gaps = [gap for own in gaps.values() for gap in own]
    usual = float(median(all_gaps)) if all_gaps else None
    spent = {ref: sum(sale.minor for sale in own) for ref, own in by_customer.items()}
    much = sorted(spent.values())[len(spent) * 4 // 5]
    customers = []
    for ref, own in by_customer.items():
        recency = (today - days[ref][-1]).days
        rhythm = _rhythm(gaps[ref], usual)
        segment = _segment(len(days[ref]), recency, rhythm, spent[ref] >= much)
        gone = segment in ("lost", "once") or usual is None
        customers.append(
            Customer(
                ref, segment, len(days[ref]), len(own), spent[ref], recency, rhythm,
                None if gone else max(0, round(rhythm - recency)),
            )
        )  # fmt: skip
    customers.sort(key=lambda c: (c.next_in is None, c.next_in or 0, -c.minor, c.ref))
    return Repurchase(
        purchases=sum(map(len, by_customer.values())),
        minor=sum(spent.values()),
        returned=sum(len(own) > 1 for own in days.values()),
        gap=usual,
        segments=_segments(customers),
        cohorts=_cohorts(by_customer, days, today),
        customers=tuple(customers),
    )


def _rhythm(own: Sequence[int], usual: float | None) -> float:
    """Days between two visits: the customer's own, leaning on those of all while there are few."""
    of_all = 30.0 if usual is None else usual
    return (sum(own) + _SHRINK * of_all) / (len(own) + _SHRINK)


def _segment(visits: int, recency: int, rhythm: float, much: bool) -> str:
    late = recency / max(rhythm, 1.0)
    if visits == 1:
        return "new" if late <= 2 else "once"
    if late > 4:
        return "lost"
    if late > 2:
        return "slipping"
    return "best" if much else "regular"


def _segments(customers: Iterable[Customer]) -> dict[str, Segment]:
    found = {name: Segment() for name in SEGMENTS}
    for customer in customers:
        segment = found[customer.segment]
        segment.customers += 1
        segment.purchases += customer.purchases
        segment.minor += customer.minor
    return found


def _cohorts(
    sales: dict[str, list[Sale]], days: dict[str, list[date]], today: date
) -> tuple[Cohort, ...]:
    found: dict[str, Cohort] = {}
    for ref, own in sales.items():
        first = days[ref][0]
        name = f"{first:%Y-%m}"
        if name not in found:
            found[name] = Cohort(name, active=[0] * (_months(first, today) + 1))
        cohort = found[name]
        cohort.customers += 1
        cohort.returned += len(days[ref]) > 1
        cohort.purchases += len(own)
        cohort.minor += sum(sale.minor for sale in own)
        for offset in {_months(first, day) for day in days[ref]}:
            cohort.active[offset] += 1
    return tuple(found[name] for name in sorted(found))


def _months(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month
