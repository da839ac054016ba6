"""What follows an action by a trigger happens once for it, also where nothing changes by it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from enscene.simulator.book import read_book
from enscene.simulator.follow import Follower
from enscene.simulator.request import Done, Request
from enscene.simulator.tally import Tally
from enscene.simulator.world import Member, Thing, World

PACK = Path(__file__).parents[2] / "packs" / "smart_canteen"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _follower() -> Follower:
    files = {path.name: path.read_text() for path in PACK.glob("*.yaml")}
    book = read_book("canteen", files, options={}, parts={}, counts={}, zone="Asia/Shanghai")
    world = World()
    world.members["ann"] = Member("ann", "staff", {"diner": None})
    world.members["bank"] = Member("bank", "banks", {"bank": None})
    world.things["top_up_order", "M1"] = Thing(
        "active", {"mandate": "M1", "diner": "ann", "amount": "50.00"}
    )
    world.things["meal", "T1"] = Thing("paid", {"ticket": "T1", "diner": "ann"})
    follower = Follower(book, world, Tally(), NOON)
    paid = Request("canteen", "pay_by_code", "ann", "diner", {"ticket": "T1"})
    done = Done(thing="meal", key="T1", state="paid", fields={"diner": "ann"})
    follower._causes.append((paid, done, NOON))
    return follower


def _order() -> Request:
    return Request("canteen", "top_up_by_order", None, "trigger", {"mandate": "M1"})


def test_it_is_awaited_once_and_missed_no_more():
    follower = _follower()
    assert follower._was_awaited(_order(), NOON)
    assert not follower._was_awaited(_order(), NOON)
    follower._miss(NOON)
    assert _told(follower) == []


def test_what_does_not_follow_is_a_surprise():
    follower = _follower()
    follower._miss(NOON)
    assert _told(follower) == ["canteen/top_up_by_order by trigger None {'mandate': 'M1'}"]


def _told(follower: Follower) -> list[Any]:
    return [each.request for each in follower.tally.first]
