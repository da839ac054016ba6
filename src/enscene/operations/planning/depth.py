"""Flagships: a few scenes that are to go deep, and how deep they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.planning import store
from enscene.operations.planning.entry import Depth, Entry

_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Reach:
    """A flagship beside what it has: `active` customers used it in the week that begins on `week`
    (None: no whole week is computed yet, or there is no scene), of `customers` who are enrolled, who
    have `contracts` with the bank that are not over."""

    entry: Entry
    target: Depth
    week: date | None
    active: int | None
    customers: int
    contracts: int

    @property
    def weekly_percent(self) -> int | None:
        """Rounded down; None where there is nothing to divide by."""
        if self.active is None or not self.customers:
            return None
        return 100 * self.active // self.customers

    @property
    def products_per_100(self) -> int | None:
        """Rounded down; None as long as there is no customer."""
        return None if not self.customers else 100 * self.contracts // self.customers

    @property
    def weekly_met(self) -> bool | None:
        """None: not known yet."""
        found = self.weekly_percent
        return None if found is None else found >= self.target.weekly_percent

    @property
    def products_met(self) -> bool | None:
        """None: not known yet."""
        found = self.products_per_100
        return None if found is None else found >= self.target.products_per_100


async def read_reach(
    source: operations_store.Source, tenant: int, entries: Iterable[Entry]
) -> tuple[Reach, ...]:
    """The flagships with their figures: those of `users.active` by week, and contracts as counted."""
    found = []
    async with operations_store.reading(source, tenant) as connection:
        sunday = await store.last_sunday(connection, tenant)
        for entry in entries:
            target = entry.content.flagship
            if target is None or entry.is_over:
                continue
            if entry.scene is None:
                found.append(Reach(entry, target, None, None, 0, 0))
                continue
            active, monday = None, None
            if sunday is not None:
                monday = sunday - _WEEK
                values = await read_values(
                    connection, tenant, ["users.active"], "week", monday, monday, entry.scene
                )
                active = sum(each.value for each in values)
            customers, contracts = await store.count_customers(connection, tenant, entry.scene)
            found.append(Reach(entry, target, monday, active, customers, contracts))
    return tuple(found)
