"""Count the calls of live partners by hour; counted again, an hour comes out the same or better."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.partners import store as partners_sql
from enscene.partners.monitor import store

BOUNDS_MS = (
    1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1_200, 2_000, 3_000, 5_000, 8_000,
    12_000, 20_000, 60_000,
)  # fmt: skip
"""Calls are counted by which of these times they took at least."""


class Sum:
    """What calls come to. `spent` are calls by how long they took."""

    __slots__ = ("broken", "calls", "codes", "failed", "moved", "spent")

    def __init__(self) -> None:
        self.calls = self.failed = self.broken = 0
        self.spent = [0] * (len(BOUNDS_MS) + 1)
        self.codes: dict[str, int] = {}
        self.moved: dict[str, int] = {}

    def add(self, status: int, code: str | None, spent: int, calls: int) -> None:
        """Calls that were answered alike, in about the same time."""
        self.calls += calls
        self.spent[spent] += calls
        if status >= 400:
            self.failed += calls
            name = code or str(status)
            self.codes[name] = self.codes.get(name, 0) + calls
        if status >= 500:
            self.broken += calls

    def take(self, row: Any) -> None:
        """An hour that was counted."""
        self.calls += row["calls"]
        self.failed += row["failed"]
        self.broken += row["broken"]
        self.spent = [a + b for a, b in zip(self.spent, row["spent"], strict=True)]
        for own, more in ((self.codes, row["codes"]), (self.moved, row["moved"])):
            for name, number in more.items():
                own[name] = own.get(name, 0) + number

    def percentile_ms(self, percent: int) -> int:
        """In how much time so many of a hundred were answered, by the bounds: never less than it
        was. 0 without calls."""
        wanted, seen = self.calls * percent / 100, 0
        for place, calls in enumerate(self.spent):
            seen += calls
            if calls and seen >= wanted:
                return BOUNDS_MS[min(place, len(BOUNDS_MS) - 1)]
        return 0

    @property
    def failed_percent(self) -> float:
        """Of a hundred calls, those answered 400 or more."""
        return round(100 * self.failed / self.calls, 1) if self.calls else 0.0


def place_of(spent_ms: int, bounds: Sequence[int] = BOUNDS_MS) -> int:
    """Where a time is counted."""
    return bisect_right(bounds, spent_ms)


async def count_calls(pool: partners_sql.Pool, tenant: int) -> list[datetime]:
    """Count every hour that has calls which are not counted; those hours."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        hours = await store.find_busy_hours(connection, tenant)
    for hour in hours:
        async with partners_sql.admitted(pool, tenant) as connection:
            await _count_hour(connection, tenant, hour)
    return hours


async def note_first_calls(pool: partners_sql.Pool, tenant: int) -> list[UUID]:
    """Keep when each partner's live application was first answered; those that are new."""
    async with partners_sql.admitted(pool, tenant) as connection:
        return await store.note_first_calls(connection, tenant)


async def _count_hour(connection: partners_sql.Connection, tenant: int, hour: datetime) -> None:
    found: dict[tuple[int, str], Sum] = {}
    for row in await store.read_calls_of_hour(connection, tenant, hour, BOUNDS_MS):
        own = found.setdefault((row["app"], row["api"]), Sum())
        own.add(row["status"], row["code"], row["spent"], row["calls"])
    for row in await store.read_moved_of_hour(connection, tenant, hour):
        own = found.setdefault((row["app"], row["api"]), Sum())
        own.moved[row["currency"]] = own.moved.get(row["currency"], 0) + row["moved"]
    await store.put_hours(
        connection,
        [
            (tenant, hour, app, api, own.calls, own.failed, own.broken, own.spent, own.codes,
             own.moved)
            for (app, api), own in sorted(found.items())
        ],
    )  # fmt: skip
