"""What story `loop` reckons with: differences against control, and whether one is more than another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Any

LOT_SIGMAS = 4.0
"""A fair lot is further off once in some sixteen thousand."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An estimate with its 95 % interval, in units of the currency."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Difference:
        """As the API tells it."""
        return cls(float(told["value"]), float(told["low"]), float(told["high"]))

    def to_json(self) -> dict[str, float]:
        """Plain values."""
        return {"value": self.value, "low": self.low, "high": self.high}


def change_of(before: Difference, after: Difference) -> Difference:
    """How much more the second one is; the two are of different customers, so that their errors have
    nothing to do with each other."""
    half = hypot(before.high - before.low, after.high - after.low) / 2
    value = after.value - before.value
    return Difference(round(value, 2), round(value - half, 2), round(value + half, 2))


def lot_holds(held: int, customers: int, per_mille: int) -> bool:
    """Whether a lot of so many in a thousand may well have held out so many customers."""
    share = per_mille / 1_000
    return abs(held - customers * share) <= LOT_SIGMAS * sqrt(customers * share * (1 - share))
