"""What falls due because nothing came: moments that wait for an absence."""

from __future__ import annotations

import time
from datetime import datetime

from enscene.commit import admit, lock_shard
from enscene.engagement.benefits import keep_books
from enscene.engagement.running import store
from enscene.engagement.running.campaign_reader import READING
from enscene.engagement.running.desk import Desks
from enscene.tenants.service import ServiceWatch

EVERY_S = 1.0
_TENANTS = "select id from tenant where shard = $1 and ($2::int is null or id = $2)"
_FUNDED = """
select t.id from unnest($1::int[]) as t(id)
 where exists (select from benefit b where b.tenant = t.id and b.state in ('said', 'aside'))
    or exists (select from account a where a.tenant = t.id and a.scene = 0 and a.owner = 0 and a.id > 0
                  and starts_with(a.name, 'benefits.left@') and a.posted > 0)"""
_AT_THE_END = """
select r.seq >= s.seq from reading r join shard s on s.id = r.shard
 where r.name = $1 and r.shard = $2 for update of r skip locked"""


class CampaignClock:
    """The deadlines of one shard's tenants. Any number of processes may have one: one at a time
    holds the place in the log, and a deadline passes once."""

    def __init__(self, pool: store.Pool, desks: Desks, shard: int, service: ServiceWatch) -> None:
        self._pool = pool
        self._desks = desks
        self._shard = shard
        self._service = service
        self._looked_at = float("-inf")

    async def step(self, tenant: int | None = None) -> int:
        """Let pass what is due now; of all tenants now and then. How much there was."""
        if tenant is None and time.monotonic() - self._looked_at < EVERY_S:
            return 0
        self._looked_at = time.monotonic()
        done = 0
        for each in await self._waiting(tenant):
            if self._service.of(each).state != "readings":
                done += await self._pass(each)
        for each in await self._promising(tenant):
            if self._service.of(each).state != "readings":
                done += await keep_books(self._pool, each)
        return done

    async def next_due(self, tenant: int) -> datetime | None:
        """The first deadline of a tenant."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            return await store.first_due(connection, tenant)

    async def _waiting(self, tenant: int | None) -> list[int]:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            tenants = [row[0] for row in await connection.fetch(_TENANTS, self._shard, tenant)]
            if not tenants:
                return []
            await admit(connection, tenants)
            return await store.find_tenants_due(connection, self._shard)

    async def _promising(self, tenant: int | None) -> list[int]:
        """Tenants with benefits that were promised, or campaigns that got money."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            tenants = [row[0] for row in await connection.fetch(_TENANTS, self._shard, tenant)]
            if not tenants:
                return []
            await admit(connection, tenants)
            return [row[0] for row in await connection.fetch(_FUNDED, tenants)]

    async def _pass(self, tenant: int) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            # No event comes between this look and the deadline: its time would be taken later.
            stamp = await lock_shard(connection, self._shard, [tenant], 0)
            if not await connection.fetchval(_AT_THE_END, READING, self._shard):
                return 0  # first what has happened
            return await self._desks.tick(connection, tenant, stamp.time(tenant))
