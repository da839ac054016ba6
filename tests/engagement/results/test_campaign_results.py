"""What campaigns said, cost and taught, from the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engagement.campaigns.sample import body_of, sample
from engagement.running.campaigning import made, moment, rules, run
from enscene.commit import admit
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.campaigns import propose_campaign
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.loops.of_cycle import read_counts
from enscene.engagement.results import (
    arms_of,
    read_figures,
    read_figures_of,
    read_learnt,
    taken_of,
)
from enscene.kernel.errors import Invalid
from trip import Trip, open_trip

EARLY = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        yield opened


async def said_once_each(trip: Trip) -> None:
    """Ann takes the coupon, Bob refuses it."""
    coupon = sample()["offers"]["coupon"]
    await run(trip, **moment(after=["travel.book_package"])
              | {"offers": {"coupon": coupon}, "budget": "50.00",
                 "moments": {"m": {"after": ["travel.book_package"], "offer": ["coupon"]}}})  # fmt: skip
    await trip.book("ann", "B1", "3000.00")
    await trip.book("bob", "B2", "3000.00")
    for row in await made(trip):
        word = "taken" if row["ref"] == "ann" else "refused"
        assert await answer_offer(trip.pool, trip.tenant.id, row["id"], row["ref"], word)  # type: ignore[arg-type]
    await made(trip)


async def test_what_was_said_is_counted_by_what_came_of_it(trip: Trip) -> None:
    await said_once_each(trip)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        (of,) = (await read_figures(connection, trip.tenant.id)).values()
        own = await read_figures_of(connection, trip.tenant.id, "winter", trip.tenant.zone)
        later = await read_figures(connection, trip.tenant.id, datetime(2090, 1, 1, tzinfo=UTC))
    assert (of.whole.said, of.whole.seen, of.whole.taken, of.whole.refused) == (2, 1, 1, 1)
    assert list(own.offers) == ["coupon"]
    assert sum(each.said for each in own.days.values()) == 2
    assert taken_of(own, {"coupon": 500}) == 500
    assert later == {}


async def test_what_the_engine_spent_and_learnt_is_read_from_its_row(trip: Trip) -> None:
    tenant = trip.tenant.id
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        assert (await read_learnt(connection, tenant)).answers == 0
    await said_once_each(trip)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        learnt = await read_learnt(connection, tenant)
        (campaign,) = await read_versions(connection, tenant, "winter")
    # One was taken; what was set aside for the other is free again.
    assert learnt.spent == {"winter": 500}
    (arm,) = arms_of(learnt, campaign)
    assert (arm.offer, arm.tried, arm.at_first) == ("coupon", 2, 0.05)
    assert arm.best[1] > arm.at_first


async def test_a_cycle_has_the_figures_of_its_days(trip: Trip) -> None:
    await said_once_each(trip)
    late = datetime(2090, 1, 1, tzinfo=UTC)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        cycle = await read_counts(connection, trip.tenant.id, "winter", EARLY, late)
        before = await read_counts(connection, trip.tenant.id, "winter", EARLY, EARLY)
        other = await read_counts(connection, trip.tenant.id, "wint", EARLY, late)
    assert (cycle.fired, cycle.met, cycle.said, cycle.taken, cycle.waiting) == (2, 2, 2, 1, 0)
    assert (cycle.seen, cycle.refused, cycle.held) == (1, 1, 0)
    assert (before.fired, before.said, other.fired) == (0, 0, 0)


@pytest.mark.parametrize("ref", ["new", "rules", "loop"])
async def test_no_campaign_is_called_like_a_page_of_the_console(trip: Trip, ref: str) -> None:
    with pytest.raises(Invalid, match="ref"):
        await propose_campaign(
            trip.pool, trip.host, trip.tenant.id, ref, body_of(sample()), "lin@bank"
        )
