"""Read a shard's log behind a stored cursor, at least once, in one process at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from enscene.commit import admit
from enscene.scenes.reactions.event import Event

PAGE = 500
Handle = Callable[[Sequence[Event]], Awaitable[None]]

_HAS_NEWS = """
select s.seq > coalesce(r.seq, 0) from shard s left join reading r on r.name = $1 and r.shard = s.id
 where s.id = $2"""
_CURSOR = "select seq from reading where name = $1 and shard = $2 for update skip locked"
_REACH = "select seq from shard where id = $1"
_READ = """
select shard, seq, tenant, at, scene, action, subject, actor, facts::text
  from event where shard = $1 and seq > $2 and seq <= $3 order by seq limit $4"""


class LogReader:
    """`handle` gets each page of events before the cursor moves past it; what it does must be
    safe to do again."""

    def __init__(
        self, pool: asyncpg.Pool[Any], name: str, shard: int, handle: Handle | None = None
    ) -> None:
        self._pool = pool
        self._name = name
        self._shard = shard
        self._handle = handle

    async def step(self) -> int:
        """Handle one page; how many events it had. 0 too while another process reads."""
        async with self._pool.acquire() as connection:
            # Mostly there is nothing: that is seen without a transaction and without a lock.
            if not await connection.fetchval(_HAS_NEWS, self._name, self._shard):
                return 0
            async with connection.transaction():
                return await self._read_page(connection)

    async def _read_page(self, connection: PoolConnectionProxy[Any]) -> int:
        cursor = await connection.fetchval(_CURSOR, self._name, self._shard)
        if cursor is None:
            await connection.execute(
                "insert into reading (name, shard) values ($1, $2) on conflict do nothing",
                self._name,
                self._shard,
            )
            cursor = await connection.fetchval(_CURSOR, self._name, self._shard)
        if cursor is None:
            return 0
        # First how far, then whose: of what is numbered up to here every tenant is known then.
        # A tenant that came in between would otherwise be passed over.
        reach = await connection.fetchval(_REACH, self._shard)
        tenants = await connection.fetchval(
            "select array_agg(id) from tenant where shard = $1", self._shard
        )
        if not tenants:
            return 0
        await admit(connection, tenants, by_key=True)
        rows = await connection.fetch(_READ, self._shard, cursor, reach, PAGE)
        if rows:
            await self._take(connection, [_event(row) for row in rows])
        # Not every number is an event's: past the last page it goes as far as it has looked.
        read = rows[-1]["seq"] if len(rows) == PAGE else reach
        await connection.execute(
            "update reading set seq = $3 where name = $1 and shard = $2",
            self._name,
            self._shard,
            read,
        )
        return len(rows)

    async def _take(self, connection: PoolConnectionProxy[Any], events: Sequence[Event]) -> None:
        """Handle a page. Who does it within the transaction that moves the cursor does it once."""
        assert self._handle is not None
        await self._handle(events)


def _event(row: asyncpg.Record) -> Event:
    shard, seq, tenant, at, scene, action, subject, actor, facts = row
    return Event(shard, seq, tenant, at, scene, action, subject, actor, msgspec.json.decode(facts))
