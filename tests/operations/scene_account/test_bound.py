"""What a scene binds, told from sums by stratum, is what the customers themselves would say; and where
there are too few, nothing is told."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from random import Random
from statistics import fmean, pvariance, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.operations.indicators import Value
from enscene.operations.scene_account import Bound, compare_bound

Customer = tuple[str, str, int]
"""band, side (`began`, `used` before, `never`), change in minor units."""


def values(customers: list[Customer], name: str = "kept") -> tuple[list[Value], list[Value]]:
    """The sums that are kept, of the scene and of all."""
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for band, side, change in customers:
        sides = (
            [(0, "all")] + [(7, "used")] * (side != "never") + [(7, "began")] * (side == "began")
        )
        for scene, each in sides:
            kept = sums[scene, f"{name}:person:{band}:{each}"]
            kept[0] += 1
            kept[1] += change
            kept[2] += round(change / 1_000) ** 2
    found: tuple[list[Value], list[Value]] = ([], [])
    for (scene, key), kept in sums.items():
        for measure, value in zip(("count", "sum", "squares"), kept, strict=True):
            found[scene == 0].append(
                Value(
                    "account.bound",
                    scene,
                    "month",
                    date(2026, 3, 1),
                    f"{key}:{measure}",
                    "CNY",
                    value,
                )
            )
    return found


def bound(customers: list[Customer], name: str = "kept") -> Bound:
    (found,) = compare_bound(*values(customers, name))
    return found


def town(random: Random, began: int, never: int, effect: int) -> list[Customer]:
    """Those who had more save more by themselves, and who had more begin more often."""
    people: list[Customer] = []
    for band, of_began, of_never, own in (("0", 0.3, 0.7, 0), ("2", 0.7, 0.3, 400_000)):
        for side, count, more in (
            ("began", began * of_began, effect),
            ("never", never * of_never, 0),
        ):
            people += [
                (band, side, 1_000 * round(random.gauss(own + more, 50_000) / 1_000))
                for _ in range(round(count))
            ]
    return people


def test_it_is_what_the_strata_say_one_by_one() -> None:
    people = town(Random(1), 100, 400, 60_000)
    found = bound(people)
    assert (found.began, found.compared, found.others, found.why) == (100, 100, 400, None)
    value = spread = 0.0
    for band in ("0", "2"):
        own = [c for b, side, c in people if b == band and side == "began"]
        rest = [c for b, side, c in people if b == band and side == "never"]
        share = len(own) / 100
        value += share * (fmean(own) - fmean(rest))
        spread += share**2 * (variance(own) / len(own) + variance(rest) / len(rest))
    assert found.value == pytest.approx(value)
    assert found.high - found.value == pytest.approx(1.959964 * spread**0.5, rel=1e-5)
    assert found.whole == round(value * 100)


def test_what_those_who_begin_would_have_saved_anyway_is_not_the_scenes() -> None:
    """Without strata the null town would show 160,000 a customer."""
    covers = 0
    for seed in range(40):
        found = bound(town(Random(seed), 200, 600, 0))
        covers += found.low <= 0 <= found.high
        assert abs(found.value) < 20_000
    assert covers >= 35


@given(st.integers(-300_000, 300_000), st.integers(0, 1_000))
def test_a_planted_effect_is_found(effect: int, seed: int) -> None:
    found = bound(town(Random(seed), 300, 900, effect))
    assert abs(found.value - effect) < 20_000
    assert found.low <= found.value <= found.high


def test_users_of_before_are_no_control() -> None:
    people = town(Random(3), 60, 200, 0)
    assert bound([*people, *(("0", "used", 10**8) for _ in range(50))]) == bound(people)


def test_what_is_owed_is_told_above_zero() -> None:
    people = [(band, side, -change) for band, side, change in town(Random(4), 60, 200, 80_000)]
    found = bound(people, "lent")
    assert found.name == "loans"
    assert found.low > 0


@pytest.mark.parametrize(
    ("people", "why"),
    [([("0", "began", 1)] * 29 + [("0", "never", 1)] * 300, "few_began"),
     ([("0", "began", 1)] * 30 + [("0", "never", 1)] * 29, "few_others"),
     ([("0", "began", 1)] * 30 + [("1", "began", 1)] * 9 + [("0", "never", 1)] * 40, "unlike"),
     ([("0", "began", 1)] * 40 + [("1", "never", 1)] * 400, "few_others")],
)  # fmt: skip
def test_too_few_tell_nothing(people: list[Customer], why: str) -> None:
    found = bound(people)
    assert (found.why, found.value, found.tells) == (why, 0.0, False)


def test_equal_changes_have_no_spread() -> None:
    found = bound([("0", "began", 5_000)] * 40 + [("0", "never", 2_000)] * 40)
    assert (found.value, found.low, found.high) == (3_000, 3_000, 3_000)
    assert pvariance([5_000] * 40) == 0


def test_nobody_began() -> None:
    assert compare_bound(*values([("0", "never", 5)] * 40)) == ()
