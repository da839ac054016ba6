"""Differences of groups, with and without what was known before."""

from __future__ import annotations

import random
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.engagement.experiments import Sums, compare_groups, reduced_by, size_of_group
from enscene.kernel.errors import Invalid

Pairs = list[tuple[float, float]]
PAIRS = st.lists(
    st.tuples(st.integers(-1_000, 1_000), st.integers(-1_000, 1_000)), min_size=30, max_size=60
)


def drawn(rng: random.Random, n: int, effect: float, alike: float) -> Pairs:
    """Customers who did before what they do now, as far as `alike` says."""
    rows = []
    for _ in range(n):
        before = rng.gauss(100, 20)
        rows.append((100 + alike * (before - 100) + rng.gauss(0, 8) + effect, before))
    return rows


@given(PAIRS, PAIRS)
def test_without_adjustment_it_is_the_difference_of_the_means(a: Pairs, b: Pairs) -> None:
    found = compare_groups(Sums.over(a), Sums.over(b), adjusted=False)
    ya, yb = [y for y, _ in a], [y for y, _ in b]
    assert found.value == pytest.approx(fmean(ya) - fmean(yb), abs=1e-9)
    expected = variance(ya) / len(ya) + variance(yb) / len(yb)
    assert found.variance == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(PAIRS, PAIRS, st.integers(1, 29))
def test_sums_add_up_in_any_pages(a: Pairs, b: Pairs, cut: int) -> None:
    assert Sums.over(a[:cut]) + Sums.over(a[cut:]) == Sums.over(a)
    assert Sums.over(b) + Sums.over(a) == Sums.over(a) + Sums.over(b)


@given(PAIRS, PAIRS)
def test_the_adjustment_never_widens_by_more_than_it_learns(a: Pairs, b: Pairs) -> None:
    # It is the best line through both groups, so what is left varies at most as much, pooled.
    plain = compare_groups(Sums.over(a), Sums.over(b), adjusted=False)
    found = compare_groups(Sums.over(a), Sums.over(b))
    sizes = (len(a) - 1, len(b) - 1)
    left = [Sums.over(g).spread(found.theta) * n for g, n in zip((a, b), sizes, strict=True)]
    all_ = [Sums.over(g).spread() * n for g, n in zip((a, b), sizes, strict=True)]
    assert sum(left) <= sum(all_) * (1 + 1e-9) + 1e-9
    assert plain.theta == 0


def test_what_was_before_is_taken_out_and_the_effect_is_not() -> None:
    rng = random.Random(7)
    found, shares = [], []
    for _ in range(200):
        treated = Sums.over(drawn(rng, 150, 2.0, 0.9))
        control = Sums.over(drawn(rng, 150, 0.0, 0.9))
        found.append(compare_groups(treated, control))
        shares.append(reduced_by(treated, control))
    assert fmean(each.value for each in found) == pytest.approx(2.0, abs=0.25)
    covered = sum(each.low <= 2.0 <= each.high for each in found)
    assert 180 <= covered <= 199
    # Of 18² + 8² only the 8² is left.
    assert fmean(shares) == pytest.approx(1 - 64 / (18**2 + 64), abs=0.03)


def test_a_group_of_the_planned_size_sees_what_it_looks_for() -> None:
    rng = random.Random(11)
    size = size_of_group(100, 64, 0.02, power=0.8)
    seen = 0
    for _ in range(200):
        treated = Sums.over(drawn(rng, size, 2.0, 0.0))
        control = Sums.over(drawn(rng, size, 0.0, 0.0))
        seen += compare_groups(treated, control, adjusted=False).tells
    assert 140 <= seen <= 180


def test_too_small_a_group_and_no_plan_are_refused() -> None:
    few, many = Sums.over([(1, 0)] * 29), Sums.over([(1, 0)] * 30)
    with pytest.raises(Invalid) as refused:
        compare_groups(many, few)
    assert (refused.value.code, refused.value.param) == ("experiment.too_small", "control")
    with pytest.raises(Invalid):
        size_of_group(100, 64, 0)


def test_groups_in_which_nobody_differs_are_told_exactly() -> None:
    same = Sums.over([(5, 1)] * 40)
    found = compare_groups(same, same)
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)
