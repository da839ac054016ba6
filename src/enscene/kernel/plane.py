"""Places on the globe in whole numbers, hundred-thousandths of a degree north and east: the same
answer on every machine."""

from __future__ import annotations

from math import isqrt

DEGREE = 100_000
ROUND = 360 * DEGREE
UNIT_UM = 1_111_949
"""Micrometres of a hundred-thousandth of a degree on a globe of 6,371,008.8 m."""
MILLION = 1_000_000
_SCALE = 10**18
_PI = 3_141_592_653_589_793_238


def cosine_e6(lat_e5: int) -> int:
    """The cosine of a latitude in millionths, reckoned with whole numbers alone."""
    x = abs(lat_e5) * _PI // (180 * DEGREE)
    square, term, total, step = x * x // _SCALE, _SCALE, _SCALE, 0
    while term:
        step += 2
        term = term * square // _SCALE // (step * (step - 1))
        total += -term if step % 4 == 2 else term
    return max(0, (total + _SCALE // (2 * MILLION)) * MILLION // _SCALE)


def metres_between(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Whole metres between two places, the shorter way round; the same in both directions.

    On a plane that touches the globe between them: at 1 km the error is below 0.02 %, at 50 km
    below 1 % up to 50 degrees north or south.
    """
    aside = abs(one[1] - other[1]) % ROUND
    aside = min(aside, ROUND - aside) * UNIT_UM * cosine_e6((one[0] + other[0]) // 2) // MILLION
    up = abs(one[0] - other[0]) * UNIT_UM
    return isqrt(up * up + aside * aside) // MILLION
