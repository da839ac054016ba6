"""Readings as a kind of the write path: they are written with the act that is billed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import asyncpg

from enscene.commit import NotRead, Script, Stamp
from enscene.kernel.errors import Conflict
from enscene.metering import store
from enscene.metering.reading import Reading

Key = tuple[int, str, str]
"""Tenant, source, id: the cells of this kind. What an act brings by itself has none."""


class Sheet:
    """The readings of one batch."""

    def __init__(self) -> None:
        self._acts: list[store.Act] = []
        self._taken: list[tuple[int, int, Reading]] = []
        self._known: dict[Key, str] = {}
        self._asked: set[Key] = set()

    def add(
        self,
        unit: int,
        tenant: int,
        app: str,
        operation: str,
        scene: int,
        party: str | None,
        meters: str,
        quantities: str,
    ) -> None:
        """What the unit at this place is billed by; meters and quantities as array literals."""
        self._acts.append((unit, tenant, app, operation, scene, party, meters, quantities))

    def take(self, unit: int, tenant: int, reading: Reading) -> bool:
        """A reading of another source; False where it is there already.

        Raises: Conflict("meter.conflict") where the source has said something else before.
        """
        key = (tenant, reading.source, reading.id)
        known = self._known.get(key)
        if known == reading.print:
            return False
        if known is not None:
            raise Conflict(
                "the source has sent another reading with this id",
                code="meter.conflict",
                param="id",
                hint="a correction is a reading with an id of its own",
                facts={"source": reading.source, "id": reading.id},
            )
        if key not in self._asked:
            raise NotRead(key)
        self._known[key] = reading.print
        self._taken.append((unit, tenant, reading))
        return True

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        return keys

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        self._asked.update(keys)
        self._known.update(await store.read_prints(connection, keys))

    def mark(self) -> tuple[int, int]:
        return len(self._acts), len(self._taken)

    def rollback(self, mark: tuple[int, int]) -> None:
        del self._acts[mark[0] :]
        for _, tenant, reading in self._taken[mark[1] :]:
            del self._known[tenant, reading.source, reading.id]
        del self._taken[mark[1] :]

    def write(self, stamp: Stamp, script: Script) -> None:
        if self._acts:
            store.insert_acts(script, stamp, self._acts)
        if self._taken:
            store.insert_readings(script, stamp, self._taken)

    def publish(self) -> None:
        """Nothing is remembered."""

    def forget(self) -> None:
        """Nothing is remembered."""


class Meters:
    """The kind "meter"."""

    name = "meter"

    def open(self, *, fresh: bool) -> Sheet:
        return Sheet()
