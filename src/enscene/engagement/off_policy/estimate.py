"""Four estimates of what a policy earns a decision, from decisions that another policy logged.

Sources: inverse propensity scores, Horvitz and Thompson 1952; self-normalised, Swaminathan and
Joachims 2015; doubly robust, Dudík, Langford and Li 2011; effective sample size, Kish 1965.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from enscene.kernel.errors import Invalid

EFFECTIVE_LEAST = 100.0
"""With fewer decisions than these, as they weigh, the normal interval says nothing."""
_Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision. `propensity` is how likely the policy that made it was to do what it did;
    `wanted` how likely the judged policy is to do the same for the same customer. `foretold` is
    what a model expects of what was done, `foretold_wanted` what it expects of the judged policy, over
    all that it may do, and `foretold_logged` of the policy that was logged; None where the chances of
    what it did not do are not known. Rewards in any one unit, propensities in (0, 1]."""

    reward: float
    propensity: float
    wanted: float
    foretold: float = 0.0
    foretold_wanted: float = 0.0
    foretold_logged: float | None = None

    @property
    def weight(self) -> float:
        """How many decisions of the judged policy it stands for."""
        return self.wanted / self.propensity


@dataclass(frozen=True, slots=True)
class Estimate:
    """Reward a decision, with its 95 % interval. `effective` is the number of equally weighing
    decisions that would tell as much."""

    value: float
    low: float
    high: float
    rows: int
    effective: float

    @classmethod
    def of(cls, terms: Sequence[float], weights: Sequence[float]) -> Estimate:
        """The mean of one term a decision; its interval is the normal one."""
        rows = len(terms)
        value = math.fsum(terms) / rows
        margin = math.inf
        if rows > 1:
            spread = math.fsum((term - value) ** 2 for term in terms) / (rows - 1)
            margin = _Z95 * math.sqrt(spread / rows)
        return cls(value, value - margin, value + margin, rows, effective_sample(weights))

    @property
    def concludes(self) -> bool:
        """Whether there is enough behind it to conclude anything."""
        return self.effective >= EFFECTIVE_LEAST


def effective_sample(weights: Sequence[float]) -> float:
    """Kish: the square of the sum by the sum of the squares; 0 where all are 0."""
    squares = math.fsum(weight * weight for weight in weights)
    return math.fsum(weights) ** 2 / squares if squares else 0.0


def estimate_ips(rows: Sequence[Logged]) -> Estimate:
    """Unbiased where the logging policy may do whatever the judged one does. Raises: Invalid."""
    weights = weights_of(rows)
    return Estimate.of([row.reward * row.weight for row in rows], weights)


def estimate_snips(rows: Sequence[Logged]) -> Estimate:
    """Weights that sum to one: a little biased, never outside the rewards. Raises: Invalid."""
    weights = weights_of(rows)
    total = math.fsum(weights)
    if not total:
        return Estimate.of([0.0] * len(rows), weights)
    value = math.fsum(row.reward * row.weight for row in rows) / total
    spread = math.fsum((row.weight * (row.reward - value)) ** 2 for row in rows)
    margin = _Z95 * math.sqrt(spread) / total
    effective = effective_sample(weights)
    return Estimate(value, value - margin, value + margin, len(rows), effective)


def estimate_dm(rows: Sequence[Logged]) -> Estimate:
    """What the model foretells; as good as the model, and its interval does not know how good that
    is. Raises: Invalid."""
    weights = weights_of(rows)
    return Estimate.of([row.foretold_wanted for row in rows], weights)


def estimate_dr(rows: Sequence[Logged]) -> Estimate:
    """The model, corrected by what it was wrong about: unbiased where the propensities or the model
    are right. The model must not have learnt from the same rows. Raises: Invalid."""
    weights = weights_of(rows)
    return Estimate.of([corrected(row) for row in rows], weights)


def corrected(row: Logged) -> float:
    """The doubly robust term of one decision."""
    return row.foretold_wanted + row.weight * (row.reward - row.foretold)


def gained(row: Logged) -> float:
    """What the judged policy earns more, doubly robust. Where all chances of the logged policy are
    known, what it was expected to earn stands in for what it happened to do: the same on average,
    without that draw's noise."""
    if row.foretold_logged is None:
        return corrected(row) - row.reward
    wrong = row.reward - row.foretold
    return row.foretold_wanted - row.foretold_logged + (row.weight - 1.0) * wrong


def weights_of(rows: Sequence[Logged]) -> list[float]:
    """How many decisions of the judged policy each stands for. Raises: Invalid."""
    if not rows:
        raise Invalid("no decisions were logged", code="policy.no_rows", param="rows")
    for place, row in enumerate(rows):
        if not 0.0 < row.propensity <= 1.0 or not 0.0 <= row.wanted <= 1.0:
            raise Invalid(
                "a propensity is above 0 and at most 1", code="policy.propensity",
                param=f"rows[{place}]",
            )  # fmt: skip
    return [row.weight for row in rows]
