"""A policy is called better only where enough stands behind it."""

from __future__ import annotations

import random
from dataclasses import replace

from enscene.engagement.off_policy import Logged, compare_policies

BY, WANTED = [0.5, 0.5], [0.1, 0.9]


def rows_of(odds: list[float], count: int, seed: int = 3) -> list[Logged]:
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        arm = chance.choices((0, 1), BY)[0]
        over = sum(share * each for share, each in zip(WANTED, odds, strict=True))
        reward = float(chance.random() < odds[arm])
        found.append(Logged(reward, BY[arm], WANTED[arm], odds[arm], over))
    return found


def test_better_and_worse_are_told_where_the_rows_tell() -> None:
    for modelled in (False, True):
        assert compare_policies(rows_of([0.1, 0.5], 2_000), modelled=modelled).verdict == "better"
        assert compare_policies(rows_of([0.5, 0.1], 2_000), modelled=modelled).verdict == "worse"


def test_without_a_difference_nothing_is_told_nearly_always() -> None:
    told = [compare_policies(rows_of([0.3, 0.3], 800, seed)).verdict for seed in range(200)]
    assert told.count("untold") >= 184


def test_few_decisions_conclude_nothing_however_clear_they_look() -> None:
    found = compare_policies([Logged(1.0, 0.9, 0.1)] * 3 + [Logged(9.0, 0.1, 0.9)] * 3)
    assert (found.verdict, found.why) == ("untold", "effective")


def test_one_decision_does_not_decide_alone() -> None:
    heavy = [Logged(1.0, 0.5, 0.5)] * 4_000 + [Logged(1.0, 0.001, 0.6)]
    found = compare_policies(heavy)
    assert (found.verdict, found.why) == ("untold", "effective")


def test_what_both_earn_falls_out() -> None:
    """The same policy gains nothing, and with no doubt."""
    same = [Logged(reward, 0.4, 0.4) for reward in (0.0, 5.0, 9.0) * 50]
    found = compare_policies(same)
    assert (found.gain.value, found.gain.low, found.gain.high) == (0.0, 0.0, 0.0)
    assert (found.verdict, found.why) == ("untold", "interval")


def test_known_chances_of_the_logged_policy_take_its_draws_out_of_the_gain() -> None:
    """Two arms, of which the model knows what they earn: drawn half and half, judged nine to one."""
    rng, plain, known = random.Random(8), [], []
    for _ in range(4_000):
        arm = int(rng.random() < 0.5)
        worth = (1.0, 3.0)[arm]
        reward = worth + rng.random() - 0.5
        row = Logged(reward, 0.5, (0.9, 0.1)[arm], worth, 0.9 * 1.0 + 0.1 * 3.0)
        plain.append(row)
        known.append(replace(row, foretold_logged=2.0))
    noisy, quiet = (compare_policies(rows, modelled=True).gain for rows in (plain, known))
    assert noisy.low < -0.8 < noisy.high
    assert quiet.low < -0.8 < quiet.high
    assert quiet.high - quiet.low < 0.5 * (noisy.high - noisy.low)
