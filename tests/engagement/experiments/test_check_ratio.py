"""Groups as large as the lot should have made them, and others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.engagement.experiments import check_ratio
from enscene.engagement.experiments.check_ratio import chance_of
from enscene.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("square", "degrees", "p"),
    # Of the tables of the chi-square distribution.
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (7.814728, 3, 0.05), (13.276704, 4, 0.01),
     (20.515006, 5, 0.001), (0.0, 3, 1.0)],
)  # fmt: skip
def test_the_chance_is_that_of_the_tables(square: float, degrees: int, p: float) -> None:
    assert chance_of(square, degrees) == pytest.approx(p, rel=1e-5)


def test_a_lost_hundredth_of_one_group_is_noticed_among_many() -> None:
    assert check_ratio((500_000, 499_000), (1, 1)).holds
    assert not check_ratio((500_000, 495_000), (1, 1)).holds
    assert check_ratio((90_000, 10_050), (0.9, 0.1)).holds
    assert not check_ratio((90_000, 9_500), (0.9, 0.1)).holds


def test_of_nobody_nothing_is_wrong() -> None:
    assert check_ratio((0, 0), (1, 1)).holds


@given(st.lists(st.integers(1, 10_000), min_size=2, max_size=8))
def test_groups_just_as_planned_are_never_uneven(shares: list[int]) -> None:
    assert check_ratio(shares, shares).p == pytest.approx(1.0)


@pytest.mark.parametrize("shares", [(1,), (1, 0), (1, 2, 3)])
def test_shares_that_plan_nothing_are_refused(shares: tuple[int, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        check_ratio((1, 2), shares)
    assert refused.value.param == "shares"
