"""The night's figures as something that happens by itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from enscene.commit import admit, offsets_of
from enscene.kernel.clock import local_day
from enscene.kernel.rounds import Rounds
from enscene.lake import Lake
from enscene.operations.indicators import store
from enscene.operations.indicators.classes import Unclassified
from enscene.operations.indicators.compute_indicators import compute_indicators
from enscene.operations.indicators.window import Window
from enscene.tenants.service import ServiceWatch

PAUSE_S = 60.0
TENANTS_MOST = 1_000
CAUGHT_UP_DAYS = 31
"""A clock that was set far ahead leaves a gap that nobody asks about."""
FIRST_DAYS = 7
"""So far back at most begins a tenant of which no day is computed yet."""


class IndicatorWorker(Rounds):
    """One in a process. When a tenant's day is over by its own clock and zone and the lake has all
    of it, the day is computed, once. Days on which nothing ran are caught up with, the oldest first, as
    far back as `CAUGHT_UP_DAYS`; a tenant of which no day is computed begins with the first in its log,
    as far back as `FIRST_DAYS`. Those before that by `lake indicators --day`."""

    fault = "indicators.retry"
    broken_pause_s = 60.0

    def __init__(self, pool: store.Pool, lake: Lake, service: ServiceWatch) -> None:
        self._pool = pool
        self._lake = lake
        self._service = service

    async def _round(self) -> float:
        """Ends with nothing due, or when the service is no longer normal: what is not essential waits."""
        while self._service.whole.is_normal and (due := await self.due()):
            unknown: dict[int, tuple[str, ...]] = {}
            for day, tenants in sorted(due.items()):
                try:
                    await compute_indicators(self._pool, self._lake, day, tenants)
                except Unclassified as error:  # it holds up no other day
                    unknown |= error.accounts
            if unknown:
                raise Unclassified(unknown)
        return PAUSE_S

    async def due(self) -> dict[date, list[int]]:
        """Tenants with a whole day that is not computed, by the first such day after the last one
        that is."""
        found: dict[date, list[int]] = defaultdict(list)
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            tenants = await store.read_zones(connection)
            await admit(connection, [tenant for tenant, _, _ in tenants])
            done = await store.read_last_days(connection)
            firsts = await store.read_first_days(connection)
            clocks = await store.read_clocks(connection)
            for tenant, shard, zone in tenants:
                real, offsets = clocks[shard]
                ahead = offsets_of(offsets).get(tenant, timedelta(0))
                today = local_day(real + ahead, zone)
                last = today - timedelta(days=1)
                if done.get(tenant, date.min) >= last:
                    continue
                if tenant in done:
                    earliest = today - timedelta(days=CAUGHT_UP_DAYS)
                    day = max(done[tenant] + timedelta(days=1), earliest)
                else:
                    earliest = today - timedelta(days=FIRST_DAYS)
                    day = min(max(firsts.get(tenant, last), earliest), last)
                if len(found[day]) == TENANTS_MOST:
                    continue
                end = Window(zone, today).begin_of(today)
                if await store.is_in_lake(connection, tenant, shard, end, ahead):
                    found[day].append(tenant)
        return {day: some for day, some in found.items() if some}
