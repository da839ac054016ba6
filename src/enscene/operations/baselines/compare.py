"""Before and now, service by service: what people measured beside what the log tells of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from enscene.operations import store as operations_store
from enscene.operations.baselines import store
from enscene.operations.baselines.baseline import FIGURES, MEASURED, MILLION, Baseline, Figure
from enscene.operations.indicators import Value, read_values
from enscene.operations.scene_account import list_outlays, read_span

COUNT, SECONDS, STEPS = "service.count", "service.seconds", "service.steps"
STARS, MOVED = "satisfaction.stars", "account.moved"
CASES_LEAST = 30
"""Fewer on either side tell no change."""
Why: TypeAlias = Literal["no_before", "no_now", "few", "nothing", "currency"]
WHYS: tuple[Why, ...] = get_args(Why)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure before and now, in millionths, cost in minor units of the currency of its side.
    `measured` says that the log tells it, and not a person. `change` is tenths of a percent of what
    it was before, `in_all` the difference over the month's cases; `why` says what keeps them from
    being told."""

    name: Figure
    before: int | None
    now: int | None
    measured: bool
    change: int | None
    in_all: int | None
    why: Why | None


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of thing, or the whole scene (empty); `count` cases of the month."""

    kind: str
    count: int
    before: Baseline | None
    after: Baseline | None
    figures: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Operating:
    """What the month cost to run in a currency, in minor units: cost in the ledger and approved
    running cost; a case of all kinds together, None of fewer than `CASES_LEAST`."""

    currency: str
    minor: int
    cases: int
    per_case: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A scene in a month; `day` is the last computed one. `stars` by role, in millionths."""

    month: date
    day: date | None
    services: tuple[Service, ...]
    operating: tuple[Operating, ...]
    stars: Mapping[str, int]


async def read_comparison(
    source: operations_store.Source, tenant: int, scene: int, month: date, kinds: Collection[str]
) -> Comparison:
    """Of the kinds of things of a pack, and whatever was entered."""
    day, _, _ = await read_span(source, tenant, month)
    async with operations_store.reading(source, tenant) as connection:
        entries = [Baseline(*row) for row in await store.read_all(connection, tenant, scene)]
        values = await read_values(
            connection, tenant, [COUNT, SECONDS, STEPS, STARS, MOVED], "month", month, month, scene
        )
    spent: dict[str, int] = defaultdict(int)
    for each in values:
        if each.indicator == MOVED and each.key == "cost":
            spent[each.currency] -= each.value
    for outlay in await list_outlays(source, tenant, scene):
        is_running = outlay.kind == "running" and outlay.state == "approved"
        if is_running and outlay.day.replace(day=1) == month:
            spent[outlay.currency] += outlay.minor
    services = compare_services(entries, values, month, kinds)
    cases = sum(v.value for v in values if v.indicator == COUNT and v.key in kinds)
    operating = tuple(
        Operating(
            currency, minor, cases,
            round(Fraction(minor, cases)) if cases >= CASES_LEAST else None,
        )
        for currency, minor in sorted(spent.items()) if minor
    )  # fmt: skip
    stars = {v.key: v.value for v in values if v.indicator == STARS}
    return Comparison(month, day, services, operating, stars)


def compare_services(
    entries: Sequence[Baseline], values: Sequence[Value], month: date, kinds: Collection[str]
) -> tuple[Service, ...]:
    """The whole scene first, then kinds of things with most cases first. Of each side the last approved
    entry counts that holds by the month's end."""
    end = (month + timedelta(days=32)).replace(day=1)
    holding: dict[tuple[str, str], Baseline] = {}
    valid = [each for each in entries if each.state == "approved" and each.day < end]
    for each in sorted(valid, key=lambda one: (one.day, one.decided_at or one.asked_at)):
        holding[each.service, each.side] = each
    known = {
        (v.indicator, v.key): v.value for v in values
        if v.indicator in (COUNT, SECONDS, STEPS) and v.key in kinds
    }  # fmt: skip
    names = {kind for kind, _ in holding} | {key for _, key in known}
    whole = sum(value for (name, _), value in known.items() if name == COUNT)
    found = []
    for kind in names:
        before, after = holding.get((kind, "before")), holding.get((kind, "after"))
        count = known.get((COUNT, kind), 0) if kind else whole
        log: dict[Figure, Fraction] = {}
        if kind and count:
            log["minutes"] = Fraction(known.get((SECONDS, kind), 0) * MILLION, 60)
            log["steps"] = Fraction(known.get((STEPS, kind), 0))
        figures = [_compare(name, before, after, log.get(name), count) for name in FIGURES]
        told = tuple(each for each in figures if each.before is not None or each.now is not None)
        found.append(Service(kind, count, before, after, told))
    return tuple(sorted(found, key=lambda each: (each.kind != "", -each.count, each.kind)))


def _compare(
    name: Figure, before: Baseline | None, after: Baseline | None, log: Fraction | None, count: int
) -> Compared:
    measured = log is not None and name in MEASURED
    was = before.value(name) if before is not None else None
    if measured:
        now: Fraction | int | None = log
    else:
        now = after.value(name) if after is not None else None
    shown = None if now is None else round(now)
    looked_at = count if measured else after.cases if after is not None else 0
    why: Why | None = None
    if was is None or before is None:
        why = "no_before"
    elif now is None:
        why = "no_now"
    elif min(before.cases, looked_at) < CASES_LEAST:
        why = "few"
    elif name == "cost" and after is not None and after.currency != before.currency:
        why = "currency"
    elif not was:
        why = "nothing"
    if why is not None or was is None or now is None:
        return Compared(name, was, shown, measured, None, None, why)
    change = round(Fraction(now - was) * 1_000 / was)
    # Errors are of a thousand cases and no sum.
    in_all = None if name == "errors" or count < CASES_LEAST else round(Fraction(now - was) * count)
    return Compared(name, was, shown, measured, change, in_all, None)
