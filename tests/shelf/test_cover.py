"""Premiums: earned day by day, and nothing of them lost or made."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.shelf.cover import earned_premium, unearned_premium

START = date(2026, 1, 1)
YEAR = date(2027, 1, 1)


def test_a_year_of_cover_that_ends_after_73_days() -> None:
    assert unearned_premium(36_500, START, YEAR, START + timedelta(days=73)) == 29_200
    assert unearned_premium(36_500, START, YEAR, START - timedelta(days=5)) == 36_500
    assert unearned_premium(36_500, START, YEAR, YEAR + timedelta(days=5)) == 0


@given(
    st.integers(0, 10**12),
    st.integers(1, 800),
    st.lists(st.integers(-10, 900), max_size=30),
)
def test_the_parts_of_a_term_sum_to_its_premium(premium: int, length: int, cuts: list[int]) -> None:
    end = START + timedelta(days=length)
    days = [START, *sorted(START + timedelta(days=min(max(cut, 0), length)) for cut in cuts), end]
    parts = [earned_premium(premium, START, end, since, day) for since, day in pairwise(days)]
    assert sum(parts) == premium
    assert all(part >= 0 for part in parts)


def test_cover_without_a_day_is_refused() -> None:
    with pytest.raises(Invalid):
        unearned_premium(100, START, START, START)
