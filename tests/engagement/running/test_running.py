"""Campaigns at work on a real log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from engagement.campaigns.sample import sample
from engagement.running.campaigning import made, moment, rules, run, stop
from enscene.commit import admit
from enscene.customers.erasure import sweep_person
from enscene.engagement import reactor_of, say_consent
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.results import read_learnt
from enscene.engagement.running.store import turn_over
from enscene.kernel.errors import Conflict, NotFound
from enscene.shelf.open_product import Order, open_product
from trip import Trip, open_trip

AFTER = {"after": ["travel.book_package"]}


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        yield opened


async def says(trip: Trip, who: str, scene: int, *, granted: bool) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await say_consent(
            connection, trip.tenant.id, scene, who, "recommendations", granted=granted
        )


async def test_a_moment_of_a_campaign_is_decided_with_all_eight_rights(trip: Trip) -> None:
    await run(trip, **moment(**AFTER))
    await trip.book("ann", "B1", "3000.00")
    (row,) = await made(trip)
    assert (row["ref"], row["moment"], row["product"], row["state"]) == (
        "ann", "winter/m", "wealth_flex", "offered",
    )  # fmt: skip
    rights = row["rights"]
    eight = {"customer", "time", "scene", "staff", "activity", "price", "channel", "product"}
    assert eight <= set(rights)
    assert (rights["customer"], rights["activity"], rights["channel"]) == ("ann", "winter", "h5")
    assert rights["reason"] == {"zh": "字", "en": "words"}
    assert rights["propensity"] == 1.0


async def test_what_happened_before_it_ran_fires_nothing(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    assert await made(trip) == []
    version = await run(trip, **moment(**AFTER))
    assert await made(trip) == []
    await trip.book("ann", "B2", "3000.00")
    assert len(await made(trip)) == 1
    await stop(trip, version)
    await trip.book("ann", "B3", "3000.00")
    assert len(await made(trip)) == 1


async def test_two_customers_get_different_offers_at_one_moment(trip: Trip) -> None:
    """A count of bookings over time on the one hand, one large booking on the other."""
    await run(trip)
    await trip.book("ann", "B1", "150.00")
    await trip.book("ann", "B2", "160.00")
    await trip.book("bob", "B3", "5000.00")
    rows = await made(trip)
    assert [(row["ref"], row["moment"]) for row in rows if row["state"] == "offered"] == [
        ("ann", "winter/booked_often"), ("bob", "winter/large"),
    ]  # fmt: skip


async def test_small_bookings_are_not_counted(trip: Trip) -> None:
    await run(trip, **moment(count={"of": ["travel.book_package"], "at_least": 2, "within": "30d",
                                    "only": "input.price > money('100.00')"}))  # fmt: skip
    for key, price in (("B1", "150.00"), ("B2", "99.00"), ("B3", "80.00")):
        await trip.book("ann", key, price)
    assert await made(trip) == []
    await trip.book("ann", "B4", "150.00")
    assert len(await made(trip)) == 1


async def test_a_sum_reaches_what_was_set(trip: Trip) -> None:
    await run(trip, **moment(sum={"of": ["travel.book_package"], "field": "input.price",
                                  "reaches": "900.00", "within": "30d"}))  # fmt: skip
    await trip.book("ann", "B1", "500.00")
    await trip.book("bob", "B2", "899.00")
    await trip.book("ann", "B3", "400.00")
    assert [row["ref"] for row in await made(trip)] == ["ann"]


async def test_who_stays_away_is_missed_on_the_day(trip: Trip) -> None:
    absent = {"after": ["travel.book_package"], "without": ["travel.book_package"], "span": "60d"}
    await run(trip, **moment(absent=absent))
    await trip.book("ann", "B1", "500.00")
    await trip.book("bob", "B2", "500.00")
    await trip.reactor.settle(trip.tenant.id)
    (start,) = await _now(trip)
    await trip.reactor.advance(trip.tenant.id, start + timedelta(days=30))
    await trip.book("bob", "B3", "500.00")
    await trip.reactor.advance(trip.tenant.id, start + timedelta(days=75))
    rows = await made(trip)
    assert [row["ref"] for row in rows] == ["ann"]
    assert abs(rows[0]["at"] - start - timedelta(days=60)) < timedelta(minutes=1)
    await trip.reactor.advance(trip.tenant.id, start + timedelta(days=120))
    assert [row["ref"] for row in await made(trip)] == ["ann", "bob"]


async def _now(trip: Trip) -> Any:
    return await trip.pool.fetchrow(
        "select clock_timestamp() + make_interval(secs => "
        "coalesce((clocks ->> $1::text)::bigint, 0) / 1e6) from shard where id = $2",
        str(trip.tenant.id), trip.tenant.shard,
    )  # fmt: skip


@pytest.mark.parametrize("scene", ["everywhere", "here"])
async def test_without_consent_nothing_is_said_until_it_is_given_again(
    trip: Trip, scene: str
) -> None:
    await run(trip, **moment(**AFTER))
    where = trip.scene if scene == "here" else 0
    await says(trip, "ann", where, granted=False)
    await trip.book("ann", "B1", "3000.00")
    (row,) = await made(trip)
    assert row["state"] == "none"
    assert row["rights"]["suppressed"] == {"winter/plan": "consent"}
    await says(trip, "ann", where, granted=True)
    await trip.book("ann", "B2", "3000.00")
    assert [row["state"] for row in await made(trip)] == ["none", "offered"]


async def test_with_a_permission_goes_what_decisions_have_weighed_of_preferences(
    trip: Trip,
) -> None:
    await run(trip, **moment(**AFTER))
    for key, who in (("B1", "ann"), ("B2", "bob")):
        await trip.book(who, key, "3000.00")
    assert all("features" in row["rights"] for row in await made(trip))
    await says(trip, "ann", trip.scene, granted=False)
    left = {row["ref"]: row["rights"] for row in await made(trip)}
    assert ("features" in left["ann"], "features" in left["bob"]) == (False, True)
    assert left["ann"]["propensity"] == 1.0


async def test_consent_that_is_taken_back_while_it_is_decided_leaves_no_open_offer(
    trip: Trip,
) -> None:
    """The withdrawal stands in the log behind the booking, and was committed before the decision."""
    await run(trip, **moment(**AFTER))
    await trip.book("ann", "B1", "3000.00")
    await says(trip, "ann", trip.scene, granted=False)
    (row,) = await made(trip)
    assert row["state"] == "dismissed"
    assert "features" not in row["rights"], "what was weighed goes as well"


async def test_a_benefit_is_given_once_and_the_budget_ends_it_to_the_cent(trip: Trip) -> None:
    whole = sample()
    offers = {"coupon": {**whole["offers"]["coupon"], "channels": ["h5"]}}
    moments = {"m": {**AFTER, "offer": ["coupon"]}}
    await run(trip, moments=moments, offers=offers, budget="5.00")
    for key in ("B1", "B2"):
        await trip.book("ann", key, "300.00")
    await trip.book("bob", "B3", "300.00")
    rows = await made(trip)
    assert [row["state"] for row in rows] == ["offered", "none", "none"]
    reasons = [row["rights"]["suppressed"] for row in rows[1:]]
    assert reasons == [{"winter/coupon": "same_benefit"}, {"winter/coupon": "budget"}]


async def test_caps_hold_over_all_campaigns_together(trip: Trip) -> None:
    await rules(trip, caps=[{"times": 1, "within": "7d"}])
    await run(trip, "one", **moment(**AFTER))
    await run(trip, "two", **moment(**AFTER))
    await trip.book("ann", "B1", "300.00")
    await trip.book("ann", "B2", "300.00")
    rows = await made(trip)
    assert [row["state"] for row in rows] == ["offered", "none"]
    assert set(rows[1]["rights"]["suppressed"].values()) == {"cap"}


async def test_what_is_answered_is_learnt_from_and_is_over(trip: Trip) -> None:
    await run(trip, **moment(**AFTER))
    await trip.book("ann", "B1", "300.00")
    (row,) = await made(trip)
    where = (trip.pool, trip.tenant.id, row["id"], "ann")
    with pytest.raises(NotFound):
        await answer_offer(*where[:3], "bob", "seen")
    assert await answer_offer(*where, "seen")
    assert not await answer_offer(*where, "seen")
    assert await answer_offer(*where, "taken")
    with pytest.raises(Conflict):
        await answer_offer(*where, "refused")
    await trip.book("ann", "B2", "300.00")
    first, second = await made(trip)
    assert first["state"] == "taken"
    # What was learnt serves in no decision before the cycle is over.
    assert (first["rights"]["model"], second["rights"]["model"]) == (0, 0)
    assert first["rights"]["features"]["always"] == 1.0
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        learnt = await read_learnt(connection, trip.tenant.id)
    assert learnt.answers == 2


async def test_who_wants_no_more_through_a_channel_gets_no_more_through_it(trip: Trip) -> None:
    await run(trip, **moment(**AFTER))
    await trip.book("ann", "B1", "300.00")
    (row,) = await made(trip)
    await answer_offer(trip.pool, trip.tenant.id, row["id"], "ann", "opted_out")
    await trip.book("ann", "B2", "300.00")
    _, second = await made(trip)
    assert second["rights"]["suppressed"] == {"winter/plan": "no_channel"}


async def test_whoever_goes_on_decides_as_if_nobody_had_stopped(trip: Trip) -> None:
    """Another process with nothing in memory, and the first one again after it."""
    await run(trip, **moment(count={"of": ["travel.book_package"], "at_least": 3, "within": "30d"}))
    await trip.book("ann", "B1", "300.00")
    assert await made(trip) == []
    first, trip.reactor = trip.reactor, reactor_of(trip.pool, trip.host, trip.tenant.shard)
    await trip.book("ann", "B2", "300.00")
    assert await made(trip) == []
    trip.reactor = first
    await trip.book("ann", "B3", "300.00")
    rows = await made(trip)
    assert [row["moment"] for row in rows] == ["winter/m"]


async def test_of_who_is_erased_no_state_is_left_in_tables_or_memory(trip: Trip) -> None:
    absent = {"after": ["travel.book_package"], "without": ["travel.book_package"], "span": "60d"}
    await run(trip, **moment(absent=absent))
    await trip.book("ann", "B1", "500.00")
    await trip.book("bob", "B2", "500.00")
    await made(trip)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        ann = await connection.fetchval("select id from party where ref = 'ann'")
        await sweep_person(connection, trip.tenant.id, ann, "erased-1", {})
        await turn_over(connection, trip.tenant.id)
        left = await connection.fetchval(
            "select count(*) from engine_state where customer = $1", ann
        )
    assert left == 0
    (now,) = await _now(trip)
    await trip.reactor.advance(trip.tenant.id, now + timedelta(days=90))
    assert [row["ref"] for row in await made(trip)] == ["bob"]


async def test_a_page_that_breaks_half_way_is_not_half_remembered(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine has counted it already when the process falls over; it counts once."""
    from enscene.engagement.running import store

    await run(trip, **moment(count={"of": ["travel.book_package"], "at_least": 3, "within": "30d"}))
    await trip.book("ann", "B1", "300.00")
    kept = store.keep_states

    async def dies(*args: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(store, "keep_states", dies)
    with pytest.raises(RuntimeError, match="killed"):
        await trip.reactor.settle(trip.tenant.id)
    monkeypatch.setattr(store, "keep_states", kept)
    await trip.book("ann", "B2", "300.00")
    assert await made(trip) == []
    await trip.book("ann", "B3", "300.00")
    assert len(await made(trip)) == 1


async def test_a_page_that_is_not_committed_leaves_nothing_and_is_read_again(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enscene.engagement.running import store

    await run(trip, **moment(**AFTER))
    await trip.book("ann", "B1", "300.00")
    kept = store.insert_decisions

    async def dies(*args: Any) -> None:
        await kept(*args)
        raise RuntimeError("killed")

    monkeypatch.setattr(store, "insert_decisions", dies)
    with pytest.raises(RuntimeError, match="killed"):
        await trip.reactor.settle(trip.tenant.id)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        assert await connection.fetchval("select count(*) from engine_state") == 0
    monkeypatch.setattr(store, "insert_decisions", kept)
    assert len(await made(trip)) == 1


async def test_what_is_opened_and_closed_in_a_channel_of_the_bank_is_known(trip: Trip) -> None:
    coupon = {**sample()["offers"]["plan"], "product": "coupon"}
    holds = {"title": sample()["title"], "reason": sample()["title"], "benefit": "thanks"}
    moments = {
        "any": {"after": ["travel.book_package"], "offer": ["plan"]},
        "regular": {"after": ["travel.book_package"], "offer": ["thanks"],
                    "if": "'coupon' in customer.products"},
    }  # fmt: skip
    await run(trip, moments=moments, offers={"plan": coupon, "thanks": holds}, budget="0")
    contracts, tenant = trip.host.contracts, trip.tenant.id
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        ann = await connection.fetchval("select id from party where ref = 'ann'")
    done = await open_product(
        trip.pool, contracts, tenant, ann, Order("coupon"), once=None, actor="app:bank"
    )
    contract = UUID(msgspec.json.decode(done.body)["contract"])
    await trip.book("ann", "B1", "30.00")
    await trip.book("bob", "B2", "30.00")
    ann_first, bob = await made(trip)
    assert ann_first["rights"]["offer"] == "winter/thanks"
    assert ann_first["rights"]["suppressed"] == {"winter/plan": "has_it"}
    assert bob["rights"]["offer"] == "winter/plan"
    await contracts.act(tenant, contract, "close", {}, once=None, actor="app:bank")
    await trip.book("ann", "B3", "30.00")
    assert (await made(trip))[-1]["rights"]["offer"] == "winter/plan"
