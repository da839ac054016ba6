"""Properties of the simulator's own model."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.kernel.money import Portion, portion_of
from enscene.simulator._expressions import Absent, portion, reading, share_of
from enscene.simulator.book import Book, read_book
from enscene.simulator.judge import judge, verdict
from enscene.simulator.people import (
    Maker,
    Wish,
    opening_balances,
    opening_wishes,
    plan_day,
    scaled,
    settle_in,
)
from enscene.simulator.request import Done, Said
from enscene.simulator.world import Thing, World, keep, restore

PACKS = Path(__file__).parents[2] / "packs"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _book(name: str) -> Book:
    files = {path.name: path.read_text() for path in (PACKS / name).glob("*.yaml")}
    counts = {"staff": 12, "travellers": 12}
    return read_book(name, files, options={}, parts={}, counts=counts, zone="Asia/Shanghai")


BOOKS = {name: _book(name) for name in ("smart_canteen", "travel")}


def _value(source: str, **names: object) -> object:
    return reading(source, "CNY", "Asia/Shanghai")(names.__getitem__)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("1 < 2 && !(2 < 1) || false", True),
        ("x > 3 ? 'more' : 'less'", "more"),
        ("has(r.a) && !has(r.b)", True),
        ("size(l) == 2 && 'p' in l", True),
        ("min(x, 4) + max(x, 9)", 13),
        ("money('12.30')", 1230),
        ("portion_of(money('0.50'), portion('50%'))", 25),
        ("hour(timestamp('2026-03-02T20:30:00Z'))", 4),
        ("weekday(date('2026-03-02'))", 1),
        ("'abc'.startsWith('ab') && 'abc'.contains('b') && 'abc'.size() == 3", True),
        ("l[1]", "q"),
    ],
)
def test_an_expression_has_its_value(source, value):
    assert _value(source, x=7, r={"a": 1, "b": None}, l=["p", "q"]) == value


@pytest.mark.parametrize("source", ["r.b", "1 / 0"])
def test_what_is_not_there_is_absent(source):
    with pytest.raises(Absent):
        _value(source, r={})


@given(st.integers(0, 10**9), st.integers(0, 10**4), st.integers(1, 10**4))
def test_a_share_is_what_the_product_takes_too(amount, num, den):
    assert share_of(amount, Fraction(num, den)) == portion_of(amount, Portion(num, den))


def test_a_portion_is_exact():
    assert portion("0.3%") == Fraction(3, 1000)
    assert portion("1/3") == Fraction(1, 3)


def _lived(name: str, seed: int, steps: int) -> tuple[Book, World, list[Done | Said]]:
    """A world in which people have asked for this and that."""
    book, world, rng = BOOKS[name], World(), Random(seed)
    members = settle_in(book)
    world.members = {member.ref: member for member in members}
    for account, party, amount in opening_balances(book, members, seed):
        world.posted[account, party] = amount
    requests = opening_wishes(book, members, seed)
    maker, day = Maker(book, world, rng), date(2026, 3, 2)
    told: list[Done | Said] = [judge(book, world, request, NOON) for request in requests[:steps]]
    wishes = [wish for wish in plan_day(book, members, day, rng) if "do" in wish.habit]
    for wish in wishes[:steps]:
        request_ = maker.request(wish, day)
        if request_ is None:
            continue
        now = NOON.replace(hour=0) + timedelta(minutes=wish.minute)
        before = copy.deepcopy((world.posted, world.held, world.counts, world.things))
        said = verdict(book, world, request_, now)
        assert (world.posted, world.held, world.counts, world.things) == before
        if isinstance(said, Done):
            judge(book, world, request_, now)
        told.append(said)
    return book, world, told


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(sorted(BOOKS)), st.integers(0, 10**6))
def test_money_is_neither_made_nor_lost_and_floors_hold(name, seed):
    book, world, told = _lived(name, seed, 120)
    members = settle_in(book)
    opened = sum(amount for _, _, amount in opening_balances(book, members, seed))
    assert sum(world.posted.values()) == opened
    assert any(isinstance(item, Done) for item in told)
    assert all(amount >= 0 for amount in world.held.values())
    for (account, party), posted in world.posted.items():
        floor = book.floor(account)
        assert floor is None or posted - world.held.get((account, party), 0) >= floor


def test_a_world_that_was_kept_is_the_same_world():
    _, world, _ = _lived("smart_canteen", 3, 60)
    again = World()
    restore(again, keep(world))
    assert again.posted == world.posted
    assert again.things == world.things
    assert again.counts == world.counts
    assert {key: held for key, held in again.held.items() if held} == {
        key: held for key, held in world.held.items() if held
    }


def test_the_same_seed_plans_the_same_day():
    book = BOOKS["smart_canteen"]
    members, day = settle_in(book), date(2026, 3, 2)
    assert plan_day(book, members, day, Random(1)) == plan_day(book, members, day, Random(1))
    assert plan_day(book, members, day, Random(1)) != plan_day(book, members, day, Random(2))


def test_nobody_eats_at_work_on_a_sunday():
    book = BOOKS["smart_canteen"]
    wishes = plan_day(book, settle_in(book), date(2026, 3, 8), Random(1))
    assert not any(
        wish.habit["do"] == "fund_subsidy" or wish.habit["between"][0] == "07:05" for wish in wishes
    )


def test_people_and_their_devices_grow_and_shrink_together():
    book = BOOKS["smart_canteen"]
    assert scaled(book, 720, 360)["staff"] == 24
    assert scaled(book, 720, 360)["terminals"] == 8
    assert scaled(book, 720, 360)["canteens"] == 2
    assert scaled(book, 36, 360) == {
        "companies": 1, "canteens": 1, "staff": 2, "terminals": 1, "restaurants": 1,
    }  # fmt: skip


def test_a_device_stands_at_a_canteen_and_a_diner_works_for_a_company():
    members = {member.ref: member for member in settle_in(BOOKS["smart_canteen"])}
    assert members["terminal-1"].roles == {"terminal": "canteen-1"}
    assert members["terminal-2"].roles == {"terminal": "canteen-2"}
    assert members["person-00001"].links == {"works_for": "sponsor-1"}


def test_an_insurer_has_every_policy_and_a_traveller_their_own():
    book, world = BOOKS["travel"], World()
    world.members = {member.ref: member for member in settle_in(book)}
    for number, who in ((1, "person-00001"), (2, "person-00002")):
        world.things["policy", f"P{number}"] = Thing("claimed", {"traveller": who})
    maker = Maker(book, world, Random(1))
    habit = {"do": "approve_claim", "on": "claimed"}
    wish = Wish(0, "travel", "insurer-1", "insurer", habit)
    asked = [maker.request(wish, date(2026, 3, 2)) for _ in range(3)]
    keys = sorted(each.given["policy"] for each in asked if each is not None)
    assert keys == ["P1", "P2"]
    assert maker._own("policy", world.members["person-00001"], "claimed") == ["P1"]
    assert maker._own("policy", world.members["site-1"], "claimed") == []


def test_a_scene_says_whom_it_serves_and_what_it_offers():
    book = BOOKS["travel"]
    assert (book.serves, book.sector) == (("C",), "travel")
    assert book.products["instalment"] == "instalment"
    assert BOOKS["smart_canteen"].products["auto_topup"] == "auto_topup"


def test_a_card_begins_in_debt_and_a_wallet_is_paid_into():
    canteen, travel = BOOKS["smart_canteen"], BOOKS["travel"]
    assert opening_balances(canteen, settle_in(canteen), 1) == []
    cards = opening_balances(travel, settle_in(travel), 1)
    assert {account for account, _, _ in cards} == {"card"}
    assert all(amount < 0 for _, _, amount in cards)
    actions = {wish.action for wish in opening_wishes(canteen, settle_in(canteen), 1)}
    assert actions == {"top_up", "top_up_rmb", "fund_subsidy", "fund_outside_meals"}
