"""A district as a picture, drawn without a script and without a map of anybody else's: cells of the
grid, tinted by how many circles lie in them, and merchants as dots, as large as what they sold often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, isqrt, radians
from statistics import median_low

from enscene.customers.circles import Density, bounds_of
from enscene.engagement.circles import Placed
from enscene.kernel.plane import DEGREE, ROUND, UNIT_UM, metres_between
from enscene.operations.district import Merchant
from enscene.web.map_labels import Rect

WIDTH, HEIGHT_LEAST, HEIGHT_MOST, MARGIN = 760, 320, 600, 26
FAR_M = 10_000
"""Whoever is farther from the middle stands in the table alone: they would make all others a dot."""
LEAST_E5 = 900
"""The picture shows two cells in each direction at least."""
SMALL, LARGE = 6, 17
_LETTER, _LINE = 7, 14
_HAN = 13
_STEPS = (2_000, 1_000, 500, 200, 100)
TINTS = 5


@dataclass(frozen=True, slots=True)
class Square:
    """A cell; `tint` is 1 to 5, by how many circles there are in relation to the most."""

    x: int
    y: int
    width: int
    height: int
    circles: int
    tint: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A merchant; `label` is None where it would cover another."""

    merchant: Merchant
    x: int
    y: int
    r: int
    label: Rect | None


@dataclass(frozen=True, slots=True)
class DistrictMap:
    """`away` merchants are too far from the others to be drawn; `scale` is so many metres in `scale_width`."""

    height: int
    squares: tuple[Square, ...]
    dots: tuple[Dot, ...]
    away: int
    scale: int
    scale_width: int
    width: int = WIDTH


class _Plane:
    """Places in pixels."""

    def __init__(self, centre: tuple[int, int], bounds: tuple[int, int, int, int]) -> None:
        south, west, north, east = bounds
        self._centre = centre
        self._narrow = max(0.01, cos(radians(centre[0] / DEGREE)))
        wide, high = (east - west) * self._narrow, north - south
        room = WIDTH - 2 * MARGIN
        self._step = min(room / wide, (HEIGHT_MOST - 2 * MARGIN) / high)
        self.height = max(HEIGHT_LEAST, round(high * self._step) + 2 * MARGIN)
        self._x0 = (WIDTH - wide * self._step) / 2
        self._y0 = (self.height - high * self._step) / 2
        self._west, self._north = west, north

    def at(self, lat: int, lon: int) -> tuple[int, int]:
        """The pixel of a place. `lon` counts from the middle of the picture."""
        x = self._x0 + (lon - self._west) * self._narrow * self._step
        return round(x), round(self._y0 + (self._north - lat) * self._step)

    def pixels(self, metres: int) -> int:
        """How long so many metres are."""
        return round(metres * 1_000_000 / UNIT_UM * self._step)


def draw_district(merchants: Sequence[Merchant], cells: Sequence[Density]) -> DistrictMap | None:
    """Merchants (who sold most first) and cells of one kind; None where there is nothing to draw."""
    places = [(each.lat_e5, each.lon_e5) for each in merchants]
    places = places or [(each.lat_e5, each.lon_e5) for each in cells]
    if not places:
        return None
    centre = median_low(lat for lat, _ in places), median_low(lon for _, lon in places)
    near = [m for m in merchants if metres_between(centre, (m.lat_e5, m.lon_e5)) <= FAR_M]
    drawn = [c for c in cells if metres_between(centre, (c.lat_e5, c.lon_e5)) <= FAR_M]
    plane = _Plane(centre, _bounds(centre, near, drawn))
    most = max((each.circles for each in drawn), default=0)
    squares = tuple(_square(plane, centre, each, most) for each in drawn)
    scale = next((each for each in _STEPS if plane.pixels(each) <= WIDTH // 3), _STEPS[-1])
    return DistrictMap(
        plane.height, squares, _dots(plane, centre, near), len(merchants) - len(near), scale,
        plane.pixels(scale),
    )  # fmt: skip


def _beside(lon: int, centre: tuple[int, int]) -> int:
    """East of the middle, the shorter way round."""
    return (lon - centre[1] + ROUND // 2) % ROUND - ROUND // 2


def _bounds(
    centre: tuple[int, int], merchants: Sequence[Merchant], cells: Sequence[Density]
) -> tuple[int, int, int, int]:
    corners = [(each.lat_e5, _beside(each.lon_e5, centre)) for each in merchants]
    for cell in cells:
        south, west, north, east = bounds_of(cell.cell)
        corners += [(south, _beside(west, centre)), (north, _beside(east, centre))]
    lats, lons = [lat for lat, _ in corners], [lon for _, lon in corners]
    up = max(0, LEAST_E5 - (max(lats) - min(lats))) // 2
    aside = max(0, LEAST_E5 - (max(lons) - min(lons))) // 2
    return min(lats) - up, min(lons) - aside, max(lats) + up, max(lons) + aside


def _square(plane: _Plane, centre: tuple[int, int], cell: Density, most: int) -> Square:
    south, west, north, east = bounds_of(cell.cell)
    x0, y0 = plane.at(north, _beside(west, centre))
    x1, y1 = plane.at(south, _beside(east, centre))
    tint = max(1, -(-cell.circles * TINTS // max(1, most)))
    return Square(x0, y0, x1 - x0, y1 - y0, cell.circles, tint)


def _dots(plane: _Plane, centre: tuple[int, int], merchants: Sequence[Merchant]) -> tuple[Dot, ...]:
    most = max((each.orders for each in merchants), default=0)
    placed = []
    for each in merchants:
        x, y = plane.at(each.lat_e5, _beside(each.lon_e5, centre))
        share = isqrt(each.orders * 10_000 // most) if most else 0
        placed.append((each, x, y, SMALL + (LARGE - SMALL) * share // 100))
    taken = [Rect(x - r, y - r, 2 * r, 2 * r) for _, x, y, r in placed]
    dots = []
    for each, x, y, r in placed:
        label = _label(each.title, x, y, r, plane.height, taken)
        if label is not None:
            taken.append(label)
        dots.append(Dot(each, x, y, r, label))
    return tuple(dots)


def _label(title: str, x: int, y: int, r: int, height: int, taken: Sequence[Rect]) -> Rect | None:
    wide = sum(_HAN if letter > "\u2e7f" else _LETTER for letter in title[:16]) + 4
    spots = ((x + r + 3, y - 7), (x - r - 3 - wide, y - 7), (x - wide // 2, y + r + 2),
             (x - wide // 2, y - r - 2 - _LINE))  # fmt: skip
    for left, top in spots:
        label = Rect(left, top, wide, _LINE)
        inside = left >= 0 and label.right <= WIDTH and top >= 0 and label.bottom <= height
        if inside and not any(label.meets(other) for other in taken):
            return label
    return None


@dataclass(frozen=True, slots=True)
class AroundMap:
    """A circle of somebody, in the middle, and what is to be had around: (x, y) of each place."""

    size: int
    r: int
    spots: tuple[tuple[int, int], ...]


def draw_around(centre: tuple[int, int], metres: int, offers: Sequence[Placed]) -> AroundMap:
    """Offers around a place, as far as they were looked for."""
    half = metres * 1_000_000 // UNIT_UM
    narrow = max(0.01, cos(radians(centre[0] / DEGREE)))
    aside = round(half / narrow)
    plane = _Plane(centre, (centre[0] - half, -aside, centre[0] + half, aside))
    spots = {plane.at(each.lat_e5, _beside(each.lon_e5, centre)) for each in offers}
    x, _ = plane.at(centre[0], 0)
    return AroundMap(WIDTH, x - MARGIN, tuple(sorted(spots)))
