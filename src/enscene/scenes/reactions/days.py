"""The close of days: contracts are brought to today when a tenant's day begins."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from enscene.commit import offsets_of
from enscene.kernel.clock import local_day, zone_of
from enscene.shelf import Contracts
from enscene.tenants.service import ServiceWatch

_NOW = "select clock_timestamp(), clocks::text from shard where id = $1"
_TENANTS = "select id, zone from tenant where shard = $1"


class Days:
    """The days of one shard's tenants. Closing a day again changes nothing, so any number of
    processes may do it."""

    def __init__(
        self, pool: asyncpg.Pool[Any], contracts: Contracts, shard: int, service: ServiceWatch
    ) -> None:
        self._service = service
        self._pool = pool
        self._contracts = contracts
        self._shard = shard
        self._closed: dict[int, date] = {}

    async def step(self, tenant: int | None = None) -> int:
        """Close the day of every tenant for whom a new one has begun; how many contracts moved."""
        async with self._pool.acquire() as connection:
            real, clocks = await connection.fetchrow(_NOW, self._shard)
            tenants = await connection.fetch(_TENANTS, self._shard)
        offsets = offsets_of(clocks)
        moved = 0
        for each, zone in tenants:
            if tenant in (None, each) and self._service.of(each).state != "readings":
                now: datetime = real + offsets.get(each, timedelta(0))
                moved += await self._close(each, local_day(now, zone))
        return moved

    async def _close(self, tenant: int, today: date) -> int:
        last = self._closed.get(tenant)
        if last is not None and last >= today:
            return 0
        closed = await self._contracts.close_days(tenant)
        self._closed[tenant] = closed.day
        return closed.woken

    async def next_due(self, tenant: int) -> datetime | None:
        """The beginning of the first day on which something happens to a contract."""
        day = await self._contracts.next_day(tenant)
        if day is None or day <= self._closed.get(tenant, date.min):
            return None
        zone: ZoneInfo = zone_of(await self._contracts.zone(tenant))
        return datetime(day.year, day.month, day.day, tzinfo=zone)
