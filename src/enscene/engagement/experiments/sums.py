"""What is kept of a group: how many customers, and the sums of what they brought and had before."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sums:
    """Of `count` customers: `of` is the sum of what is measured, `before` that of the same customers
    before the experiment began, the rest sums of squares and of products. Any one unit.

    Whole numbers (minor units, counts) are summed without loss and in any order."""

    count: int = 0
    of: float = 0
    of_squared: float = 0
    before: float = 0
    before_squared: float = 0
    product: float = 0

    @classmethod
    def over(cls, pairs: Iterable[tuple[float, float]]) -> Sums:
        """The sums of (what is measured, what it was before) a customer."""
        rows = list(pairs)
        ys, xs = [row[0] for row in rows], [row[1] for row in rows]
        return cls(
            len(rows), _total(ys), _total(y * y for y in ys),
            _total(xs), _total(x * x for x in xs), _total(y * x for y, x in rows),
        )  # fmt: skip

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.count + other.count, self.of + other.of, self.of_squared + other.of_squared,
            self.before + other.before, self.before_squared + other.before_squared,
            self.product + other.product,
        )  # fmt: skip

    @property
    def mean(self) -> float:
        """Of what is measured; 0 of nobody."""
        return self.of / self.count if self.count else 0.0

    def spread(self, theta: float = 0.0) -> float:
        """The variance of `y - theta * x` of one customer, unbiased."""
        if self.count < 2:
            return math.inf
        n = self.count
        yy = self.of_squared - self.of * self.of / n
        xx = self.before_squared - self.before * self.before / n
        xy = self.product - self.of * self.before / n
        return max(yy - 2 * theta * xy + theta * theta * xx, 0.0) / (n - 1)


def _total(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) if all(isinstance(value, int) for value in values) else math.fsum(values)
