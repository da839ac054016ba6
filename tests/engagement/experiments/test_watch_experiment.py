"""An experiment that is looked at every day."""

from __future__ import annotations

import random

import pytest

from enscene.engagement.experiments import Plan, Sums, compare_groups, watch_experiment
from enscene.engagement.experiments.watch_experiment import margin_of
from enscene.kernel.errors import Invalid

PLAN = Plan(looked_for=0.2, size=4_000)


def day_of(rng: random.Random, effect: float, n: int = 50) -> Sums:
    return Sums.over((rng.gauss(effect, 1), 0.0) for _ in range(n))


def watched(seed: int, effect: float, days: int = 40) -> tuple[str, bool]:
    """What was said first that is not `go_on`, and whether the plain interval ever left 0 out."""
    rng, treated, control = random.Random(seed), Sums(), Sums()
    word, fooled = "go_on", False
    for _ in range(days):
        treated, control = treated + day_of(rng, effect), control + day_of(rng, 0)
        fooled = fooled or compare_groups(treated, control).tells
        if word == "go_on":
            word = watch_experiment(PLAN, treated, control).word
    return word, fooled


def test_looking_daily_fools_the_plain_interval_and_not_this_one() -> None:
    runs = [watched(seed, 0.0) for seed in range(200)]
    assert sum(word in ("better", "worse") for word, _ in runs) <= 17  # 95 %, and chance
    assert sum(fooled for _, fooled in runs) > 30


def test_what_is_looked_for_is_found_before_the_end() -> None:
    runs = [watched(seed, 0.2)[0] for seed in range(60)]
    assert runs.count("better") >= 55
    assert "worse" not in runs


def test_harm_stops_it_too() -> None:
    assert watched(1, -0.4)[0] == "worse"


def test_at_its_size_it_says_that_there_is_no_more_to_learn() -> None:
    same = Sums.over([(1, 0), (0, 0)] * 1_000)
    assert watch_experiment(PLAN, same, same).word == "no_more"


def test_uneven_groups_are_not_compared_however_they_differ() -> None:
    rng = random.Random(5)
    found = watch_experiment(PLAN, day_of(rng, 5.0, 900), day_of(rng, 0.0, 600))
    assert found.word == "uneven"


def test_it_is_wider_than_the_plain_interval_and_narrows() -> None:
    wide = [margin_of(variance, 0.2) for variance in (0.01, 0.001, 0.0001)]
    assert wide == sorted(wide, reverse=True)
    assert wide[0] > 1.96 * 0.1


@pytest.mark.parametrize(("plan", "param"), [(Plan(0, 9), "looked_for"), (Plan(1, 0), "size")])
def test_without_a_plan_nothing_is_watched(plan: Plan, param: str) -> None:
    same = Sums.over([(1, 0)] * 40)
    with pytest.raises(Invalid) as refused:
        watch_experiment(plan, same, same)
    assert refused.value.param == param
