"""Circles of those who pay in a district, and what is to be had around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from enscene.commit import admit
from enscene.customers.circles import Circle, cell_of, read_circles
from enscene.engagement import say_consent
from enscene.engagement.circles import (
    FeedCircles,
    Placed,
    find_offers,
    find_offers_around,
    forget_circles,
)
from enscene.kernel.errors import Invalid
from enscene.scenes.reactions import Event
from packs.open_scene import Story, open_story

PARTIES = {"ann": "cardholder", "bob": "cardholder", "noodles": "merchant", "till": "till",
           "bank": "bank"}  # fmt: skip
MONEY = {("card", "ann"): "5000.00", ("card", "bob"): "5000.00"}
AT = (3_125_000, 12_147_000)
FAR = (3_128_000, 12_147_000)
ZONE = ZoneInfo("Asia/Shanghai")


class District:
    """A district in which two people have lunch."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.tenant = story.tenant.id
        self._orders = 0

    async def store(self, name: str, at: tuple[int, int]) -> None:
        given = {"store": name, "title": name, "category": "food", "area": "wtw3s",
                 "lat_e5": at[0], "lon_e5": at[1]}  # fmt: skip
        await self.do("join", "noodles", **given)
        await self.do("admit_store", "bank", store=name)

    async def do(self, action: str, by: str, **given: Any) -> Any:
        done = await self.story.do(action, by, **given)
        assert isinstance(done, dict), (action, done)
        return done

    async def pay(self, who: str, price: str = "20.00", *, online: bool = False) -> None:
        self._orders += 1
        order = f"O{self._orders}"
        await self.do("place_order", who, order=order, store="S1", price=price)
        if online:
            await self.do("pay_online", who, order=order)
        else:
            await self.do("pay_in_shop", "till", order=order)

    async def lunches(self, *days: str) -> None:
        for day in days:
            await self.story.until(f"2026-03-{day}T12:00")
            for who in ("ann", "bob"):
                await self.pay(who)

    @asynccontextmanager
    async def within(self) -> AsyncIterator[Any]:
        async with self.story.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            yield connection

    async def say(self, granted: bool, who: str = "ann", item: str = "position") -> None:
        scene = await self.story.host.scene(self.tenant, "business_district")
        async with self.within() as connection:
            await say_consent(connection, self.tenant, scene.id, who, item, granted=granted)

    async def circles(self, who: str = "ann", *, firm: bool = False) -> dict[str, Circle]:
        await self.story.reactor.settle(self.tenant)
        party = (await self.story.member(who)).id
        async with self.within() as connection:
            found = await read_circles(connection, self.tenant, party, date(2026, 3, 10), firm=firm)
        return {each.kind: each for each in found}

    async def cells(self, who: str = "ann") -> list[Any]:
        party = (await self.story.member(who)).id
        async with self.within() as connection:
            rows = await connection.fetch(
                "select cell, day, home, work, paid, minor from circle_cell "
                "where tenant = $1 and customer = $2 order by day", self.tenant, party,
            )  # fmt: skip
        return [tuple(row) for row in rows]

    async def events(self) -> list[Event]:
        async with self.within() as connection:
            rows = await connection.fetch(
                "select shard, seq, tenant, at, scene, action, subject, actor, facts::text as facts "
                "from event order by seq"
            )
        return [
            Event(*(row[n] for n in range(8)), facts=msgspec.json.decode(row["facts"]))
            for row in rows
        ]

    async def near(self, place: tuple[int, int], **given: Any) -> list[Placed]:
        scene = await self.story.host.scene(self.tenant, "business_district")
        day = given.pop("day", date(2026, 3, 3))
        async with self.within() as connection:
            return await find_offers(connection, [scene], place, day, **given)


@pytest.fixture
async def district(pool: Any) -> AsyncIterator[District]:
    bound = {"till": "noodles"}
    async with open_story(pool, "business_district", PARTIES, MONEY, bound=bound) as story:
        found = District(story)
        await found.store("S1", AT)
        yield found


async def test_who_allows_it_has_a_work_circle_and_who_does_not_has_none(
    district: District,
) -> None:
    await district.say(True)
    await district.lunches("02", "03", "04")
    found = await district.circles()
    assert set(found) == {"work", "shopping"}
    work = found["work"]
    assert (work.cell, work.share, work.days, work.payments, work.age_days) == (
        cell_of(*AT), 1000, 3, 3, 6,
    )  # fmt: skip
    assert await district.circles("bob") == {}
    assert await district.cells("bob") == []
    # What the firm was paid, by both of them, is its own.
    business = (await district.circles("noodles", firm=True))["business"]
    assert (business.cell, business.payments) == (cell_of(*AT), 6)


async def test_lunch_is_at_the_hour_of_the_place(district: District) -> None:
    await district.say(True)
    await district.story.until("2026-03-02T20:00")
    await district.pay("ann", "30.00")
    await district.pay("ann", "12.00", online=True)
    assert await district.cells() == [(cell_of(*AT), date(2026, 3, 2), 1, 0, 2, 42_00)]
    at = (await district.events())[-1].at.astimezone(ZONE)
    assert at.replace(minute=0, second=0, microsecond=0) == datetime(2026, 3, 2, 20, tzinfo=ZONE)


async def test_a_page_that_is_handled_twice_counts_once(district: District) -> None:
    await district.say(True)
    await district.lunches("02", "03", "04")
    before = await district.cells()
    feed = FeedCircles(district.story.pool, district.story.host)
    events = await district.events()
    await feed.handle(events)
    await asyncio.gather(*(feed.handle(events) for _ in range(3)))
    assert await district.cells() == before
    assert [row[4] for row in before] == [1, 1, 1]


async def test_what_was_paid_before_it_was_allowed_never_counts(district: District) -> None:
    await district.lunches("02")
    await district.say(True)
    feed = FeedCircles(district.story.pool, district.story.host)
    async with district.within() as connection:
        await connection.execute("delete from circle_read where tenant = $1", district.tenant)
    await feed.handle(await district.events())
    assert await district.cells() == []
    await district.lunches("03")
    assert [row[1] for row in await district.cells()] == [date(2026, 3, 3)]


async def test_a_withdrawal_clears_it_at_once_and_stops_it(district: District) -> None:
    await district.say(True)
    await district.say(True, "bob")
    await district.lunches("02", "03", "04")
    assert await district.circles() != {}
    await district.say(False, item="recommendations")
    assert await district.circles() != {}
    await district.say(False)
    assert await district.cells() == []
    await district.lunches("05")
    assert await district.cells() == []
    assert len(await district.cells("bob")) == 4
    await district.say(True)
    await district.lunches("06")
    assert [row[1] for row in await district.cells()] == [date(2026, 3, 6)]


async def test_who_is_forgotten_is_not_counted_again(district: District) -> None:
    await district.say(True)
    await district.lunches("02")
    party = (await district.story.member("ann")).id
    async with district.within() as connection:
        await forget_circles(connection, district.tenant, party)
    assert await district.cells() == []
    await district.lunches("03")
    assert await district.cells() == []


async def test_offers_around_a_place_come_nearest_first(district: District) -> None:
    await district.store("S2", (AT[0] + 300, AT[1]))
    await district.store("S3", FAR)
    offer = {"title": "免费试饮", "price": "0.00", "worth": "12.00", "starts": "2026-03-03",
             "until": "2026-03-04", "quantity": 1}  # fmt: skip
    await district.story.until("2026-03-03T09:00")
    for name, store in (("F1", "S1"), ("F2", "S2"), ("F3", "S3")):
        await district.do("open_offer", "noodles", **offer, offer=name, store=store)
    await district.do(
        "open_offer", "noodles", **{**offer, "starts": "2026-03-04"}, offer="F4", store="S1"
    )
    here = AT[0] + 10, AT[1]
    assert [(each.offer, each.metres) for each in await district.near(here)] == [
        ("F1", 11), ("F2", 322),
    ]  # fmt: skip
    assert [each.offer for each in await district.near(here, metres=5_000)] == ["F1", "F2", "F3"]
    assert [each.offer for each in await district.near(here, metres=5_000, most=1)] == ["F1"]
    assert [each.offer for each in await district.near(here, metres=10)] == []
    assert [e.offer for e in await district.near(AT, day=date(2026, 3, 4))] == ["F1", "F4", "F2"]
    assert await district.near(AT, day=date(2026, 3, 5)) == []
    with pytest.raises(Invalid):
        await district.near(AT, metres=20_001)
    # What is taken or closed is no longer there.
    await district.do("take_coupon", "ann", offer="F1", coupon="C1")
    await district.do("close_offer", "noodles", offer="F2")
    assert await district.near(here) == []


async def test_offers_around_the_circles_of_a_customer(district: District) -> None:
    await district.say(True)
    await district.lunches("02", "03", "04")
    await district.do(
        "open_offer", "noodles", offer="F1", store="S1", title="80 抵 100", price="80.00",
        worth="100.00", starts="2026-03-04", until="2026-03-20", quantity=5,
    )  # fmt: skip
    scene = await district.story.host.scene(district.tenant, "business_district")
    circles = list((await district.circles()).values())
    async with district.within() as connection:
        found = await find_offers_around(connection, [scene], circles, date(2026, 3, 10))
    assert {kind: [each.offer for each in offers] for kind, offers in found.items()} == {
        "work": ["F1"], "shopping": ["F1"],
    }  # fmt: skip
    (offer,) = found["work"]
    assert (offer.store, offer.price, offer.worth) == ("S1", 80_00, 100_00)
    assert offer.metres <= 356
