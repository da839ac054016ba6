"""What a customer withdraws: no offer is left of it, and none is made while it is being said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from enscene.commit import admit
from enscene.engagement import say_consent
from lending import Lending, open_lending
from trip import Trip


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3000.00")
        yield found


async def say(trip: Trip, item: str, *, granted: bool, who: str = "ann") -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await say_consent(connection, trip.tenant.id, trip.scene, who, item, granted=granted)


async def states(trip: Trip) -> list[str]:
    return [decision["state"] for decision in await trip.decisions()]


async def begin(lending: Lending) -> Any:
    rows = await lending.sql("select id from decision where product is not null order by seq")
    return await lending.post("", {"product": "instalment", "offer": str(rows[0][0])})


async def test_without_recommendations_no_offer_is_left(lending: Lending) -> None:
    trip = lending.trip
    await trip.book("bob", "B2", "3000.00")
    assert await states(trip) == ["offered", "offered"]
    await say(trip, "recommendations", granted=False)
    assert await states(trip) == ["dismissed", "offered"]
    answer = await begin(lending)
    assert (answer.status_code, answer.json()["code"]) == (422, "offer.over")
    # What was withdrawn does not come back with a new consent: something new has to happen.
    await say(trip, "recommendations", granted=True)
    assert await states(trip) == ["dismissed", "offered"]


async def test_what_was_applied_for_goes_on(lending: Lending) -> None:
    """The customer has asked for it: nothing is recommended any more."""
    trip = lending.trip
    await trip.decisions()
    begun = (await begin(lending)).json()
    await say(trip, "recommendations", granted=False)
    assert (await lending.get(f"/{begun['id']}")).json()["state"] == "begun"


async def test_another_consent_leaves_offers_alone(lending: Lending) -> None:
    trip = lending.trip
    await trip.decisions()
    for item in ("balance", "holdings"):
        await say(trip, item, granted=False)
    assert await states(trip) == ["offered"]


async def test_without_a_look_elsewhere_only_what_came_of_it_ends(lending: Lending) -> None:
    trip = lending.trip
    await trip.decisions()
    await trip.book("ann", "B2", "15500.00")
    assert await states(trip) == ["offered", "none", "offered"]
    await lending.sql(
        "update decision set rights = rights || '{\"because_of\": []}' where product = $1",
        "temporary_limit",
    )
    await say(trip, "holdings", granted=False)
    assert await states(trip) == ["offered", "none", "dismissed"]


async def test_a_decision_waits_for_what_is_being_said(lending: Lending) -> None:
    trip = lending.trip
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await say_consent(
            connection, trip.tenant.id, trip.scene, "ann", "recommendations", granted=False
        )
        deciding = asyncio.create_task(trip.decisions())
        while not await trip.pool.fetchval("select count(*) from pg_locks where not granted"):
            await asyncio.wait([deciding], timeout=0.01)
            assert not deciding.done()
    (decision,) = await deciding
    assert decision["product"] is None
    assert decision["rights"]["suppressed"] == {"instalment": "consent"}
