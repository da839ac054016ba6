"""What is held from one scene may make an offer in another, with consent; and it is told whose
merit it was. The journey of a customer is one line over all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import set_consent
from enscene.engagement import store
from enscene.engagement.journey import read_journey
from trip import Trip, open_trip

MOMENT = """
  insured_elsewhere:
    after: book_package
    if: "'car_insurance' in customer.products"
    offer: [temporary_limit]
    via: [h5]
    at_most: 5 per 1d
    reason: large_booking
"""


@pytest.fixture
async def trip(pool: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The travel site, with an offer for who has insured a car elsewhere."""
    read = Path.read_text

    def with_moment(path: Path, *args: Any, **more: Any) -> str:
        text = read(path, *args, **more)
        if path.name == "scene.yaml" and path.parent.name == "travel":
            text = text.replace("\nmoments:\n", f"\nmoments:{MOMENT}", 1)
        if path.parent.name == "texts":
            text = text.replace("\nmoments:\n", "\nmoments:\n  insured_elsewhere: x\n", 1)
        return text

    monkeypatch.setattr(Path, "read_text", with_moment)
    async with open_trip(pool) as opened:
        yield opened


async def hold(trip: Trip, who: str) -> None:
    """A car is insured in another scene."""
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        scene = await connection.fetchval(
            "insert into scene (tenant, ref, name, pack) values ($1, 'dealer', 'Dealer', 'x') "
            "on conflict (tenant, ref) do update set name = excluded.name returning id",
            trip.tenant.id,
        )
        await connection.execute(
            "insert into contract (tenant, id, scene, product, customer, currency, opened_at) "
            "select $1, gen_random_uuid(), $2, 'car_insurance', id, 'CNY', now() "
            "from party where ref = $3",
            trip.tenant.id, scene, who,
        )  # fmt: skip


async def allow(trip: Trip, who: str) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        scene = await connection.fetchval("select id from scene where ref = $1", "travel")
        await set_consent(connection, trip.tenant.id, scene, who, "holdings", granted=True)


async def test_without_consent_nothing_of_other_scenes_is_looked_at(trip: Trip) -> None:
    await hold(trip, "ann")
    await trip.book("ann", "B1", "100.00")
    assert await trip.decisions() == []


async def test_with_consent_it_makes_the_offer_and_is_named(trip: Trip) -> None:
    await hold(trip, "ann")
    await allow(trip, "ann")
    await trip.book("ann", "B1", "100.00")
    (decision,) = await trip.decisions()
    assert decision["product"] == "temporary_limit"
    assert decision["rights"]["because_of"] == [{"product": "car_insurance", "scene": "dealer"}]
    assert "customer.products" in decision["rights"]["data"]
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        (sale,) = await store.read_cross_sales(connection, trip.tenant.id)
    assert tuple(sale) == ("dealer", "car_insurance", "travel", "temporary_limit", 1, 0)


async def test_the_journey_is_one_line_over_scenes(trip: Trip) -> None:
    await hold(trip, "ann")
    await allow(trip, "ann")
    await trip.book("ann", "B1", "100.00")
    await trip.decisions()
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        ann = await connection.fetchval("select id from party where ref = 'ann'")
    stops = await read_journey(trip.pool, trip.tenant.id, ann)
    assert {(stop.what, stop.scene) for stop in stops} == {
        ("joined", "travel"), ("opened", "dealer"), ("offered", "travel"),
    }  # fmt: skip
