"""Score cards: points by what is known of somebody, each point explained.

A card is data: it is fitted elsewhere (`fit_score_card`), versioned, read by people, and asked
here without any library of statistics.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import msgspec

Facts = Mapping[str, float | str | None]
"""What is known: a number, a word, or None."""

POINTS_AT = 600
ODDS_AT = 20
DOUBLING = 20
"""600 points say that 20 are good for one who is bad; every 20 points more double the odds."""
FACTOR = DOUBLING / math.log(2)
OFFSET = POINTS_AT - FACTOR * math.log(ODDS_AT)


class Numbers(msgspec.Struct, frozen=True, tag="numbers"):
    """Points of a number: `points[i]` from `cuts[i - 1]` up to, not including, `cuts[i]`."""

    name: str
    cuts: tuple[float, ...]
    points: tuple[int, ...]
    missing: int

    def of(self, value: Any) -> int:
        if value is None or isinstance(value, str) or math.isnan(value):
            return self.missing
        return self.points[bisect_right(self.cuts, value)]

    @property
    def monotone(self) -> bool:
        """More of it is always better, or always worse."""
        steps = [b - a for a, b in zip(self.points, self.points[1:], strict=False)]
        return all(step >= 0 for step in steps) or all(step <= 0 for step in steps)

    @property
    def best(self) -> int:
        return max(self.points)


class Words(msgspec.Struct, frozen=True, tag="words"):
    """Points of a word; one that the card does not know counts as missing."""

    name: str
    points: dict[str, int]
    missing: int

    def of(self, value: Any) -> int:
        return self.points.get(value, self.missing) if isinstance(value, str) else self.missing

    @property
    def monotone(self) -> bool:
        return True  # words have no order

    @property
    def best(self) -> int:
        return max(self.points.values())


class Loss(msgspec.Struct, frozen=True):
    """How many points somebody lost by one fact, next to the best there is."""

    name: str
    value: float | str | None
    points: int
    lost: int


class Score(msgspec.Struct, frozen=True):
    """The points, the chance of default that they stand for, and why they are not more: the
    largest loss first."""

    points: int
    chance: float
    losses: tuple[Loss, ...]


class ScoreCard(msgspec.Struct, frozen=True):
    """A card. `parts` are its facts with their points; the sum of the points is the score."""

    name: str
    version: str
    parts: tuple[Numbers | Words, ...]

    def points(self, facts: Facts) -> int:
        """The sum alone."""
        return sum(part.of(facts.get(part.name)) for part in self.parts)

    def score(self, facts: Facts) -> Score:
        """The points with their reasons."""
        losses = []
        total = 0
        for part in self.parts:
            value = facts.get(part.name)
            points = part.of(value)
            total += points
            if part.best > points:
                losses.append(Loss(part.name, value, points, part.best - points))
        losses.sort(key=lambda loss: -loss.lost)
        return Score(total, chance_of(total), tuple(losses))


def chance_of(points: float) -> float:
    """The chance of default that so many points stand for."""
    return 1 / (1 + math.exp((points - OFFSET) / FACTOR))
