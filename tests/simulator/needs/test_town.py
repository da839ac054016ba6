"""A town and its people."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import msgspec
import pytest

from enscene.simulator.needs import Act, Bought, Town, read_truth
from enscene.simulator.needs.town import DAY_US

TRUTH = read_truth(Path(__file__).parents[3] / "examples/loop/truth.yaml")


def test_one_seed_is_one_town_whatever_is_said_there() -> None:
    quiet, loud = Town(TRUTH, 1), Town(TRUTH, 1)
    for _ in range(3):
        for person in range(200):
            loud.tell(person, "etoll", "car_owner.pass_gate", loud.days * DAY_US)
        assert quiet.day() == loud.day()
    assert Town(TRUTH, 2).day() != Town(TRUTH, 1).day()


def test_a_day_comes_in_the_order_of_time_and_as_often_as_the_truth_says() -> None:
    town = Town(TRUTH, 5)
    days = [town.day() for _ in range(10)]
    for number, day in enumerate(days):
        assert [each.at_us for each in day] == sorted(each.at_us for each in day)
        assert all(number * DAY_US <= each.at_us < (number + 1) * DAY_US for each in day)
    drivers = {person.number for person in town.people if person.kind == "drivers"}
    passed = [
        each for day in days for each in day
        if isinstance(each, Act) and each.action == "car_owner.pass_gate"
        and each.person in drivers
    ]  # fmt: skip
    assert len(passed) / 10 / len(drivers) == pytest.approx(0.6, abs=0.03)
    wishes = [each for day in days for each in day if isinstance(each, Bought)]
    expected = sum(TRUTH.buys.values()) / 10_000 * TRUTH.people * 10
    assert len(wishes) == pytest.approx(expected, rel=0.2)


def taken(town: Town, kind: str, product: str, after: str, words: int = 1) -> float:
    """The share of those of a kind whom the last of so many words has moved."""
    found = []
    for person in town.people:
        if person.kind == kind:
            for n in range(words):
                person.owns.clear()
                last = town.tell(person.number, product, after, n * DAY_US // 4)
            found.append(last is not None)
    return fmean(found)


def test_people_are_moved_as_the_truth_says_of_their_kind_the_moment_and_the_words() -> None:
    town = Town(msgspec.structs.replace(TRUTH, people=40_000), 3)
    gate = "car_owner.pass_gate"
    assert taken(town, "drivers", "etoll", "x") == pytest.approx(0.13, abs=0.02)
    assert taken(Town(town._truth, 4), "drivers", "etoll", gate) == pytest.approx(0.234, abs=0.02)
    tired = taken(Town(town._truth, 5), "drivers", "etoll", "x", words=5)
    assert tired == pytest.approx(0.13 * 0.82**4, abs=0.02)


def test_what_is_owned_is_not_bought_again_until_the_next_cycle() -> None:
    town = Town(TRUTH, 1)
    wish = Bought(0, 7, "etoll", 4_000)
    assert town.bought_anyway(wish)
    assert not town.bought_anyway(wish)
    assert all(
        town.tell(7, "etoll", "car_owner.pass_gate", n) is None
        for n in range(0, 400 * DAY_US, DAY_US)
    )
    town.begin_cycle()
    assert town.bought_anyway(wish)
