"""Whoever is merged with another and parted again has the history that is theirs: journey, caps,
benefits and spectrum. While they are one, both histories count."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engagement.running.campaigning import made, rules, run
from enscene.commit import admit
from enscene.customers.identity import (
    ask_tie,
    decide_tie,
    find_customers,
    part_parties,
    read_parties_of,
)
from enscene.customers.spectrum import read_spectrum
from enscene.engagement.contact_log import read_contacts
from enscene.engagement.journey import read_journey
from enscene.kernel.clock import micros_of
from enscene.storage import Database, open_pool
from testserver import TestServer
from trip import Trip, open_trip

WHO = ("ann", "bob")
MOST = 3
WORDS = {"zh": "字", "en": "words"}
CAMPAIGN: dict[str, Any] = {
    "moments": {"m": {"offer": ["coupon", "plan"], "after": ["travel.book_package"]}},
    "offers": {
        "coupon": {"title": WORDS, "reason": WORDS, "benefit": "winter", "value": "20.00"},
        "plan": {"title": WORDS, "reason": WORDS, "product": "wealth_flex", "value": "20.00"},
    },
    "budget": "0",
}
_BANKS = count(1)

steps = st.one_of(
    st.lists(st.sampled_from(WHO), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["merge", "part"]),
)
"""Who books, within one page of the log; or that the two are found to be one, or to be two."""
histories = st.lists(steps, min_size=3, max_size=9)


@pytest.fixture(scope="module")
def own_database(test_server: TestServer) -> Iterator[Database]:
    """One database for all examples: each makes a bank of its own in it."""
    with asyncio.Runner() as runner:
        cloning = test_server.clone()
        yield runner.run(cloning.__aenter__())
        runner.run(cloning.__aexit__(None, None, None))


@dataclass
class Story:
    """What was said to whom by the log of decisions, and whether they are one now."""

    trip: Trip
    ids: dict[str, int]
    joined: dict[str, list[Any]]
    are_one: bool = False
    booked: list[str] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)

    def of(self, who: str) -> list[Any]:
        """What was said to a customer, as everybody that they are now."""
        return [row for row in self.said if self.are_one or row["ref"] == who]

    async def book(self, who: tuple[str, ...]) -> None:
        """Everybody is judged by what was said before to all that they are, and to no other."""
        for each in who:
            self.booked.append(each)
            await self.trip.book(each, f"B{len(self.booked)}", "300.00")
        new = (await made(self.trip))[len(self.booked) - len(who) :]
        assert [row["ref"] for row in new] == list(who)
        for row in new:
            before = self.of(row["ref"])
            stops = {
                "winter/coupon": "same_benefit" if has_coupon(before) else None,
                "winter/plan": None,
            }
            if len(before) >= MOST:
                stops = {offer: why or "cap" for offer, why in stops.items()}
            assert {
                offer: None if why == "another_fits_better" else why
                for offer, why in (dict.fromkeys(stops) | row["rights"]["suppressed"]).items()
            } == stops
            assert (row["state"] == "offered") == (None in stops.values())
            if row["state"] == "offered":
                self.said.append(row)

    async def merge(self) -> None:
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            pair = self.ids["bob"], self.ids["ann"]
            tie = await ask_tie(connection, self.trip.tenant.id, *pair, "seen here", "lin@bank")
            await decide_tie(connection, self.trip.tenant.id, tie.id, approve=True, who="mei@bank")
        self.are_one = True

    async def part(self) -> None:
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            one = [self.ids["ann"]]
            await part_parties(connection, self.trip.tenant.id, one, "two of them", "lin@bank")
        self.are_one = False

    async def check(self) -> None:
        """What each customer's readers show is what the story tells, no more and no less."""
        tenant = self.trip.tenant.id
        for who, party in self.ids.items():
            mine = self.of(who)
            async with self.trip.pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant])
                one = await find_customers(connection, tenant, self.ids.values())
                parties = await read_parties_of(connection, tenant, party)
                contacts = await read_contacts(connection, tenant, parties)
            assert (len(set(one.values())) == 1) == self.are_one
            assert {each.at_us for each in contacts} == {micros_of(row["at"]) for row in mine}
            assert len(list(contacts)) == len(mine)
            assert contacts.benefits == ({"winter"} if has_coupon(mine) else set())
            stops = await read_journey(self.trip.pool, tenant, party)
            others = WHO if self.are_one else (who,)
            joined = [stop for other in others for stop in self.joined[other]]
            assert Counter(s for s in stops if s.what == "joined") == Counter(joined)
            assert {stop.ref for stop in stops if stop.what == "offered"} == {
                str(row["id"]) for row in mine if row["product"]
            }
            await self._check_spectrum(who)

    async def _check_spectrum(self, who: str) -> None:
        """It rests on what was done under this reference, whoever else they are."""
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            now = await connection.fetchval("select clock_timestamp()")
            found = await read_spectrum(connection, self.trip.tenant.id, self.ids[who], now)
        assert {each.topic: each.pieces for each in found} == {
            topic: times
            for topic in ("travel", "travel.journeys")
            if (times := self.booked.count(who))
        }


def has_coupon(said: list[Any]) -> bool:
    return any(row["rights"]["benefit"] == "winter" for row in said)


async def tell(trip: Trip, history: list[Any]) -> None:
    """A history from its beginning to both being apart again."""
    await rules(trip, caps=[{"times": MOST, "within": "30d"}])
    await run(trip, **CAMPAIGN)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        rows = await connection.fetch("select ref, id from party where ref = any($1::text[])", WHO)
    ids = {row["ref"]: row["id"] for row in rows}
    joined = {who: await read_journey(trip.pool, trip.tenant.id, ids[who]) for who in WHO}
    story = Story(trip, ids, joined)
    for step in [*history, "part", WHO]:
        if isinstance(step, tuple):
            await story.book(step)
        elif step == "merge" and not story.are_one:
            await story.merge()
        elif step == "part" and story.are_one:
            await story.part()
        await story.check()


@settings(
    deadline=None, max_examples=12, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(history=histories)
@example(history=[("ann",), "merge", ("bob",), "part"])
@example(history=["merge", ("bob",), "part"])
@example(history=["merge", ("ann",), "part", "merge", ("bob", "ann", "bob")])
def test_merged_they_are_one_and_parted_each_has_what_is_theirs(
    own_database: Database, history: list[Any]
) -> None:
    async def one() -> None:
        pool = await open_pool(own_database.url_app)
        try:
            async with open_trip(pool, ref=f"bank{next(_BANKS)}") as trip:
                await tell(trip, history)
        finally:
            await pool.close()

    asyncio.run(one())
