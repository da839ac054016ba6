"""Of each of a tenant's people in a month, and of one customer. From the log and the tables of work alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from statistics import median

from enscene.kernel.clock import local_day
from enscene.kernel.ids import REHEARSALS_FROM
from enscene.operations import store as operations_store
from enscene.operations.behaviour import store
from enscene.operations.copying.months import after
from enscene.operations.indicators import Window

IN_TIME = timedelta(hours=4)
"""An answer within so long is in time."""
LATER = 3
"""Months after which it is asked whether customers are still there."""
TRIES_LEAST = 30
"""Shares of fewer are not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """`staff` is a login without its tenant. What the person did: contacts, first replies with their
    median in seconds and how many were in time, follow-ups that fell due and that were done, tasks
    handed on and got from others. What came of it, of the customers that they served in the month, from
    their first contact to the month's end: offers made and taken, products opened and of these open
    still; who moved money three months later (None: not over yet). A customer of two counts for both."""

    staff: str
    contacts: int = 0
    replies: int = 0
    reply_s: int | None = None
    in_time: int = 0
    follow_ups: int = 0
    followed: int = 0
    handed_on: int = 0
    handed_in: int = 0
    customers: int = 0
    offers: int = 0
    taken: int = 0
    opened: int = 0
    kept: int = 0
    active_later: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The same of one customer, over all time and all staff; `active_at` is when money last moved on an
    account of theirs."""

    replies: int = 0
    reply_s: int | None = None
    in_time: int = 0
    follow_ups: int
    followed: int
    hands: int
    offers: int
    taken: int
    opened: int
    kept: int
    active_at: datetime | None


def share_of(part: int | None, whole: int) -> float | None:
    """None where there were fewer than thirty tries."""
    return None if part is None or whole < TRIES_LEAST else part / whole


async def read_behaviour(
    source: operations_store.Source, tenant: int, month: date, staff: str | None = None
) -> tuple[Behaviour, ...]:
    """Of all who did anything in the month, by name, or of one of them. Nobody works in a rehearsal."""
    if tenant >= REHEARSALS_FROM:
        return ()
    async with operations_store.reading(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        window = Window(clock["zone"], month)
        begin, end = window.begin_of(month), window.begin_of(after(month, 1))
        later = (window.begin_of(after(month, LATER)), window.begin_of(after(month, LATER + 1)))
        is_over = local_day(clock["now"], clock["zone"]) >= after(month, LATER + 1)
        acts = [dict(row) for row in await store.read_tasks(connection, tenant, begin, end)]
        acts += [dict(row) for row in await store.read_outside(connection, tenant, begin, end)]
        acts += [dict(row) for row in await store.read_hands(connection, tenant, begin, end)]
        served = await store.read_outcomes(connection, tenant, begin, end)
        active: set[int] = set()
        if is_over:
            whose = sorted({row["customer"] for row in served})
            active = await store.read_active(connection, tenant, whose, *later)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    waits: dict[str, list[float]] = defaultdict(list)
    for row in acts:
        name = row.pop("staff")
        waits[name] += row.pop("waits", None) or []
        for key, count in row.items():
            sums[name][key] += count
    for row in served:
        found = sums[row["staff"]]
        found["customers"] += 1
        for key in ("offers", "taken", "opened", "kept"):
            found[key] += row[key]
        found["active_later"] += row["customer"] in active
    return tuple(
        _behaviour(name, sums[name], waits[name], is_over=is_over)
        for name in sorted(sums)
        if name and staff in (None, name)
    )


def _behaviour(
    name: str, sums: dict[str, int], waits: Sequence[float], *, is_over: bool
) -> Behaviour:
    known = {each.name for each in fields(Behaviour)} - {"staff", "active_later"}
    counted = {key: count for key, count in sums.items() if key in known}
    return Behaviour(
        staff=name, **{**counted, **_replies(waits)},
        active_later=sums["active_later"] if is_over else None,
    )  # fmt: skip


def _replies(waits: Sequence[float]) -> dict[str, int]:
    if not waits:
        return {}
    in_time = sum(each <= IN_TIME.total_seconds() for each in waits)
    return {"replies": len(waits), "reply_s": round(median(waits)), "in_time": in_time}


async def read_served(
    source: operations_store.Source, tenant: int, parties: Sequence[int], refs: Sequence[str]
) -> Served:
    """Of one customer, who is all these parties."""
    async with operations_store.reading(source, tenant) as connection:
        row = dict(await store.read_served(connection, tenant, list(parties), list(refs)))
    told = _replies(row.pop("waits"))
    return Served(
        replies=told.get("replies", 0), reply_s=told.get("reply_s"), in_time=told.get("in_time", 0),
        **row,
    )  # fmt: skip
