"""Months of traffic that have ended are posted by themselves."""

from __future__ import annotations

from enscene.api.store import Pool
from enscene.kernel.rounds import Rounds
from enscene.partners.bring_in import Cashier, post_months
from enscene.tenants import list_tenants

PAUSE_S = 300.0


class TrafficWorker(Rounds):
    """One in a process; any number of processes may have one: a month is posted once."""

    fault = "brought_in.months"
    broken_pause_s = PAUSE_S

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._cashier = Cashier(pool)

    async def stop(self) -> None:
        """Stop; what was begun is done by the next."""
        await super().stop()
        await self._cashier.close()

    async def step(self) -> int:
        """Look once at every tenant; how many months were posted."""
        tenants = await list_tenants(self._pool)
        return sum([await post_months(self._pool, self._cashier, each.id) for each in tenants])

    async def _round(self) -> float:
        await self.step()
        return PAUSE_S
