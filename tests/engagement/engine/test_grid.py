"""Near is near, wherever on the globe, and reckoned with whole numbers."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from engagement.engine.naive import metres
from enscene.engagement.engine.grid import Grid
from enscene.kernel.plane import ROUND, cosine_e6

LATITUDES, LONGITUDES = st.integers(-6_000_000, 6_000_000), st.integers(-18_000_000, 18_000_000)
PLACES = st.lists(st.tuples(LATITUDES, LONGITUDES), min_size=1, max_size=8)


@given(st.integers(-9_000_000, 9_000_000))
def test_the_cosine_is_exact_to_the_millionth(lat_e5: int) -> None:
    exact = math.cos(math.radians(lat_e5 / 100_000)) * 1e6
    assert abs(cosine_e6(lat_e5) - exact) <= 0.5001


@given(PLACES, st.integers(20, 5_000), st.integers(0, 7), st.floats(0, 2), st.floats(0, 6.2832))
def test_the_grid_says_what_the_great_circle_says(
    places: list[tuple[int, int]], radius: int, which: int, far: float, way: float
) -> None:
    lat, lon = places[which % len(places)]
    up = far * radius * math.sin(way) / 1.111949
    aside = far * radius * math.cos(way) / 1.111949 / math.cos(math.radians(lat / 100_000))
    point = (lat + round(up), (lon + round(aside) + ROUND // 2) % ROUND - ROUND // 2)
    nearest = min(metres(point, place) for place in places)
    if abs(nearest - radius) > 0.004 * radius + 1:
        assert Grid(places, radius).near(*point) == (nearest < radius)


def test_the_line_of_dates_parts_nothing() -> None:
    grid = Grid([(0, 17_999_990)], 100)
    assert grid.near(0, -17_999_990)
    assert not grid.near(0, -17_999_800)
