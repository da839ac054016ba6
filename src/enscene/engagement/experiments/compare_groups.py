"""Treated and control compared at the planned end, with what was known before taken out.

Source of the adjustment (CUPED): Deng, Xu, Kohavi and Walker 2013. What a customer did before the
experiment cannot have been brought about by it; as far as it foretells what the customer does now
it is noise, and is subtracted from both groups alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from enscene.engagement.experiments.sums import Sums
from enscene.kernel.errors import Invalid

NORMAL = NormalDist()
ALPHA = 0.05
POWER = 0.8
LEAST = 30
"""With fewer in a group the normal interval says nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Of the means a customer, treated less control: `low` to `high` holds it in 95 of 100 such
    experiments. `variance` is that of `value`; `theta` is what of a customer's before was taken out."""

    value: float
    low: float
    high: float
    p: float
    variance: float
    theta: float
    control: float

    @property
    def tells(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def compare_groups(treated: Sums, control: Sums, *, adjusted: bool = True) -> Difference:
    """Raises: Invalid where a group is too small."""
    for name, group in (("treated", treated), ("control", control)):
        if group.count < LEAST:
            raise Invalid(
                f"a group has at least {LEAST} customers", code="experiment.too_small", param=name
            )
    theta = _theta(treated, control) if adjusted else 0.0
    variance = treated.spread(theta) / treated.count + control.spread(theta) / control.count
    shift = theta * (treated.before / treated.count - control.before / control.count)
    value = treated.mean - control.mean - shift
    wide = math.sqrt(variance)
    margin = NORMAL.inv_cdf(1 - ALPHA / 2) * wide
    p = 2 * NORMAL.cdf(-abs(value) / wide) if wide else float(value == 0)
    return Difference(value, value - margin, value + margin, p, variance, theta, control.mean)


def reduced_by(treated: Sums, control: Sums) -> float:
    """Which share of the variance the adjustment takes away, 0 to 1: so many fewer customers are
    needed for the same interval. Raises: Invalid."""
    plain = compare_groups(treated, control, adjusted=False).variance
    return 1 - compare_groups(treated, control).variance / plain if plain else 0.0


def size_of_group(mean: float, spread: float, effect: float, power: float = POWER) -> int:
    """How many customers each of two equal groups needs so that an effect of `effect` times the mean
    is seen with this power. `spread` is the variance of one customer. Raises: Invalid."""
    if not mean or not effect or not 0 < power < 1 or spread < 0:
        raise Invalid(
            "an effect that is looked for is not 0, and power is between 0 and 1",
            code="experiment.plan", param="effect",
        )  # fmt: skip
    z = NORMAL.inv_cdf(1 - ALPHA / 2) + NORMAL.inv_cdf(power)
    return max(LEAST, math.ceil(2 * spread * (z / (effect * mean)) ** 2))


def _theta(treated: Sums, control: Sums) -> float:
    # Of both groups together, each about its own mean: the effect itself must not be taken out.
    xx = xy = 0.0
    for group in (treated, control):
        xx += group.before_squared - group.before * group.before / group.count
        xy += group.product - group.of * group.before / group.count
    return xy / xx if xx > 0 else 0.0
