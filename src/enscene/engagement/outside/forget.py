"""What came from outside goes when the permission does, with the person, and when its time is over."""

from __future__ import annotations

from datetime import datetime

from enscene.commit import admit
from enscene.engagement.outside import store
from enscene.engagement.outside.types import TYPES
from enscene.kernel.rounds import Pace
from enscene.lake import note_erasure
from enscene.tenants.service import ServiceWatch

EVERY_S = 3_600.0
TOGETHER = 1_000


async def forget_under(
    connection: store.Connection, tenant: int, ref: str, *, scene: int = 0,
    item: str | None = None, grant: int | None = None,
) -> None:  # fmt: skip
    """Blank what rested on a permission of a scene (0: of all), or was told under a consent."""
    if item is not None:
        actions = [each.action for each in TYPES.values() if each.consent == item]
        if actions:
            seqs = await store.blank_of(connection, tenant, ref, actions, scene, None)
            await _note(connection, tenant, seqs)
    if grant is not None:
        seqs = await store.blank_of(connection, tenant, ref, None, None, grant)
        await _note(connection, tenant, seqs)


async def forget_outside(connection: store.Connection, tenant: int, ref: str) -> None:
    """Blank everything about a person: where somebody was, and when, tells who it was even where no
    name stands beside it."""
    seqs = await store.blank_of(connection, tenant, ref, None, None, None)
    await _note(connection, tenant, seqs)


async def _note(connection: store.Connection, tenant: int, seqs: list[int]) -> None:
    """The lake follows: what it has exported of these goes there as well."""
    if seqs:
        await note_erasure(connection, tenant, seqs)


class OutsideClock:
    """Blanks on a shard what has been kept as long as its type says."""

    def __init__(self, pool: store.Pool, shard: int, service: ServiceWatch) -> None:
        self._pool = pool
        self._shard = shard
        self._service = service
        self._pace = Pace(EVERY_S)

    async def step(self, tenant: int | None = None) -> int:
        """Of all tenants now and then; how many events went."""
        if not self._pace.comes(now=tenant is not None):
            return 0
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            times = await store.find_kept(connection, self._shard, tenant)
        done = 0
        for each, now in times.items():
            if self._service.of(each).state == "readings":
                continue
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [each], by_key=True)
                for type_ in TYPES.values():
                    seqs = await store.blank_before(
                        connection, each, type_.action, now - type_.kept, TOGETHER
                    )
                    await _note(connection, each, seqs)
                    done += len(seqs)
        return done

    async def next_due(self, tenant: int) -> datetime | None:
        """No sandbox stops for it."""
        return None
