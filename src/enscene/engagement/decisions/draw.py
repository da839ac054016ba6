"""Chance that is the same on every machine: from a seed, by integers and a table.

Logarithms and exponentials differ in their last place from one library of mathematics to another,
and so do sums whose order a processor chooses. Nothing here uses them: numbers are hashed from a
counter (SplitMix64), and a normal one is looked up among 4,096 equally likely quantiles.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from math import ceil
from statistics import NormalDist
from typing import Any
from uuid import UUID

MILLION = 1_000_000
QUANTILES = 4_096
"""Twelve bits of chance, out to 3.7 standard deviations: 64 draws seldom go that far."""
_GRID = 2**20
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = 2**64 - 1


def seed_of(decision: UUID) -> int:
    """64 bits of a decision's id."""
    return int.from_bytes(blake2b(decision.bytes, digest_size=8).digest(), "big")


def below_a_million(seed: int) -> int:
    """A whole number from 0 to 999,999; independent of the normals of the same seed."""
    value = (seed ^ (seed >> 30)) * _MIX_1 & _MASK
    value = (value ^ (value >> 27)) * _MIX_2 & _MASK
    return (value ^ (value >> 31)) * MILLION >> 64


def normals(np: Any, seed: int, rows: int, columns: int) -> Any:
    """Standard normal numbers, rows × columns (a multiple of four). The first rows are the same
    however many follow."""
    hashed = _counters(rows * columns // 4) + np.uint64(seed)
    hashed ^= hashed >> np.uint64(30)
    hashed *= np.uint64(_MIX_1)
    hashed ^= hashed >> np.uint64(27)
    hashed *= np.uint64(_MIX_2)
    hashed ^= hashed >> np.uint64(31)
    parts = hashed.astype("<u8", copy=False).view("<u2")
    return _table()[parts & np.uint16(QUANTILES - 1)].reshape(rows, columns)


def shares_of(wins: list[int], floor: float) -> list[int]:
    """Millionths that come to a million: so often each has won, but none less than the floor; all
    alike where the floors together leave nothing, or where none has won."""
    count, whole = len(wins), sum(wins)
    least = ceil(round(floor * MILLION, 3))
    rest = MILLION - count * least
    if rest <= 0 or whole == 0:
        wins, whole, least, rest = [1] * count, count, 0, MILLION
    shares = [least + rest * each // whole for each in wins]
    # What rounding has left over, one each, to those whom it took most from.
    lost = sorted(range(count), key=lambda place: (-(rest * wins[place] % whole), place))
    for place in lost[: MILLION - sum(shares)]:
        shares[place] += 1
    return shares


def pick(shares: list[int], seed: int) -> int:
    """The place that a number below a million falls into."""
    number = below_a_million(seed)
    for place, share in enumerate(shares):
        number -= share
        if number < 0:
            return place
    raise AssertionError("shares come to a million")


@lru_cache(maxsize=64)
def _counters(count: int) -> Any:
    import numpy as np

    # The seed itself belongs to `below_a_million`.
    found = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=1)
def _table() -> Any:
    import numpy as np

    # Rounded far more coarsely than libraries differ, and one half the mirror of the other.
    of = NormalDist().inv_cdf
    upper = [
        round(of((n + 0.5) / QUANTILES) * _GRID) / _GRID for n in range(QUANTILES // 2, QUANTILES)
    ]
    found = np.array([-each for each in reversed(upper)] + upper)
    found.setflags(write=False)
    return found
