"""A card of propensity finds who takes an offer, also where more is not always better. Runs where
the packages of `verify propensity` are, else it is skipped."""

from __future__ import annotations

import random

import pytest

from enscene.engagement.propensity import alift_of, fit_propensity
from enscene.kernel.errors import Invalid
from enscene.risk.score_card import chance_of

pytest.importorskip("sklearn", reason="the packages of `verify propensity` are not installed")


def told(count: int, seed: int = 5) -> tuple[dict[str, list[float | str | None]], list[bool]]:
    """Young and old take it, the middle does not; of some the age is not known."""
    chance = random.Random(seed)
    ages = [chance.randrange(18, 90) for _ in range(count)]
    jobs = [chance.choice(["clerk", "cook"]) for _ in ages]
    took = [
        chance.random() < (0.5 if age < 30 or age > 70 else 0.05) * (1.5 if job == "cook" else 1)
        for age, job in zip(ages, jobs, strict=True)
    ]
    known = [None if chance.random() < 0.1 else float(age) for age in ages]
    return {"age": [*known], "job": [*jobs], "same": [1.0] * count}, took


def test_it_finds_who_takes_it_where_more_is_not_always_better() -> None:
    columns, took = told(6_000)
    card = fit_propensity("try", "1", columns, took)
    assert {part.name for part in card.parts} == {"age", "job"}
    young, middle, old = (card.points({"age": age, "job": "cook"}) for age in (20.0, 50.0, 80.0))
    assert young > middle < old
    assert card.points({"age": 50.0, "job": "cook"}) > card.points({"age": 50.0, "job": "clerk"})


def test_the_chance_is_as_often_as_it_says() -> None:
    columns, took = told(12_000)
    card = fit_propensity("try", "1", columns, took)
    for low, age, job in ((0.05, 50.0, "clerk"), (0.5, 20.0, "clerk"), (0.75, 80.0, "cook")):
        assert 1 - chance_of(card.points({"age": age, "job": job})) == pytest.approx(low, abs=0.08)


def test_what_is_not_known_counts_for_nothing_special() -> None:
    columns, took = told(6_000)
    card = fit_propensity("try", "1", columns, took)
    some = [card.points({"age": age, "job": "cook"}) for age in (20.0, 50.0, 80.0)]
    assert min(some) < card.points({"job": "cook"}) < max(some)
    assert card.points({"age": 50.0, "job": "pilot"}) == card.points({"age": 50.0})


@pytest.mark.parametrize(
    ("columns", "took"),
    [({"x": [1.0, 2.0] * 50}, [True, False] * 50), ({"x": [1.0, 2.0] * 200}, [True] * 400),
     ({"x": [1.0] * 400}, [True, False] * 200)],
)  # fmt: skip
def test_what_nothing_can_be_learnt_from_is_refused(
    columns: dict[str, list[float]], took: list[bool]
) -> None:
    with pytest.raises(Invalid):
        fit_propensity("try", "1", columns, took)


def test_alift_by_hand() -> None:
    # Both takers come first: the curve rises to 1 over the first half, and stays.
    assert alift_of([4, 3, 2, 1], [True, True, False, False]) == 0.75
    assert alift_of([1, 1, 1, 1], [True, False, True, False]) == 0.5
    assert alift_of([1, 2, 3, 4], [True, True, False, False]) == 0.25
