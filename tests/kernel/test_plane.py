"""Distances in whole metres, wherever on the globe."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.plane import ROUND, UNIT_UM, cosine_e6, metres_between

LATITUDES, LONGITUDES = st.integers(-6_000_000, 6_000_000), st.integers(-18_000_000, 18_000_000)
PLACES = st.tuples(LATITUDES, LONGITUDES)


@given(st.integers(-9_000_000, 9_000_000))
def test_the_cosine_is_exact_to_the_millionth(lat_e5: int) -> None:
    exact = math.cos(math.radians(lat_e5 / 100_000)) * 1e6
    assert abs(cosine_e6(lat_e5) - exact) <= 0.5001


@given(PLACES, PLACES)
def test_it_is_as_far_there_as_back(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert metres_between(one, other) == metres_between(other, one)
    assert metres_between(one, one) == 0


@given(PLACES, st.integers(-900, 900), st.integers(-900, 900))
def test_a_kilometre_is_one_on_the_globe_too(one: tuple[int, int], up: int, over: int) -> None:
    other = one[0] + up, one[1] + over
    a, b = (math.radians(lat / 100_000) for lat, _ in (one, other))
    half = (math.sin((b - a) / 2) ** 2
            + math.cos(a) * math.cos(b) * math.sin(math.radians(over / 100_000) / 2) ** 2)  # fmt: skip
    exact = 2 * 6_371_008.8 * math.asin(math.sqrt(half))
    assert abs(metres_between(one, other) - exact) <= 1 + exact / 5_000


def test_the_line_of_dates_is_no_barrier() -> None:
    assert metres_between((0, ROUND // 2 - 10), (0, -ROUND // 2 + 10)) == 20 * UNIT_UM // 1_000_000
