"""A canteen that is open, to act in from tests and from processes of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.runtime import Actor, Call, Reply, SceneHost
from enscene.tenants import Tenant, create_tenant, find_tenant

PACKS = Path(__file__).parents[2] / "packs"


@cache
def canteen_pack() -> Pack:
    loaded = load_pack(PACKS / "smart_canteen")
    assert loaded.pack is not None, loaded.mistakes
    return loaded.pack


@dataclass
class Canteen:
    """The scene as one process sees it."""

    pool: Any
    host: SceneHost
    tenant: Tenant
    scene: int

    def call(self, action: str, actor: str, key: str | None, **given: Any) -> Call:
        return Call(self.tenant.id, "canteen", action, Actor(actor), given, key)

    async def do(self, action: str, actor: str, key: str | None = None, **given: Any) -> Reply:
        return await self.host.perform(self.call(action, actor, key, **given))

    async def top_up(self, diner: str, amount: str, key: str | None = None) -> None:
        reply = await self.do("top_up", diner, key or f"top-{diner}-{amount}", amount=amount)
        assert not reply.refused, reply.body

    def pay(self, ticket: str, price: str, diner: str = "ann") -> Any:
        """A meal paid at the till, under the ticket as its key."""
        return self.do("pay_by_code", "till", ticket, ticket=ticket, diner=diner, price=price)

    async def fetch(self, query: str, *values: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return await connection.fetchval(query, self.tenant.id, *values)

    async def balance(self, account: str, party: str) -> int:
        found: int = await self.fetch(
            "select posted from account a join party p on p.tenant = a.tenant and p.id = a.owner"
            " where a.tenant = $1 and a.name = $2 and p.ref = $3",
            account,
            party,
        )
        return found

    def elsewhere(self) -> Canteen:
        """The same scene in another process: nothing remembered in common."""
        return Canteen(self.pool, SceneHost(self.pool), self.tenant, self.scene)

    async def change(self, state: str) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await change_state(connection, self.tenant.id, "canteen", state, "test")

    async def enrol(self, *orders: Enrolment) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await enrol(connection, self.tenant.id, self.scene, canteen_pack(), orders)

    async def link(self, diner: str, sponsor: str) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            pairs = [(diner, sponsor)]
            await link(connection, self.tenant.id, self.scene, canteen_pack(), "works_for", pairs)


async def open_canteen(
    pool: Any, diners: Sequence[str] = ("ann", "bob"), **options: str
) -> Canteen:
    """Nobody's subsidy: what a meal costs comes from the wallet, up to 500 a day."""
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    chosen = {"subsidy_per_meal": "0.00", "daily_limit": "500.00", "service_fee": "0%"} | options
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder("canteen", "Canteen", options=chosen)
        scene = await create_scene(connection, tenant.id, canteen_pack(), order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, "canteen", state, "test")
    canteen = Canteen(pool, SceneHost(pool), tenant, scene)
    await canteen.enrol(
        Enrolment("BANK", "bank", "bank"),
        Enrolment("hall", "canteen", "merchant"),
        Enrolment("acme", "sponsor", "employer"),
        Enrolment("till", "terminal", "device", bound_to="hall"),
        *(Enrolment(diner, "diner", "person") for diner in diners),
    )
    for diner in diners:
        await canteen.link(diner, "acme")
    return canteen


async def find_canteen(pool: Any) -> Canteen:
    """The canteen that another process has opened."""
    tenant = await find_tenant(pool, "bank")
    host = SceneHost(pool)
    return Canteen(pool, host, tenant, (await host.scene(tenant.id, "canteen")).id)


async def outcomes(*acts: Any, seconds: float = 30) -> list[Any]:
    """What became of each; a test must not hang where the product does."""
    async with asyncio.timeout(seconds):
        return await asyncio.gather(*acts, return_exceptions=True)


def told(outcome: Any) -> str:
    """ "done", or the code of why not."""
    if isinstance(outcome, Reply):
        return str(json.loads(outcome.body)["code"]) if outcome.refused else "done"
    return str(getattr(outcome, "code", repr(outcome)))
