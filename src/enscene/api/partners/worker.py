"""Runs that are asked for are played; assets, clauses, records and opinions are watched; old calls
are forgotten."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog

from enscene.api.partners.calls import KEPT
from enscene.api.partners.play import ACT_S, Player
from enscene.api.store import Pool
from enscene.api.webhooks import Poster, WebhookSettings
from enscene.commit import admit
from enscene.partners import store
from enscene.partners.clauses import watch_clauses
from enscene.partners.conformance import Run, claim_run, finish_run
from enscene.partners.find_partner import get_partner
from enscene.partners.governance import watch_records
from enscene.partners.opinions import watch_opinions
from enscene.partners.watch_assets import watch_assets
from enscene.storage import Seal
from enscene.tenants import list_tenants

PAUSE_S = 0.5
BROKEN_PAUSE_S = 2.0
WATCH_EVERY_S = 3_600.0
AT_ONCE = 4
"""Runs of a process at the same time: a partner that does not answer holds one of these places."""
_log = structlog.get_logger()


class ConformanceWorker:
    """One in a process; any number of processes may have one."""

    def __init__(
        self,
        pool: Pool,
        seal: Seal,
        settings: WebhookSettings,
        *,
        poster: Poster | None = None,
        act_s: float = ACT_S,
    ) -> None:
        self._pool = pool
        self._poster = poster or Poster(settings)
        self._player = Player(pool, seal, self._poster, settings, act_s=act_s)
        self._tasks: list[asyncio.Task[Any]] = []
        self._playing: set[asyncio.Task[Run]] = set()
        self._watched_at = float("-inf")

    def start(self) -> None:
        """Work from now on in the background."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """Stop; a run that was under way is begun anew when its lease is over."""
        tasks = [*self._tasks, *self._playing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks = []
        await self._poster.close()

    async def step(self) -> Run | None:
        """Play one run that waits, if there is one."""
        taken = await self._take()
        return None if taken is None else await self._play(*taken)

    async def _take(self) -> tuple[int, Run] | None:
        banks = [tenant.id for tenant in await list_tenants(self._pool)]
        return await claim_run(self._pool, banks) if banks else None

    async def _play(self, tenant: int, run: Run) -> Run:
        partner = await get_partner(self._pool, tenant, run.partner)
        verdicts = await self._player.play(partner, run)
        return await finish_run(self._pool, tenant, run, verdicts)

    async def watch(self) -> list[str]:
        """Look at every bank's inventory and clauses; the numbers of partners that were suspended."""
        tenants = await list_tenants(self._pool)
        found = []
        for tenant in tenants:
            found += [each.number for each in await watch_assets(self._pool, tenant.id)]
            await watch_clauses(self._pool, tenant.id)
            await watch_records(self._pool, tenant.id)
            await watch_opinions(self._pool, tenant.id)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id for tenant in tenants])
            await store.forget_calls(connection, [tenant.id for tenant in tenants], KEPT)
        return found

    async def _run(self) -> None:
        while True:
            try:
                taken = await self._take() if len(self._playing) < AT_ONCE else None
                if taken is not None:
                    task = asyncio.create_task(self._play(*taken))
                    self._playing.add(task)
                    task.add_done_callback(self._ended)
                await asyncio.sleep(0 if taken else PAUSE_S)
            except Exception as error:
                _log.warning("conformance.retry", error=type(error).__name__)
                await asyncio.sleep(BROKEN_PAUSE_S)

    def _ended(self, task: asyncio.Task[Run]) -> None:
        self._playing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nothing was written: when its lease is over the run is begun anew.
            _log.warning("conformance.broken", error=type(error).__name__)

    async def _watch(self) -> None:
        while True:
            try:
                if time.monotonic() - self._watched_at > WATCH_EVERY_S:
                    await self.watch()
                    self._watched_at = time.monotonic()
            except Exception as error:
                _log.warning("partners.watch", error=type(error).__name__)
            await asyncio.sleep(BROKEN_PAUSE_S)
