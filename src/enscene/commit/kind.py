"""What a module brings to the write path: how its cells are read, changed and written."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import asyncpg

from enscene.commit.script import Script

_NONE = timedelta(0)


class Stamp:
    """Number and time of a batch in its shard: unit `i` has number `base + i + 1`.

    `time(tenant)` is the tenant's own time, which a sandbox may have moved forward. `clock` is
    what the database's clock said when the stamp was given.
    """

    __slots__ = ("at", "base", "clock", "offsets", "shard")

    def __init__(
        self,
        shard: int,
        base: int,
        at: datetime,
        offsets: dict[int, timedelta],
        clock: datetime | None = None,
    ) -> None:
        self.shard = shard
        self.base = base
        self.at = at
        self.offsets = offsets
        self.clock = clock or at

    def seq(self, index: int) -> int:
        return self.base + index + 1

    def time(self, tenant: int) -> datetime:
        offset = self.offsets.get(tenant)
        return self.at if offset is None else self.at + offset

    def offset(self, tenant: int) -> timedelta:
        return self.offsets.get(tenant, _NONE)


class Work(Protocol):
    """The cells of one kind during one batch: working values, a journal, conditions, changes."""

    def absent(self, keys: Collection[Any]) -> Collection[Any]:
        """Those of the keys that have to be read before planning."""
        ...

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Any]) -> None:
        """Read the cells with one set-based statement."""
        ...

    def mark(self) -> Any:
        """A place in the journal."""
        ...

    def rollback(self, mark: Any) -> None:
        """Undo everything since the mark, exactly."""
        ...

    def write(self, stamp: Stamp, script: Script) -> None:
        """Add the changes and their conditions to the script. It may have been done before, with
        a stamp that the batch was not given after all: nothing of the work may change."""
        ...

    def publish(self) -> None:
        """All is planned: the next batch plans on from these values, before they are written.

        What is remembered must not change with what `write` still needs.
        """
        ...

    def forget(self) -> None:
        """The batch was not written: drop what was remembered of its cells."""
        ...


class Kind(Protocol):
    """A kind of cell. `name` is the first part of a cell's name."""

    name: str

    def open(self, *, fresh: bool) -> Work:
        """A work for one batch; `fresh` ignores whatever is remembered."""
        ...


Cells = dict[str, set[Hashable]]
"""Keys by kind."""

Kinds = Sequence[Kind]
