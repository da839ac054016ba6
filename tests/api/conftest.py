"""A sandbox bank with a canteen that is open, and applications of its partners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.partner import ISSUER, Partner, make_partner
from enscene.api import ApiSettings, Gateway, create_app
from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.runtime import SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.apps import ActsFor

PACKS = Path(__file__).parents[2] / "packs"
BANK_SCOPES = [
    "scene:canteen:*", "platform:clock", "launch:read", "launch:edit", "launch:approve",
    "shelf:read", "shelf:edit", "shelf:approve", "webhooks:read", "webhooks:write",
]  # fmt: skip
DINERS = ("ann", "bob", "cyd")


@dataclass
class World:
    """`h5` is the bank's (acts for any diner), `till` a terminal's, `hall` the canteen's own."""

    pool: Any
    host: SceneHost
    gateway: Gateway
    tenant: Tenant
    pack: Pack
    scene: int
    h5: Partner
    till: Partner
    hall: Partner
    bank: Partner

    async def partner(self, name: str, **registration: Any) -> Partner:
        """One more application."""
        return await make_partner(self.pool, self.gateway, self.tenant, name, **registration)

    async def balance(self, account: str, party: str) -> str:
        """Read back through the API, as the bank."""
        answer = await self.bank.get(f"/v1/canteen/accounts/{account}/{party}")
        assert answer.status_code == 200, answer.text
        return answer.json()["balance"]

    async def top_up(self, diner: str, amount: str) -> None:
        """Money into a wallet."""
        answer = await self.h5.act("canteen", "top_up", {"amount": amount}, party=diner)
        assert answer.status_code == 200, answer.text

    async def meal(self, ticket: str, diner: str = "ann", price: str = "12.00") -> Any:
        """A meal paid at the till."""
        body = {"ticket": ticket, "diner": diner, "price": price}
        return await self.till.act("canteen", "pay_by_code", body)


@pytest.fixture(scope="session")
def canteen_pack() -> Pack:
    """The canteen as it is shipped."""
    loaded = load_pack(PACKS / "smart_canteen")
    assert loaded.pack is not None, loaded.mistakes
    return loaded.pack


async def open_scene(pool: Any, tenant: Tenant, pack: Pack, ref: str) -> int:
    """A scene of the tenant, live."""
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder(ref, f"Canteen {ref}")
        scene = await create_scene(connection, tenant.id, pack, order, "test")
        await change_state(connection, tenant.id, ref, "sandbox", "test")
        await change_state(connection, tenant.id, ref, "live", "test")
    return scene


async def people_of(pool: Any, tenant: Tenant, scene: int, pack: Pack) -> None:
    """A bank, two canteens, a sponsor, a till and three diners."""
    orders = [
        Enrolment("BANK", "bank", "bank"),
        Enrolment("hall", "canteen", "merchant"),
        Enrolment("other_hall", "canteen", "merchant"),
        Enrolment("acme", "sponsor", "employer"),
        Enrolment("till", "terminal", "device", bound_to="hall"),
        *(Enrolment(diner, "diner", "person") for diner in DINERS),
    ]
    async with pool.acquire() as connection, connection.transaction():
        await enrol(connection, tenant.id, scene, pack, orders)
        staff = [(diner, "acme") for diner in DINERS]
        await link(connection, tenant.id, scene, pack, "works_for", staff)


@pytest.fixture
async def world(pool: Any, canteen_pack: Pack) -> AsyncIterator[World]:
    """Everything that a request needs, in a database of its own."""
    tenant = await create_tenant(pool, "bank", "Bank of the Sandbox", sandbox=True)
    scene = await open_scene(pool, tenant, canteen_pack, "canteen")
    await people_of(pool, tenant, scene, canteen_pack)
    host = SceneHost(pool)
    gateway = create_app(
        host, pool, ApiSettings(issuer=ISSUER, documented_tenant="bank", packs=PACKS)
    )

    async def partner(name: str, party: str, **more: Any) -> Partner:
        order = {"party": party, "scopes": ["scene:canteen:*"], "level": "A2"} | more
        return await make_partner(pool, gateway, tenant, name, **order)

    yield World(
        pool,
        host,
        gateway,
        tenant,
        canteen_pack,
        scene,
        h5=await partner("h5", "BANK", acts_for=[ActsFor("canteen", "diner")]),
        till=await partner("till", "till"),
        hall=await partner("hall", "hall"),
        bank=await partner("core", "BANK", scopes=BANK_SCOPES),
    )
    await host.close()
