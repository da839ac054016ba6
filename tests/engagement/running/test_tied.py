"""Customers who are found to be one while campaigns run, and who are parted again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engagement.running.campaigning import made, moment, rules, run
from enscene.commit import admit
from enscene.customers.identity import ask_tie, decide_tie, part_parties
from enscene.engagement.journey import Stop, read_journey
from trip import Trip, open_trip

AFTER = {"after": ["travel.book_package"]}
COUPON: dict[str, Any] = {
    "moments": {"m": {"offer": ["coupon"], **AFTER}},
    "offers": {
        "coupon": {
            "title": {"zh": "字", "en": "words"}, "reason": {"zh": "字", "en": "words"},
            "benefit": "winter", "cost": "5.00", "value": "20.00", "channels": ["h5"],
        }
    },
}  # fmt: skip


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        yield opened


async def party(connection: Any, ref: str) -> int:
    found: int = await connection.fetchval("select id from party where ref = $1", ref)
    return found


async def join(trip: Trip) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        pair = await party(connection, "ann"), await party(connection, "bob")
        tie = await ask_tie(connection, trip.tenant.id, *pair, "seen at the desk", "lin@bank")
        await decide_tie(connection, trip.tenant.id, tie.id, approve=True, who="mei@bank")


async def part(trip: Trip) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        bob = await party(connection, "bob")
        await part_parties(connection, trip.tenant.id, [bob], "they are two", "lin@bank")


async def told(trip: Trip) -> list[tuple[str, str]]:
    """Who was decided about, and what stood in the way."""
    return [
        (row["ref"], "offered" if row["state"] == "offered" else
         row["rights"].get("stopped") or ",".join(row["rights"]["suppressed"].values()))
        for row in await made(trip)
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["ann", "bob"])
async def test_a_benefit_is_given_once_to_who_is_one_and_to_each_who_is_parted(
    trip: Trip, first: str
) -> None:
    second = "bob" if first == "ann" else "ann"
    await rules(trip)
    await run(trip, **COUPON)
    await trip.book(first, "B1", "300.00")
    assert await told(trip) == [(first, "offered")]
    await join(trip)
    await trip.book(second, "B2", "300.00")
    assert (await told(trip))[1:] == [(second, "same_benefit")]
    await part(trip)
    await trip.book(second, "B3", "300.00")
    await trip.book(first, "B4", "300.00")
    assert (await told(trip))[2:] == [(second, "offered"), (first, "same_benefit")]


@pytest.mark.parametrize("first", ["ann", "bob"])
async def test_what_was_given_while_they_were_one_stays_with_who_got_it(
    trip: Trip, first: str
) -> None:
    second = "bob" if first == "ann" else "ann"
    await rules(trip)
    await run(trip, **COUPON)
    await join(trip)
    await trip.book(first, "B1", "300.00")
    assert await told(trip) == [(first, "offered")]
    await part(trip)
    await trip.book(first, "B2", "300.00")
    await trip.book(second, "B3", "300.00")
    assert (await told(trip))[1:] == [(first, "same_benefit"), (second, "offered")]


@pytest.mark.parametrize("first", ["ann", "bob"])
async def test_a_cap_counts_over_both_while_they_are_one(trip: Trip, first: str) -> None:
    second = "bob" if first == "ann" else "ann"
    await rules(trip, caps=[{"times": 1, "within": "30d"}])
    await run(trip, **moment(**AFTER))
    await trip.book(first, "B1", "300.00")
    assert await told(trip) == [(first, "offered")]
    await join(trip)
    await trip.book(second, "B2", "300.00")
    assert (await told(trip))[1:] == [(second, "cap")]
    await part(trip)
    await trip.book(second, "B3", "300.00")
    await trip.book(first, "B4", "300.00")
    assert (await told(trip))[2:] == [(second, "offered"), (first, "cap")]


async def test_the_journey_is_of_both_while_they_are_one(trip: Trip) -> None:
    await rules(trip)
    await run(trip, **moment(**AFTER))
    await trip.book("ann", "B1", "300.00")
    await trip.book("bob", "B2", "300.00")
    await told(trip)
    ann, bob = await journey(trip, "ann"), await journey(trip, "bob")
    assert (len(ann), len(bob), ann & bob) == (1, 1, set())
    await join(trip)
    assert await journey(trip, "ann") == await journey(trip, "bob") == ann | bob
    await part(trip)
    assert (await journey(trip, "ann"), await journey(trip, "bob")) == (ann, bob)


async def test_a_deadline_of_who_is_one_with_another_gives_no_benefit_twice(trip: Trip) -> None:
    """What was waited for before the tie comes due after it, under the number of the one who waited."""
    absent = {"after": ["travel.book_package"], "without": ["travel.book_package"], "span": "10d"}
    await rules(trip)
    await run(trip, **{**COUPON, "moments": {"m": {"offer": ["coupon"], "absent": absent}}})
    await trip.book("ann", "B1", "300.00")
    await trip.book("bob", "B2", "300.00")
    await trip.reactor.settle(trip.tenant.id)
    await join(trip)
    now = await trip.pool.fetchval("select clock_timestamp()")
    await trip.reactor.advance(trip.tenant.id, now + timedelta(days=11))
    assert [why for _, why in await told(trip)] == ["offered", "same_benefit"]


async def journey(trip: Trip, who: str) -> set[Stop]:
    """The offers in it: both joined the scene at one moment."""
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        found = await party(connection, who)
    stops = await read_journey(trip.pool, trip.tenant.id, found)
    return {stop for stop in stops if stop.what == "offered"}
