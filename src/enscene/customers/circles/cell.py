"""Cells of about 500 m on a side, each with a number: rows of one height, columns as wide as the
latitude of their row asks for."""

from __future__ import annotations

from enscene.kernel.plane import MILLION, ROUND, cosine_e6

STEP_E5 = 450
"""500.4 m of latitude, in hundred-thousandths of a degree."""
NORTH_MOST = 9_000_000
EAST_MOST = 18_000_000
_ROWS = NORTH_MOST // STEP_E5
_COLUMNS = ROUND // STEP_E5 + 1


def cell_of(lat_e5: int, lon_e5: int) -> int:
    """The number of the cell that a place lies in."""
    row = lat_e5 // STEP_E5
    return (row + _ROWS) * _COLUMNS + (lon_e5 + EAST_MOST) % ROUND // _width(row)


def place_of(cell: int) -> tuple[int, int]:
    """The middle of a cell, north and east."""
    row, column = cell // _COLUMNS - _ROWS, cell % _COLUMNS
    width = _width(row)
    west = column * width
    lat = min(NORTH_MOST, row * STEP_E5 + STEP_E5 // 2)
    return lat, (west + min(west + width, ROUND)) // 2 - EAST_MOST


def bounds_of(cell: int) -> tuple[int, int, int, int]:
    """South, west, north and east of a cell, in hundred-thousandths of a degree."""
    row, column = cell // _COLUMNS - _ROWS, cell % _COLUMNS
    west = column * _width(row)
    south, east = row * STEP_E5, min(west + _width(row), ROUND)
    return south, west - EAST_MOST, min(NORTH_MOST, south + STEP_E5), east - EAST_MOST


def around(cell: int) -> frozenset[int]:
    """A cell with those that lie beside it, nine at most: what one walks to."""
    lat, lon = place_of(cell)
    found = set()
    for up in (-STEP_E5, 0, STEP_E5):
        if abs(lat + up) <= NORTH_MOST:
            width = _width((lat + up) // STEP_E5)
            found |= {cell_of(lat + up, lon + over) for over in (-width, 0, width)}
    return frozenset(found)


def _width(row: int) -> int:
    cosine = cosine_e6(min(NORTH_MOST, abs(row * STEP_E5 + STEP_E5 // 2)))
    return min(ROUND, STEP_E5 * MILLION // max(1, cosine))
