"""A canteen with many diners, for benchmarks: opened and funded through the real write path."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import Tenant, create_tenant

PACK = Path(__file__).parents[1] / "packs" / "smart_canteen"
SCENE = "canteen"
DINERS = 3_000
TILLS = 4
PRICE = "2.00"
OPTIONS = {"daily_limit": "500.00", "top_up_max": "5000.00"}


@dataclass(frozen=True, slots=True)
class Canteen:
    """The scene of a tenant of its own; diners are `d0`…, terminals `t0`… of canteen `hall`."""

    tenant: Tenant
    scene: int

    def payment(self, number: int) -> tuple[str, dict[str, Any]]:
        """Who acts and what is sent for the payment of this number."""
        given = {
            "ticket": f"T{number}",
            "diner": f"d{number * 7919 % DINERS}",
            "price": PRICE,
        }
        return f"t{number % TILLS}", given

    def call(self, number: int) -> Call:
        actor, given = self.payment(number)
        return Call(
            self.tenant.id, SCENE, "pay_by_code", Actor(actor, "terminal", "bench"), given,
            f"k{number}",
        )  # fmt: skip


async def open_canteen(pool: Any, host: SceneHost) -> Canteen:
    """Open it and fill wallets and subsidy, so that no payment of a run is refused."""
    pack = load_pack(PACK).pack
    assert pack is not None
    tenant = await create_tenant(pool, "bench", "bench", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder(SCENE, SCENE, options=OPTIONS)
        scene = await create_scene(connection, tenant.id, pack, order, "bench")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, SCENE, state, "bench")
    diners = [f"d{n}" for n in range(DINERS)]
    async with pool.acquire() as connection, connection.transaction():
        people = [
            Enrolment("BANK", "bank", "bank"),
            Enrolment("acme", "sponsor", "employer"),
            Enrolment("hall", "canteen", "merchant"),
            *(Enrolment(f"t{n}", "terminal", "device", bound_to="hall") for n in range(TILLS)),
            *(Enrolment(diner, "diner", "person") for diner in diners),
        ]
        await enrol(connection, tenant.id, scene, pack, people)
        await link(connection, tenant.id, scene, pack, "works_for", [(d, "acme") for d in diners])
    calls = [
        Call(tenant.id, SCENE, "top_up", Actor(d, "diner", "bench"), {"amount": "2000.00"}, f"f{d}")
        for d in diners
    ]
    calls.append(
        Call(
            tenant.id, SCENE, "fund_subsidy", Actor("acme", "sponsor", "bench"),
            {"amount": "9000000.00"}, "fund",
        )
    )  # fmt: skip
    replies = await asyncio.gather(*(host.perform(call) for call in calls))
    assert not any(reply.refused for reply in replies), replies[0]
    return Canteen(tenant, scene)
