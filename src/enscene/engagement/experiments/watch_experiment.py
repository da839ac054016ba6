"""Look at an experiment every day without being fooled by looking often.

An interval that holds at the planned end does not hold for whoever looks daily and stops when it
pleases. This one holds at all times at once (mixture sequential test: Robbins 1970; Johari, Pekelis
and Walsh 2015): it is wider, and an experiment may be stopped the first day it leaves 0 out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from enscene.engagement.experiments.check_ratio import SplitCheck, check_ratio
from enscene.engagement.experiments.compare_groups import ALPHA, Difference, compare_groups
from enscene.engagement.experiments.sums import Sums
from enscene.kernel.errors import Invalid

Word: TypeAlias = Literal["uneven", "better", "worse", "no_more", "go_on"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Said before it begins: `looked_for` is the difference a customer that would matter, `size` how
    many customers both groups have at the end, `shares` how treated and control were drawn."""

    looked_for: float
    size: int
    shares: tuple[float, float] = (0.5, 0.5)

    def check(self) -> None:
        """Raises: Invalid."""
        if not 0 < abs(self.looked_for) < math.inf or self.size < 1:
            raise Invalid(
                "an experiment looks for a difference that is not 0, among a number of customers",
                code="experiment.plan", param="looked_for" if self.size >= 1 else "size",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """`low` to `high` holds the difference at every look at once; `word` says what to do: `uneven`
    compares nothing, `better` and `worse` may stop, `no_more` has reached its size and tells
    nothing, `go_on` waits."""

    word: Word
    difference: Difference
    low: float
    high: float
    split: SplitCheck


def watch_experiment(plan: Plan, treated: Sums, control: Sums) -> Standing:
    """Where an experiment stands today. Raises: Invalid (too few customers yet, no plan)."""
    plan.check()
    split = check_ratio((treated.count, control.count), plan.shares)
    difference = compare_groups(treated, control)
    margin = margin_of(difference.variance, plan.looked_for)
    low, high = difference.value - margin, difference.value + margin
    word: Word = "go_on"
    if not split.holds:
        word = "uneven"
    elif low > 0:
        word = "better"
    elif high < 0:
        word = "worse"
    elif treated.count + control.count >= plan.size:
        word = "no_more"
    return Standing(word, difference, low, high, split)


def margin_of(variance: float, looked_for: float, alpha: float = ALPHA) -> float:
    """Half the width of the interval that holds at all times; effects about as large as the one
    that is looked for are seen soonest."""
    tau = looked_for * looked_for
    if not variance:
        return 0.0
    inner = 2 * math.log(1 / alpha) + math.log((variance + tau) / variance)
    return math.sqrt(inner * variance * (variance + tau) / tau)
