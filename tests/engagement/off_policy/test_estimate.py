"""What the estimates promise, on problems small enough to count out."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.engagement.off_policy import (
    EFFECTIVE_LEAST,
    Logged,
    effective_sample,
    estimate_dm,
    estimate_dr,
    estimate_ips,
    estimate_snips,
)
from enscene.kernel.errors import Invalid

ARMS = 3
shares = st.lists(st.integers(1, 20), min_size=ARMS, max_size=ARMS).map(
    lambda numbers: [number / sum(numbers) for number in numbers]
)
rewards = st.lists(st.integers(-5, 5), min_size=ARMS, max_size=ARMS)
models = st.lists(st.floats(-5, 5), min_size=ARMS, max_size=ARMS)


def logged(arm: int, reward: float, by: list[float], wanted: list[float], model: list[float]):
    over = sum(share * each for share, each in zip(wanted, model, strict=True))
    return Logged(reward, by[arm], wanted[arm], model[arm], over)


@given(shares, shares, rewards, models)
def test_over_all_that_could_be_logged_ips_and_dr_are_right_whatever_the_model_says(
    by: list[float], wanted: list[float], reward: list[int], model: list[float]
) -> None:
    truth = sum(share * each for share, each in zip(wanted, reward, strict=True))
    ips = dr = 0.0
    for arms in product(range(ARMS), repeat=2):
        rows = [logged(arm, reward[arm], by, wanted, model) for arm in arms]
        chance = math.prod(by[arm] for arm in arms)
        ips += chance * estimate_ips(rows).value
        dr += chance * estimate_dr(rows).value
    assert ips == pytest.approx(truth, abs=1e-9)
    assert dr == pytest.approx(truth, abs=1e-9)


@given(shares, shares, rewards)
def test_a_model_that_is_right_needs_no_log_and_dr_has_no_spread(
    by: list[float], wanted: list[float], reward: list[int]
) -> None:
    truth = sum(share * each for share, each in zip(wanted, reward, strict=True))
    model = [float(each) for each in reward]
    rows = [logged(arm, reward[arm], by, wanted, model) for arm in range(ARMS)]
    for found in (estimate_dm(rows), estimate_dr(rows)):
        assert found.value == pytest.approx(truth, abs=1e-9)
        assert found.high - found.low == pytest.approx(0, abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10), st.integers(0, 10)), min_size=1))
def test_snips_stays_within_the_rewards_and_effective_within_the_rows(
    told: list[tuple[int, int, int]],
) -> None:
    rows = [Logged(reward, by / 10, wanted / 10) for reward, by, wanted in told]
    found = estimate_snips(rows)
    assert 0 - 1e-9 <= found.value <= max(row.reward for row in rows) + 1e-9
    assert 0 <= found.effective <= len(rows) + 1e-9
    if any(row.wanted for row in rows):
        assert found.effective >= 1 - 1e-9


@given(shares, st.lists(st.tuples(st.integers(0, ARMS - 1), st.integers(0, 9)), min_size=1))
def test_the_policy_that_logged_earned_what_it_earned(
    by: list[float], told: list[tuple[int, int]]
) -> None:
    rows = [logged(arm, reward, by, by, [0.0] * ARMS) for arm, reward in told]
    earned = sum(reward for _, reward in told) / len(told)
    for judge in (estimate_ips, estimate_snips):
        assert judge(rows).value == pytest.approx(earned)
        assert judge(rows).effective == pytest.approx(len(rows))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    chance = random.Random(11)
    by, wanted, odds = [0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.1, 0.2, 0.3]
    truth = sum(share * each for share, each in zip(wanted, odds, strict=True))
    model = [0.2] * ARMS
    held = dict.fromkeys((estimate_ips, estimate_snips, estimate_dr), 0)
    for _ in range(400):
        rows = []
        for _ in range(300):
            arm = chance.choices(range(ARMS), by)[0]
            rows.append(logged(arm, float(chance.random() < odds[arm]), by, wanted, model))
        for judge in held:
            found = judge(rows)
            held[judge] += found.low <= truth <= found.high
    assert all(0.90 <= times / 400 <= 0.98 for times in held.values()), held


def test_known_numbers() -> None:
    assert effective_sample([1, 1, 1, 1]) == 4
    assert effective_sample([3, 1]) == 1.6
    assert effective_sample([]) == effective_sample([0.0]) == 0
    few = estimate_ips([Logged(1, 0.5, 1.0)])
    assert (few.value, few.concludes, few.high) == (2.0, False, math.inf)
    assert estimate_ips([Logged(1, 0.5, 0.5)] * int(EFFECTIVE_LEAST)).concludes
    never = estimate_snips([Logged(1, 0.5, 0.0)] * 3)
    assert (never.value, never.effective, never.concludes) == (0.0, 0.0, False)


@pytest.mark.parametrize(
    "rows", [[], [Logged(1, 0.0, 0.5)], [Logged(1, 1.1, 0.5)], [Logged(1, 0.5, -0.1)]]
)
def test_what_cannot_have_been_logged_is_refused(rows: list[Logged]) -> None:
    for judge in (estimate_ips, estimate_snips, estimate_dm, estimate_dr):
        with pytest.raises(Invalid):
            judge(rows)
