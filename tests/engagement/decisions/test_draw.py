"""Chance from a seed."""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b
from itertools import pairwise
from statistics import NormalDist, fmean, pvariance

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enscene.engagement.decisions.draw import (
    _GRID,
    QUANTILES,
    _table,
    below_a_million,
    normals,
    pick,
    shares_of,
)


def test_the_table_is_that_of_the_normal_distribution() -> None:
    table = _table().tolist()
    assert table == [-each for each in reversed(table)]
    assert all(low < high for low, high in pairwise(table))
    for place, value in enumerate(table):
        assert abs(NormalDist().cdf(value) - (place + 0.5) / QUANTILES) < 1e-6


def test_no_quantile_stands_where_two_libraries_might_round_it_apart() -> None:
    for place in range(QUANTILES):
        exact = NormalDist().inv_cdf((place + 0.5) / QUANTILES) * _GRID
        assert abs(abs(exact) % 1 - 0.5) > 1e-6


def test_the_bytes_are_those_of_every_machine() -> None:
    drawn = normals(np, 2**64 - 1, 7, 64)
    digest = blake2b(drawn.astype("<f8").tobytes(), digest_size=8).hexdigest()
    assert digest == "b8e3e1e74044ee43"
    assert [below_a_million(seed) for seed in (0, 1, 2**64 - 1)] == [0, 338_166, 706_303]


def test_numbers_of_many_seeds_are_normal_and_apart() -> None:
    drawn = [normals(np, seed * 7_919, 2, 64) for seed in range(400)]
    first = [float(z) for each in drawn for z in each[0]]
    second = [float(z) for each in drawn for z in each[1]]
    assert abs(fmean(first)) < 0.025
    assert abs(pvariance(first) - 1) < 0.05
    assert abs(fmean(a * b for a, b in zip(first, second, strict=True))) < 0.025
    assert abs(fmean(a * b for a, b in pairwise(first))) < 0.025


def test_more_rows_leave_the_first_as_they_were() -> None:
    assert (normals(np, 5, 9, 64)[:3] == normals(np, 5, 3, 64)).all()


@given(
    st.lists(st.integers(0, 64), min_size=1, max_size=150),
    st.sampled_from([0.01, 0.025, 0.07, 1 / 3, 0.0123456789]),
)
def test_shares_come_to_a_million_and_none_is_below_the_floor(
    wins: list[int], floor: float
) -> None:
    shares = shares_of(wins, floor)
    assert sum(shares) == 1_000_000
    if len(wins) * floor < 1:
        assert min(shares) / 1_000_000 >= floor
    else:
        assert max(shares) - min(shares) <= 1
    for place, share in enumerate(shares):
        if sum(wins) and len(wins) * floor < 1:
            exact = Fraction(floor) + (1 - len(wins) * Fraction(floor)) * Fraction(
                wins[place], sum(wins)
            )
            assert abs(share - exact * 1_000_000) <= len(wins) + 1


def test_where_none_has_won_all_are_alike() -> None:
    assert shares_of([0, 0, 0], 0.01) == [333_334, 333_333, 333_333]


def test_it_falls_to_each_as_often_as_its_share_says() -> None:
    shares, found = [10_000, 690_000, 300_000], [0, 0, 0]
    for seed in range(30_000):
        found[pick(shares, seed)] += 1
    for share, count in zip(shares, found, strict=True):
        p = share / 1_000_000
        assert abs(count - 30_000 * p) < 4 * (30_000 * p * (1 - p)) ** 0.5


def test_a_share_of_nothing_is_never_picked() -> None:
    assert {pick([0, 1_000_000, 0], seed) for seed in range(1_000)} == {1}
