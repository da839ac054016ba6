"""What partners called: by day, partner and interface; and the health of each interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from enscene.kernel.ids import public_id
from enscene.partners import store as partners_sql
from enscene.partners.monitor import store
from enscene.partners.monitor.count_calls import Sum
from enscene.partners.monitor.rules import read_watch
from enscene.partners.partner import PREFIX

DAY_S = 86_400
CALLS = 200
Health = Literal["good", "slow", "refusing", "failing"]


@dataclass(frozen=True, slots=True)
class Line:
    """A partner's calls of one interface; `api` "" is what there is not."""

    partner: UUID
    name: str
    app: int
    api: str
    sum: Sum

    @property
    def number(self) -> str:
        """What the partner is called outside: `ptn_…`."""
        return public_id(PREFIX, self.partner)


@dataclass(frozen=True, slots=True)
class Usage:
    """Of days from `first` to `last`: sums by day, partner's lines, and all of it."""

    first: date
    last: date
    days: Mapping[date, Sum]
    lines: tuple[Line, ...]
    whole: Sum


@dataclass(frozen=True, slots=True)
class FirstCall:
    """Days from the first application to the first live call that was answered."""

    partner: UUID
    at: datetime
    days: float


async def read_usage(
    pool: partners_sql.Pool, tenant: int, first: date, last: date, zone: str
) -> Usage:
    """Counted calls of these days of the bank's zone; every day is there, also without any."""
    place = ZoneInfo(zone)
    begin, end = span_of(first, last, zone)
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_hours(connection, tenant, begin, end)
    days = {first + timedelta(days=n): Sum() for n in range((last - first).days + 1)}
    lines: dict[tuple[UUID, str], Line] = {}
    whole = Sum()
    for row in rows:
        days[row["hour"].astimezone(place).date()].take(row)
        key = (row["partner"], row["api"])
        if key not in lines:
            lines[key] = Line(row["partner"], row["name"], row["app"], row["api"], Sum())
        lines[key].sum.take(row)
        whole.take(row)
    ordered = sorted(lines.values(), key=lambda line: (-line.sum.calls, line.name, line.api))
    return Usage(first, last, days, tuple(ordered), whole)


async def read_health(pool: partners_sql.Pool, tenant: int) -> dict[str, tuple[Health, Sum]]:
    """How each interface did over the last day, over all partners."""
    now = datetime.now(UTC)
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_hours(connection, tenant, now - timedelta(days=1), now)
    sums: dict[str, Sum] = {}
    for row in rows:
        if row["api"]:
            sums.setdefault(row["api"], Sum()).take(row)
    return {api: (health_of(own), own) for api, own in sums.items()}


def health_of(own: Sum) -> Health:
    """Failing where too much is answered 500 or more, which is our fault; refusing where too much is
    answered 400 or more, whosever fault that is."""
    limits = read_watch().health
    if own.calls and 100 * own.broken >= limits.failing_percent * own.calls:
        return "failing"
    if own.calls and 100 * own.failed >= limits.refusing_percent * own.calls:
        return "refusing"
    return "slow" if own.percentile_ms(99) > limits.slow_p99_ms else "good"


async def list_calls(
    pool: partners_sql.Pool,
    tenant: int,
    app: int,
    api: str | None,
    day: date,
    zone: str,
    *,
    failed: bool = False,
) -> list[partners_sql.Row]:
    """The newest calls of an application on a day; `failed`: those answered 400 or more."""
    begin, end = span_of(day, day, zone)
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        return await store.list_calls(connection, tenant, app, api, begin, end, failed, CALLS)


async def read_first_calls(pool: partners_sql.Pool, tenant: int) -> list[FirstCall]:
    """Of every partner that has had one, in order."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_first_calls(connection, tenant)
    return [
        FirstCall(
            row["id"], row["first_call"],
            round((row["first_call"] - row["applied"]).total_seconds() / DAY_S, 1),
        )
        for row in rows
        if row["applied"] is not None
    ]  # fmt: skip


def by_month(found: list[FirstCall], zone: str) -> list[tuple[str, float, int]]:
    """(2026-11, median of the days, partners), by the month of the first call."""
    months: dict[str, list[float]] = {}
    for each in found:
        months.setdefault(f"{each.at.astimezone(ZoneInfo(zone)):%Y-%m}", []).append(each.days)
    return [(month, round(median(days), 1), len(days)) for month, days in sorted(months.items())]


def span_of(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """From the beginning of a day to the end of another."""
    place = ZoneInfo(zone)
    return (
        datetime.combine(first, time(), place).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time(), place).astimezone(UTC),
    )
