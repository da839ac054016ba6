"""Everything that happens by itself on one shard, in one loop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import asyncpg

from enscene.commit.move_clock import move_clock
from enscene.kernel.errors import Conflict
from enscene.kernel.rounds import Rounds
from enscene.scenes.reactions.days import Days
from enscene.scenes.reactions.log_reader import LogReader
from enscene.scenes.reactions.timers import Timers
from enscene.scenes.reactions.triggers import Triggers
from enscene.scenes.runtime import SceneHost

PAUSE_S = 0.25


class Reader(Protocol):
    """What is done again and again until `step` says that there was nothing to do."""

    async def step(self) -> int: ...


class Due(Protocol):
    """What falls due by a tenant's clock, of modules above."""

    async def step(self, tenant: int | None = None) -> int:
        """Do what is due now, for every tenant or for one; how much was done."""
        ...

    async def next_due(self, tenant: int) -> datetime | None:
        """When something is due next."""
        ...


class Reactor(Rounds):
    """Timers, days and readers of the log. `readers` and `dues` of modules above may be added; to
    those that are `quick` somebody waits, and they are asked again after each of the others."""

    fault = "reactor.retry"
    broken_pause_s = 1.0

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        host: SceneHost,
        shard: int,
        readers: Sequence[Reader] = (),
        dues: Sequence[Due] = (),
        quick: Sequence[Reader] = (),
    ) -> None:
        self._pool = pool
        self._shard = shard
        self._service = host.service
        self.triggers = Triggers(pool, host)
        self.timers = Timers(pool, host, shard)
        self.days = Days(pool, host.contracts, shard, host.service)
        self._readers: list[Reader] = [
            LogReader(pool, "triggers", shard, self.triggers.handle),
            *readers,
        ]
        self._dues = dues
        self._quick = quick

    async def settle(self, tenant: int | None = None) -> None:
        """React until nothing is left to react to now; timers of one tenant alone if it is named."""
        while await self.step(tenant):
            pass

    async def step(self, tenant: int | None = None) -> int:
        """One round of every reader and of the timers; how much there was to do."""
        done = 0
        for reader in self._readers:
            done += await reader.step()
            for each in self._quick:
                done += await each.step()
        done += await self.timers.step(tenant)
        for due in self._dues:
            done += await due.step(tenant)
        return done + await self.days.step(tenant)

    async def advance(self, tenant: int, to: datetime) -> None:
        """Move a sandbox's clock to `to`, stopping wherever a timer falls due on the way."""
        await self.approach(tenant, to)
        await self._move(tenant, to)
        await self.settle(tenant)

    async def approach(self, tenant: int, to: datetime) -> None:
        """Move a sandbox's clock to the last timer that falls due up to `to`, and let it happen;
        so with the days on which something happens to contracts."""
        await self.settle(tenant)
        while True:
            found = [await self.timers.next_due(tenant, to), await self.days.next_due(tenant)]
            found += [await each.next_due(tenant) for each in self._dues]
            due = min((moment for moment in found if moment is not None), default=None)
            if due is None or due > to:
                break
            await self._move(tenant, due)
            await self.timers.fire(tenant, due)
            await self.settle(tenant)

    async def _move(self, tenant: int, moment: datetime) -> None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await move_clock(connection, self._shard, tenant, moment)
        except Conflict as late:
            # The clock runs on by itself: it may be past the moment by now.
            if late.code != "clock.backwards":
                raise

    async def _round(self) -> float:
        if self._service.whole.state == "readings":
            return PAUSE_S  # all that has happened is reacted to afterwards
        return 0 if await self.step() else PAUSE_S
