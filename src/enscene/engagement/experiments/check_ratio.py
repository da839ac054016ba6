"""Whether the groups are as large as the lot should have made them.

Where they are not, something let customers of one group fall out, and no difference between the
groups means anything (sample-ratio mismatch: Fabijan and others 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from enscene.kernel.errors import Invalid

ALARM = 0.001
"""It is looked at every day: with less caution it would cry too often."""


@dataclass(frozen=True, slots=True)
class SplitCheck:
    """`p` is how often chance alone would make the groups this uneven."""

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    p: float

    @property
    def holds(self) -> bool:
        """Whether the groups may be compared."""
        return self.p >= ALARM


def check_ratio(counts: Sequence[int], shares: Sequence[float]) -> SplitCheck:
    """Compare the sizes of groups with the shares that were planned (any unit).

    Raises: Invalid.
    """
    if len(counts) != len(shares) or len(counts) < 2 or min(shares) <= 0 or min(counts) < 0:
        raise Invalid(
            "each of two groups or more has a share above 0", code="experiment.shares",
            param="shares",
        )  # fmt: skip
    whole, parts = sum(counts), sum(shares)
    expected = tuple(whole * share / parts for share in shares)
    if not whole:
        return SplitCheck(tuple(counts), expected, 1.0)
    square = math.fsum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True))
    return SplitCheck(tuple(counts), expected, chance_of(square, len(counts) - 1))


def chance_of(square: float, degrees: int) -> float:
    """How often a chi-square of so many degrees of freedom is at least this large."""
    half = square / 2
    if degrees % 2:
        tail, term = math.erfc(math.sqrt(half)), math.sqrt(half / math.pi) * math.exp(-half) * 2
        begin = 1.5
    else:
        tail, term = math.exp(-half), half * math.exp(-half)
        begin = 2.0
    for step in range((degrees - 1) // 2):
        tail += term
        term *= half / (begin + step)
    return min(tail, 1.0)
