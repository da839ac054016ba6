"""Move a tenant's clock: only forward, only where the caller knows it to be a sandbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from enscene.commit.store import lock_shard
from enscene.kernel.errors import Conflict


async def move_clock(
    connection: asyncpg.Connection[Any], shard: int, tenant: int, moment: datetime
) -> timedelta:
    """From the end of this transaction the tenant's time runs on from `moment`.

    Returns how far it now is ahead of real time. Raises: Conflict (it would go back).
    """
    stamp = await lock_shard(connection, shard, [tenant], 0)
    if moment < stamp.time(tenant) and await _has_events(connection, tenant):
        raise Conflict("a clock only moves forward", code="clock.backwards")
    offset = moment - stamp.at
    clocks = {str(t): _microseconds(o) for t, o in stamp.offsets.items()}
    clocks[str(tenant)] = _microseconds(offset)
    await connection.execute(
        "update shard set clocks = $2::text::jsonb where id = $1",
        shard,
        msgspec.json.encode(clocks).decode(),
    )
    return offset


async def _has_events(connection: asyncpg.Connection[Any], tenant: int) -> bool:
    """A tenant in which nothing has happened yet may begin at any time."""
    return bool(
        await connection.fetchval("select exists (select from event where tenant = $1)", tenant)
    )


def _microseconds(offset: timedelta) -> int:
    return offset // timedelta(microseconds=1)
