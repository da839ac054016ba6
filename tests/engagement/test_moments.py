"""Moments: what is offered, to whom, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import Enrolment, set_consent
from enscene.engagement import reactor_of
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import Tenant, create_tenant

PACK = Path(__file__).parents[2] / "packs" / "travel"


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


@pytest.fixture
async def trip(pool: Any) -> Any:
    pack = load_pack(PACK).pack
    assert pack is not None
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
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


async def test_a_large_booking_is_offered_an_instalment(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    await trip.book("bob", "B2", "2999.99")
    (decision,) = await trip.decisions()
    assert (decision["moment"], decision["product"]) == ("large_booking", "instalment")
    assert decision["rights"]["customer"] == "ann"


async def test_a_decision_holds_the_eight_rights_and_the_data_it_used(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    (decision,) = await trip.decisions()
    rights = decision["rights"]
    eight = {"customer", "time", "scene", "staff", "activity", "price", "channel", "product"}
    assert eight <= set(rights)
    assert rights["data"] == ["input.price", "options.instalment_from"]
    assert rights["reason"] == "reasons.large_booking"
    assert rights["propensity"] == 1.0


async def test_an_offer_is_made_at_most_as_often_as_declared(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    await trip.book("ann", "B2", "3100.00")
    first, second = await trip.decisions()
    assert first["product"] == "instalment"
    assert second["product"] is None
    assert second["rights"]["suppressed"] == {"instalment": "at_most"}


async def test_who_has_said_no_to_recommendations_is_offered_nothing(trip: Trip) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        where = (trip.tenant.id, trip.scene, "ann", "recommendations")
        await set_consent(connection, *where, granted=False)
    await trip.book("ann", "B1", "3000.00")
    (decision,) = await trip.decisions()
    assert decision["product"] is None
    assert decision["rights"]["suppressed"] == {"instalment": "consent"}


async def test_what_a_customer_has_is_not_offered_and_its_offer_is_taken(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    assert [d["state"] for d in await trip.decisions()] == ["offered"]
    await trip.do("take_instalment", "ann", "K1", booking="B1")
    await trip.book("ann", "B2", "4000.00")
    first, second = await trip.decisions()
    assert first["state"] == "taken"
    assert second["rights"]["suppressed"] == {"instalment": "has_it"}


async def test_reading_the_log_again_decides_nothing_twice(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    before = await trip.decisions()
    async with trip.pool.acquire() as connection:
        await connection.execute("update reading set seq = 0 where name = 'moments'")
    after = await trip.decisions()
    assert [dict(row) for row in after] == [dict(row) for row in before]


async def test_a_condition_on_a_balance_sees_the_balance(trip: Trip) -> None:
    await trip.book("ann", "B1", "2000.00")
    await trip.book("bob", "B2", "2900.00")
    for number in range(5):
        await trip.book("bob", f"B3{number}", "2600.00")
    products = [d["product"] for d in await trip.decisions() if d["product"]]
    assert products == ["temporary_limit"]
