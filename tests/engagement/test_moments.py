"""Moments: what is offered, to whom, and why not."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import set_consent
from enscene.shelf import Opening, standard_shelf
from trip import Trip, open_trip


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        yield opened


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
    await trip.book("ann", "B1", "15500.00")
    first = (await trip.decisions())[-1]
    assert (first["product"], first["state"]) == ("temporary_limit", "offered")
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        ann = await connection.fetchval("select id from party where ref = 'ann'")
    opening = Opening(
        standard_shelf().products["temporary_limit"], ann, 5_000_00, months=2, scene=trip.scene,
        facts={"parties": {"traveller": "ann"}},
    )  # fmt: skip
    await trip.host.contracts.open(trip.tenant.id, opening, once=None, actor="test")
    await trip.book("ann", "B2", "100.00")
    *_, first, second = await trip.decisions()
    assert (first["product"], first["state"]) == ("temporary_limit", "taken")
    assert second["rights"]["suppressed"] == {"temporary_limit": "has_it"}


async def test_the_cover_of_one_flight_says_nothing_of_another(trip: Trip) -> None:
    """A contract about one thing stands in the way of that thing alone."""
    one, other = "MU5101-2026-12-01-PVG", "CA1832-2026-12-05-PEK"
    await trip.do("buy_cover", "ann", "P1", policy="P1", flight=one)
    for booking, flight in (("B1", one), ("B2", other)):
        await trip.book("ann", booking, "100.00", flight=flight)
    first, second = await trip.decisions()
    assert first["rights"]["suppressed"] == {"delay_insurance": "has_it"}
    assert second["product"] == "delay_insurance"
    # One bought for a third flight has not taken that offer.
    await trip.do("buy_cover", "ann", "P3", policy="P3", flight="HU7604-2026-12-09-SHA")
    assert [d["state"] for d in await trip.decisions()] == ["none", "offered"]
    await trip.do("buy_cover", "ann", "P2", policy="P2", flight=other)
    assert [d["state"] for d in await trip.decisions()] == ["none", "taken"]


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
