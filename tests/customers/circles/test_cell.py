"""Cells of about 500 m, everywhere on the globe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.customers.circles import STEP_E5, around, cell_of, place_of
from enscene.kernel.plane import ROUND, metres_between

LATITUDES, LONGITUDES = st.integers(-9_000_000, 9_000_000), st.integers(-18_000_000, 18_000_000)
INHABITED = st.integers(-6_000_000, 6_000_000)


@given(LATITUDES, LONGITUDES)
def test_the_middle_of_a_cell_lies_in_it(lat: int, lon: int) -> None:
    cell = cell_of(lat, lon)
    assert cell_of(*place_of(cell)) == cell
    assert cell in around(cell)
    assert 0 <= cell < 2**63


@given(INHABITED, LONGITUDES)
def test_nobody_is_further_from_the_middle_than_half_a_diagonal(lat: int, lon: int) -> None:
    assert metres_between((lat, lon), place_of(cell_of(lat, lon))) <= 356


@given(INHABITED, LONGITUDES, st.integers(-STEP_E5, STEP_E5))
def test_who_walks_500_metres_is_in_the_cell_or_beside_it(lat: int, lon: int, up: int) -> None:
    beside = around(cell_of(lat, lon))
    assert len(beside) <= 9
    assert cell_of(lat + up, lon) in beside


def test_the_line_of_dates_is_no_border() -> None:
    west, east = cell_of(0, -ROUND // 2), cell_of(0, ROUND // 2 - 1)
    assert east in around(west)
    assert west in around(east)
    assert cell_of(0, ROUND // 2) == west


@pytest.mark.parametrize("lat", [-9_000_000, 9_000_000])
def test_a_pole_is_a_place(lat: int) -> None:
    assert len(around(cell_of(lat, 0))) >= 1
