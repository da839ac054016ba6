"""The view that units are planned on: the works of every kind for one batch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg

from enscene.commit.kind import Cells, Kinds, Stamp, Work
from enscene.commit.script import Script
from enscene.commit.unit import Cell


class View:
    """Cells of one batch. `index` is the place of the unit that is being planned.

    `now(tenant)` is the tenant's time under the shard's lock on the exact path, and an estimate
    on the optimistic one, where only units that do not depend on the very time are planned.
    """

    __slots__ = ("_stamp", "exact", "index", "until", "works")

    def __init__(self, kinds: Kinds, stamp: Stamp, *, exact: bool) -> None:
        self.exact = exact
        self.index = 0
        self.until: datetime | None = None
        self.works: dict[str, Any] = {kind.name: kind.open(fresh=exact) for kind in kinds}
        self._stamp = stamp

    def now(self, tenant: int) -> datetime:
        return self._stamp.time(tenant)

    def stamp_at(self, base: int) -> Stamp:
        """The stamp that the batch will get if its numbers begin there."""
        planned = self._stamp
        return Stamp(planned.shard, base, planned.at, planned.offsets)

    def keep_until(self, tenant: int, moment: datetime) -> None:
        """The plan only holds while the tenant's time is before `moment` (the end of a day)."""
        real = moment - self._stamp.offset(tenant)
        if self.until is None or real < self.until:
            self.until = real

    def fits(self, stamp: Stamp, tenants: Iterable[int]) -> bool:
        """Whether what was planned on estimated times holds at the true ones."""
        # Planned at a later time than it is, it may have been planned for tomorrow.
        if self.until is not None and not self._stamp.at <= stamp.at < self.until:
            return False
        return all(self._stamp.offset(t) == stamp.offset(t) for t in tenants)

    def missing(self, cells: Iterable[Cell]) -> Cells:
        """The keys that have to be read, by kind."""
        wanted: Cells = {}
        for kind, key in cells:
            keys = wanted.get(kind)
            if keys is None:
                wanted[kind] = {key}
            else:
                keys.add(key)
        absent = {kind: set(self.works[kind].absent(keys)) for kind, keys in wanted.items()}
        return {kind: keys for kind, keys in absent.items() if keys}

    async def load(self, connection: asyncpg.Connection[Any], cells: Cells) -> None:
        """Read the cells, one statement a kind."""
        for kind, keys in cells.items():
            await self.works[kind].load(connection, keys)

    def mark(self) -> list[tuple[Work, Any]]:
        """A place to come back to when a unit fails."""
        return [(work, work.mark()) for work in self.works.values()]

    def rollback(self, mark: list[tuple[Work, Any]]) -> None:
        """Undo what one unit did; its neighbours' changes stay."""
        for work, place in mark:
            work.rollback(place)

    def write(self, stamp: Stamp, script: Script) -> None:
        """Add every kind's changes to the script."""
        for work in self.works.values():
            work.write(stamp, script)

    def publish(self) -> None:
        """Let the next batch plan on from here."""
        for work in self.works.values():
            work.publish()

    def forget(self) -> None:
        for work in self.works.values():
            work.forget()
