"""The calls of partners are counted and watched in the background, beside the calls themselves."""

from __future__ import annotations

import asyncio

import structlog

from enscene.api.store import Pool
from enscene.commit import admit
from enscene.partners.monitor import count_calls, note_first_calls, watch_calls
from enscene.partners.monitor.rules import Finding
from enscene.partners.monitor.store import find_watched
from enscene.tenants import list_tenants

PAUSE_S = 15.0
_log = structlog.get_logger()


class MonitorWorker:
    """One in a process; any number of processes may have one."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work from now on in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; what was begun is done again by the next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def step(self) -> list[Finding]:
        """Count and judge the partners of every bank once; what was found."""
        tenants = [tenant.id for tenant in await list_tenants(self._pool)]
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, tenants)
            watched = await find_watched(connection, tenants)
        found = []
        for tenant in watched:
            await count_calls(self._pool, tenant)
            await note_first_calls(self._pool, tenant)
            found += await watch_calls(self._pool, tenant)
        return found

    async def _run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception as error:
                _log.warning("partners.monitor", error=type(error).__name__)
            await asyncio.sleep(PAUSE_S)
