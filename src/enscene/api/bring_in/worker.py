"""Months of traffic that have ended are posted by themselves."""

from __future__ import annotations

import asyncio

import structlog

from enscene.api.store import Pool
from enscene.partners.bring_in import Cashier, post_months
from enscene.tenants import list_tenants

PAUSE_S = 300.0
_log = structlog.get_logger()


class TrafficWorker:
    """One in a process; any number of processes may have one: a month is posted once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._cashier = Cashier(pool)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work from now on in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; what was begun is done by the next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._cashier.close()

    async def step(self) -> int:
        """Look once at every tenant; how many months were posted."""
        tenants = await list_tenants(self._pool)
        return sum([await post_months(self._pool, self._cashier, each.id) for each in tenants])

    async def _run(self) -> None:
        while True:
            try:
                await self.step()
            except Exception as error:
                _log.warning("brought_in.months", error=type(error).__name__)
            await asyncio.sleep(PAUSE_S)
