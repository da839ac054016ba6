"""What came from outside goes when the permission does, with the person, and when its time is over."""

from __future__ import annotations

import time
from datetime import datetime

from enscene.commit import admit
from enscene.engagement.outside import store
from enscene.engagement.outside.types import TYPES
from enscene.tenants.service import ServiceWatch

EVERY_S = 3_600.0
TOGETHER = 1_000


async def forget_under(
    connection: store.Connection, tenant: int, ref: str, *, scene: int = 0,
    item: str | None = None, grant: int | None = None,
) -> None:  # fmt: skip
    """Delete what rested on a permission of a scene (0: of all), or was told under a consent."""
    if item is not None:
        actions = [each.action for each in TYPES.values() if each.consent == item]
        if actions:
            await store.delete_of(connection, tenant, ref, actions, scene, None)
    if grant is not None:
        await store.delete_of(connection, tenant, ref, None, None, grant)


async def forget_outside(connection: store.Connection, tenant: int, ref: str) -> None:
    """Delete everything about a person: where somebody was, and when, tells who it was even where no
    name stands beside it."""
    await store.delete_of(connection, tenant, ref, None, None, None)


class OutsideClock:
    """Deletes on a shard what has been kept as long as its type says."""

    def __init__(self, pool: store.Pool, shard: int, service: ServiceWatch) -> None:
        self._pool = pool
        self._shard = shard
        self._service = service
        self._looked_at = float("-inf")

    async def step(self, tenant: int | None = None) -> int:
        """Of all tenants now and then; how many events went."""
        if tenant is None and time.monotonic() - self._looked_at < EVERY_S:
            return 0
        self._looked_at = time.monotonic()
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            times = await store.find_kept(connection, self._shard, tenant)
        done = 0
        for each, now in times.items():
            if self._service.of(each).state == "readings":
                continue
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [each], by_key=True)
                for type_ in TYPES.values():
                    done += await store.delete_before(
                        connection, each, type_.action, now - type_.kept, TOGETHER
                    )
        return done

    async def next_due(self, tenant: int) -> datetime | None:
        """No sandbox stops for it."""
        return None
