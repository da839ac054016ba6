"""A travel scene with two travellers, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.engagement import reactor_of
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import Tenant, create_tenant

PACK = Path(__file__).parents[1] / "packs" / "travel"


class Trip:
    """A travel scene with two travellers, and everything that happens by itself."""

    def __init__(self, pool: Any, host: SceneHost, tenant: Tenant, scene: int) -> None:
        self.pool = pool
        self.host = host
        self.tenant = tenant
        self.scene = scene
        self.reactor = reactor_of(pool, host, tenant.shard)

    async def do(self, action: str, who: str, key: str, **given: Any) -> None:
        actor = Actor(who, "traveller", "test")
        call = Call(self.tenant.id, "travel", action, actor, given, key)
        reply = await self.host.perform(call)
        assert not reply.refused, reply.body

    async def book(self, who: str, key: str, price: str, **more: str) -> None:
        days = {"departs": "2026-12-01", "returns": "2026-12-05"}
        given = {"booking": key, "site": "site", "title": "海边三日", "price": price}
        await self.do("book_package", who, key, **given, **days, **more)

    async def decisions(self) -> list[Any]:
        """All of them, in the order of their events, after everything has reacted."""
        await self.reactor.settle(self.tenant.id)
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return await connection.fetch(
                "select moment, product, state, rights from decision order by seq, moment"
            )


@asynccontextmanager
async def open_trip(pool: Any, pack: Pack | None = None, ref: str = "bank") -> AsyncIterator[Trip]:
    """The scene in a tenant of its own, live; of another pack where one is given."""
    pack = pack or load_pack(PACK).pack
    assert pack is not None
    tenant = await create_tenant(pool, ref, "Bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        scene = await create_scene(
            connection, tenant.id, pack, SceneOrder("travel", "Travel"), "test"
        )
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, "travel", state, "test")
        parties = [
            Enrolment("ann", "traveller", "person"),
            Enrolment("bob", "traveller", "person"),
            Enrolment("site", "site", "merchant"),
            Enrolment("bank", "bank", "bank"),
            Enrolment("insurer", "insurer", "insurer"),
        ]
        await enrol(connection, tenant.id, scene, pack, parties)
    host = SceneHost(pool)
    yield Trip(pool, host, tenant, scene)
    await host.close()
