"""The spectrum of a canteen's diners: what their acts tell, once, with their consent, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from enscene.commit import admit
from enscene.customers.spectrum import Preference, read_spectrum
from enscene.customers.spectrum.store import read_times
from enscene.engagement import reactor_of, say_consent
from enscene.engagement.spectrum import FeedSpectrum, forget_customer
from enscene.scenes.reactions import Event
from scenes.canteen import Canteen, open_canteen

TABLES = ("spectrum_tone", "spectrum_standing", "spectrum_change")


class Diners:
    """A canteen that is open, with all that reacts to it."""

    def __init__(self, canteen: Canteen) -> None:
        self.canteen = canteen
        self.tenant = canteen.tenant.id
        self.reactor = reactor_of(canteen.pool, canteen.host, canteen.tenant.shard)

    async def eat(self, ticket: str, who: str = "ann", *dishes: str) -> None:
        more = {"dishes": list(dishes)} if dishes else {}
        reply = await self.canteen.do(
            "pay_by_code", "till", ticket, ticket=ticket, diner=who, price="10.00", **more
        )
        assert not reply.refused, reply.body

    async def rate(self, ticket: str, stars: int, who: str = "ann") -> None:
        reply = await self.canteen.do("rate_meal", who, f"r-{ticket}", ticket=ticket, stars=stars)
        assert not reply.refused, reply.body

    async def settle(self) -> None:
        await self.reactor.settle(self.tenant)

    async def say(self, granted: bool, who: str = "ann", item: str = "recommendations") -> None:
        async with self.canteen.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            await say_consent(
                connection, self.tenant, self.canteen.scene, who, item, granted=granted
            )

    async def read(self, who: str = "ann") -> dict[str, Preference]:
        """By topic and value, after everything has reacted."""
        await self.settle()
        async with self.canteen.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            now = (await read_times(connection, tenant=self.tenant))[self.tenant]
            party = await self.party(who)
            found = await read_spectrum(connection, self.tenant, party, now)
        return {f"{each.topic}:{each.value}".rstrip(":"): each for each in found}

    async def party(self, who: str = "ann") -> int:
        found: int = await self.canteen.fetch(
            "select id from party where tenant = $1 and ref = $2", who
        )
        return found

    async def rows(self, who: str = "ann") -> list[int]:
        party = await self.party(who)
        query = "select count(*) from {} where tenant = $1 and customer = $2"
        return [await self.canteen.fetch(query.format(table), party) for table in TABLES]

    async def events(self) -> list[Event]:
        async with self.canteen.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            rows = await connection.fetch(
                "select shard, seq, tenant, at, scene, action, subject, actor, facts::text as facts "
                "from event order by seq"
            )
        return [
            Event(*(row[n] for n in range(8)), facts=msgspec.json.decode(row["facts"]))
            for row in rows
        ]

    async def changes(self) -> Sequence[Any]:
        """What stands in the log of changed preferences."""
        return [e for e in await self.events() if e.action == "spectrum.changed"]


@pytest.fixture
async def diners(pool: Any) -> AsyncIterator[Diners]:
    found = Diners(await open_canteen(pool))
    for who in ("ann", "bob"):
        await found.canteen.top_up(who, "400.00")
    for dish in ("D1", "D2"):
        await found.canteen.do(
            "offer_dish", "hall", dish, dish=dish, title=f"菜{dish}", price="10.00",
            sold_by="portion",
        )  # fmt: skip
    yield found
    await found.canteen.host.close()


async def test_meals_tell_of_the_canteen_of_each_dish_and_of_eating(diners: Diners) -> None:
    await diners.eat("T1", "ann", "D1", "D2")
    await diners.eat("T2", "ann", "D1")
    await diners.rate("T2", 5)
    found = await diners.read()
    assert {name: (p.pieces, round(p.speaks_for)) for name, p in found.items()} == {
        "eating": (3, 4),
        "smart_canteen.canteen_food": (3, 4),
        "smart_canteen.dish:D1": (3, 6),
        "smart_canteen.dish:D2": (1, 1),
    }
    assert (found["eating"].preference, found["eating"].attitude, found["eating"].band) == (
        57, 80, "clear",
    )  # fmt: skip
    assert found["eating"].evidence[0].action == "rate_meal"
    assert found["smart_canteen.canteen_food"].preference == 44  # of another formula
    assert await diners.read("bob") == {}


async def test_what_was_disliked_is_an_attitude_and_no_preference(diners: Diners) -> None:
    await diners.eat("T1", "ann", "D1")
    await diners.rate("T1", 1)
    dish = (await diners.read())["smart_canteen.dish:D1"]
    assert (dish.preference, dish.attitude) == (25, -50)


async def test_a_page_that_is_handled_twice_counts_once(diners: Diners) -> None:
    for n in range(4):
        await diners.eat(f"T{n}")
    before = await diners.read()
    feed = FeedSpectrum(diners.canteen.pool, diners.canteen.host)
    events = await diners.events()
    await feed.handle(events)
    await asyncio.gather(*(feed.handle(events) for _ in range(3)))
    after = await diners.read()
    assert {name: each.pieces for name, each in after.items()} == {
        name: each.pieces for name, each in before.items()
    }


async def test_two_who_read_at_once_count_once(diners: Diners) -> None:
    for n in range(6):
        await diners.eat(f"T{n}")
    events = await diners.events()
    feeds = [FeedSpectrum(diners.canteen.pool, diners.canteen.host) for _ in range(4)]
    await asyncio.gather(*(feed.handle(events) for feed in feeds))
    assert (await diners.read())["eating"].pieces == 6


async def test_a_withdrawn_consent_leaves_no_row_and_stops_it(diners: Diners) -> None:
    await diners.eat("T1", "ann", "D1")
    await diners.eat("T2", "bob")
    await diners.settle()
    assert min(await diners.rows()) > 0
    await diners.say(False)
    assert await diners.rows() == [0, 0, 0]
    assert min(await diners.rows("bob")) > 0
    await diners.eat("T3")
    assert await diners.read() == {}


async def test_what_was_done_without_consent_never_counts(diners: Diners) -> None:
    await diners.eat("T1")
    # Not read yet when it is withdrawn, and all of it read only when it is given again.
    await diners.say(False)
    await diners.eat("T2")
    await diners.say(True)
    await diners.eat("T3")
    assert (await diners.read())["eating"].pieces == 1


async def test_who_says_yes_again_loses_nothing(diners: Diners) -> None:
    await diners.eat("T1")
    await diners.say(True)
    await diners.eat("T2")
    assert (await diners.read())["eating"].pieces == 2


async def test_another_permission_leaves_it_alone(diners: Diners) -> None:
    await diners.eat("T1")
    await diners.say(False, item="meals")
    assert (await diners.read())["eating"].pieces == 1


async def test_counting_waits_for_what_is_being_withdrawn(diners: Diners) -> None:
    await diners.eat("T1")
    pool = diners.canteen.pool
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [diners.tenant])
        await say_consent(
            connection, diners.tenant, diners.canteen.scene, "ann", "recommendations",
            granted=False,
        )  # fmt: skip
        feed = FeedSpectrum(pool, diners.canteen.host)
        counting = asyncio.create_task(feed.handle(await diners.events()))
        waits = "select count(*) from pg_locks where not granted and locktype = 'advisory'"
        while not await pool.fetchval(waits):
            await asyncio.wait([counting], timeout=0.01)
            assert not counting.done()
    await counting
    assert await diners.rows() == [0, 0, 0]


async def test_whoever_is_forgotten_stays_so(diners: Diners) -> None:
    await diners.eat("T1")
    pool, party = diners.canteen.pool, await diners.party()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [diners.tenant])
        await forget_customer(connection, diners.tenant, party)
    await diners.eat("T2")
    assert await diners.read() == {}


async def test_a_change_stands_in_the_log_once_and_in_no_scene(diners: Diners) -> None:
    for n in range(3):
        await diners.eat(f"T{n}")
    await diners.settle()
    told = [e for e in await diners.changes() if e.facts["spectrum"]["topic"] == "eating"]
    assert [(e.facts["spectrum"]["before"], e.facts["spectrum"]["after"]) for e in told] == [
        ("none", "some"), ("some", "clear"),
    ]  # fmt: skip
    assert {(e.scene, e.facts["parties"]["customer"]) for e in told} == {(0, "ann")}
    assert told[0].facts["spectrum"]["preference"] == 25
    count = len(await diners.changes())
    await diners.settle()
    assert len(await diners.changes()) == count
    assert not await diners.canteen.fetch(
        "select count(*) from spectrum_change where tenant = $1 and seq is null"
    )


async def test_what_fades_is_told_when_the_clock_gets_there(diners: Diners) -> None:
    for n in range(3):
        await diners.eat(f"T{n}")
    eating = (await diners.read())["eating"]
    assert eating.falls_at is not None
    await diners.reactor.advance(diners.tenant, eating.falls_at.replace(minute=59, second=59))
    later = (await diners.read())["eating"]
    assert (eating.band, later.band) == ("clear", "some")
    assert later.changes[0].at == eating.falls_at
    last = [e for e in await diners.changes() if e.facts["spectrum"]["topic"] == "eating"][-1]
    assert (last.facts["spectrum"]["after"], last.actor) == ("some", "clock:clock")


async def test_what_was_done_under_a_consent_that_is_gone_does_not_count(diners: Diners) -> None:
    await diners.eat("T1")
    feed = FeedSpectrum(diners.canteen.pool, diners.canteen.host)
    await feed.handle(
        [replace(each, facts={**each.facts, "grant": 999}) for each in await diners.events()]
    )
    assert await diners.rows() == [0, 0, 0]
