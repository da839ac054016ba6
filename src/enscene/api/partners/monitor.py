"""The calls of partners are counted and watched in the background, beside the calls themselves."""

from __future__ import annotations

from enscene.api.store import Pool
from enscene.commit import admit
from enscene.kernel.rounds import Rounds
from enscene.partners.monitor import count_calls, note_first_calls, watch_calls
from enscene.partners.monitor.rules import Finding
from enscene.partners.monitor.store import find_watched
from enscene.tenants import list_tenants

PAUSE_S = 15.0


class MonitorWorker(Rounds):
    """One in a process; any number of processes may have one."""

    fault = "partners.monitor"
    broken_pause_s = PAUSE_S

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

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

    async def _round(self) -> float:
        await self.step()
        return PAUSE_S
