"""A kind that only adds rows: no cells to read, no conditions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import asyncpg

from enscene.commit.kind import Stamp
from enscene.commit.script import Script


class Additions:
    """The rows that one batch adds."""

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self._rows: list[tuple[int, int, tuple[Any, ...]]] = []

    def add(self, unit: int, tenant: int, *values: Any) -> None:
        """Add a row for the unit at this place of the batch."""
        self._rows.append((unit, tenant, values))

    def absent(self, keys: Collection[Any]) -> Collection[Any]:
        return ()

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Any]) -> None:
        """There is nothing to read."""

    def mark(self) -> int:
        return len(self._rows)

    def rollback(self, mark: int) -> None:
        del self._rows[mark:]

    def write(self, stamp: Stamp, script: Script) -> None:
        if self._rows:
            rows = [
                (stamp.seq(unit), stamp.time(tenant), tenant, *values)
                for unit, tenant, values in self._rows
            ]
            script.add(self._statement, *zip(*rows, strict=True))

    def publish(self) -> None:
        """Nothing is remembered."""

    def forget(self) -> None:
        """Nothing is remembered."""


class Appends:
    """A kind of this sort. `statement` takes arrays: number, time, tenant, then the values."""

    def __init__(self, name: str, statement: str) -> None:
        self.name = name
        self._statement = statement

    def open(self, *, fresh: bool) -> Additions:
        return Additions(self._statement)
