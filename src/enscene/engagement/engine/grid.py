"""Places on a grid of whole numbers: the same answer on every machine."""

from __future__ import annotations

from collections.abc import Sequence

from enscene.kernel.plane import MILLION as _MILLION
from enscene.kernel.plane import ROUND, UNIT_UM, cosine_e6


class Grid:
    """Places with a radius. `near(lat, lon)`: whether one of them is that near.

    On a plane that touches the globe at the place: at 1 km the error is below 0.02 %, at 50 km below
    1 % up to 50 degrees north or south.
    """

    def __init__(self, places: Sequence[tuple[int, int]], metres: int) -> None:
        radius_um = metres * _MILLION
        self._reach = radius_um * radius_um
        narrow = max(1, min(cosine_e6(lat) for lat, _ in places))
        self._high = radius_um // UNIT_UM + 1
        self._wide = min(ROUND, radius_um * _MILLION // (UNIT_UM * narrow) + 1)
        self._cells: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
        for lat, lon in dict.fromkeys(places):
            self._put(lat, lon, cosine_e6(lat))

    def _put(self, lat: int, lon: int, cosine: int) -> None:
        """Into the cells all around, so that one look at the own cell finds all that may be near;
        beyond the line of dates too."""
        row = lat // self._high
        for shown in (lon - ROUND, lon, lon + ROUND):
            column = shown // self._wide
            for cell in ((row + up, column + over) for up in (-1, 0, 1) for over in (-1, 0, 1)):
                self._cells.setdefault(cell, []).append((lat, shown, cosine))

    def near(self, lat: int, lon: int) -> bool:
        """Whether a place is within the radius, the edge included."""
        for at, over, cosine in self._cells.get((lat // self._high, lon // self._wide), ()):
            up = (lat - at) * UNIT_UM
            aside = (lon - over) * UNIT_UM * cosine // _MILLION
            if up * up + aside * aside <= self._reach:
                return True
        return False
