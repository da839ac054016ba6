"""An experiment in which nothing is done (A/A): the way of splitting and comparing tries itself.

Customers of the past are split in two again and again; where nothing was done, one split in twenty
may tell a difference. Many more, and the intervals of real experiments are too narrow as well: one
customer counted several times, or a few who bring nearly all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from enscene.engagement.experiments.compare_groups import ALPHA, compare_groups
from enscene.engagement.experiments.sums import Sums

SPLITS = 200


@dataclass(frozen=True, slots=True)
class AgainstItself:
    """Of `splits` comparisons `told` found a difference where there was none; at most `allowed` do
    so by chance (99 of 100 times)."""

    splits: int
    told: int
    allowed: int

    @property
    def holds(self) -> bool:
        """Whether differences found this way may be believed."""
        return self.told <= self.allowed


def check_split(
    customers: Sequence[tuple[str, float, float]],
    group_of: Callable[[str, str], int],
    splits: int = SPLITS,
) -> AgainstItself:
    """`customers` are (key, measured, before); `group_of(name, key)` draws the lot: even numbers are
    one group, odd ones the other. Raises: Invalid where there are too few."""
    told = 0
    for split in range(splits):
        sides: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
        for key, measured, before in customers:
            sides[group_of(f"aa:{split}", key) % 2].append((measured, before))
        told += compare_groups(Sums.over(sides[0]), Sums.over(sides[1])).tells
    return AgainstItself(splits, told, most_by_chance(splits, ALPHA))


def most_by_chance(tries: int, rate: float) -> int:
    """How often something of this rate happens in 99 of 100 such series, at most."""
    below, term = 0.0, (1 - rate) ** tries
    for times in range(tries + 1):
        below += term
        if below >= 0.99:
            return times
        term *= (tries - times) / (times + 1) * rate / (1 - rate)
    return tries
