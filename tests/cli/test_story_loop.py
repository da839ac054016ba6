"""What story `loop` knows and reckons by itself, without its sandbox."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module

import msgspec
import pytest

from enscene.cli._loop_night import HOURS
from enscene.cli._loop_night import campaign as night_campaign
from enscene.cli._loop_people import TASTES, Person, Truth, people_of
from enscene.cli._loop_plan import REFS, campaigns, purpose_of
from enscene.cli._loop_reckoning import Difference, change_of, lot_holds
from enscene.cli._story_loop import PRODUCTS, RULES, SEED, campaign
from enscene.cli.story import STORIES
from enscene.engagement.campaigns import CampaignBody, ContactRules
from enscene.engagement.campaigns.offers_of import offers_of
from enscene.shelf import standard_shelf

FIRST = datetime(2026, 3, 2, 16, tzinfo=UTC)
"""Midnight in Shanghai."""


def test_people_are_the_same_every_time_and_others_in_each_week() -> None:
    first = people_of(SEED, 1, 400, 2, Truth())
    assert first == people_of(SEED, 1, 400, 2, Truth())
    second = people_of(SEED, 2, 400, 2, Truth())
    assert not {each.ref for each in first} & {each.ref for each in second}
    assert [each.draw for each in first] != [each.draw for each in second]
    assert {each.day for each in first} == {0, 1}
    assert {each.bookings for each in first} == {1, 3}
    assert Counter(each.allows for each in first) == {True: 394, False: 6}


def test_what_people_like_follows_their_habit_but_for_strays() -> None:
    people = people_of(SEED, 1, 2_000, 2, Truth())
    fits = Counter((each.habit, each.taste == TASTES[each.habit]) for each in people)
    for habit in TASTES:
        assert 0.05 < fits[habit, False] / (fits[habit, True] + fits[habit, False]) < 0.11
    faithful = people_of(SEED, 1, 2_000, 2, replace(Truth(), stray=0.0))
    assert all(each.taste == TASTES[each.habit] for each in faithful)


@pytest.mark.parametrize(
    ("offer", "draw", "takes"),
    [("card", 0.74, True), ("card", 0.76, False), ("coupon", 0.02, True), ("coupon", 0.04, False)],
)
def test_an_offer_is_taken_by_taste(offer: str, draw: float, takes: bool) -> None:
    person = Person("ann", "evening", "card", 0, draw, unasked=False)
    assert person.takes(offer, Truth()) is takes


def test_a_change_has_the_errors_of_both_differences() -> None:
    before, after = Difference(24.0, 20.0, 28.0), Difference(40.0, 37.0, 43.0)
    assert change_of(before, after) == Difference(16.0, 11.0, 21.0)
    assert change_of(after, before) == Difference(-16.0, -21.0, -11.0)
    told = {"currency": "CNY", "value": "24.00", "low": "20.00", "high": "28.00"}
    assert Difference.of(told) == before
    assert before.to_json() == {"value": 24.0, "low": 20.0, "high": 28.0}


@pytest.mark.parametrize(("held", "holds"), [(80, True), (111, True), (113, False), (47, False)])
def test_a_lot_is_as_large_as_it_says(held: int, holds: bool) -> None:
    assert lot_holds(held, 400, 200) is holds


def test_its_campaigns_are_campaigns_and_differ_in_nothing_but_taste() -> None:
    body = msgspec.convert(campaign(FIRST), CampaignBody, strict=False)
    body.check()
    assert body.ends - body.starts == timedelta(days=13)
    card, coupon = offers_of("on_the_road", body, "booked")
    assert (card.prior, card.weight) == (coupon.prior, coupon.weight)
    assert set(PRODUCTS.values()) <= set(standard_shelf().products)
    msgspec.convert(RULES, ContactRules).check()
    plan = {
        ref: msgspec.convert(each, CampaignBody, strict=False)
        for ref, each in campaigns(FIRST).items()
    }
    for each in plan.values():
        each.check()
    assert set(plan) == REFS
    assert [each.purpose for each in plan.values()] == ["acquire", "keep", "activate"]


def test_the_night_is_quiet_for_what_is_pushed_then_and_at_no_other_hour() -> None:
    body = msgspec.convert(night_campaign(FIRST), CampaignBody, strict=False)
    body.check()
    rules = msgspec.convert(RULES, ContactRules)
    assert rules.quiet is not None
    assert set(body.offers["trip"].channels) == set(rules.quiet.channels)
    quiet = {
        name: not rules.quiet.ends <= f"{int(hour) % 24:02}:30" < rules.quiet.begins
        for name, hour in HOURS.items()
    }
    assert quiet == {"evening": False, "night": True, "noon": False}
    assert body.ends == body.starts + timedelta(days=max(HOURS.values()) // 24)


def test_who_holds_something_is_kept_and_who_does_not_is_acquired() -> None:
    assert purpose_of(set()) == purpose_of({"instalment"}) == "first_step"
    assert purpose_of({"coupon"}) == purpose_of({"monthly_card", "instalment"}) == "stay_on"


@pytest.mark.parametrize("name", sorted(STORIES))
def test_each_story_can_be_played_and_says_what_it_is(name: str) -> None:
    module = import_module(STORIES[name])
    assert callable(module.play)
    assert " · " in module.HELP
