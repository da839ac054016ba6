"""From a figure to what everybody gets: exact, and the same in whatever order things come.

Pure: what was agreed and what came goes in, amounts come out. Sums in minor units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from enscene.kernel.money import half_even

WHOLE = 10_000
"""Basis points of the whole."""


class Unit(NamedTuple):
    """Who gets something: a branch or a team by reference, a department by name; `copies` are the
    branches that are credited of the copy, `unassigned` what was set apart for nobody."""

    kind: str
    name: str


K = TypeVar("K", int, str, Unit)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that pays. `per` None: `amount` when the figure is at least `least`; else `amount` for
    each `per` of it above `least`. `months_after` of a cohort: since its first use."""

    number: int
    figure: str
    scenes: tuple[int, ...]
    months_after: int
    least: int
    per: int | None
    amount: int


def due(measure: Measure, value: int) -> int:
    """What a measure pays for a value, before any ceiling."""
    if measure.per is None:
        return measure.amount if value >= measure.least else 0
    return half_even(max(0, value - measure.least) * measure.amount, measure.per)


def split_sum(total: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Parts in proportion to weights that sum to the total exactly: rounded down, and what is left one
    by one to the largest remainders, of equal ones to the first by name. Nothing for no weights."""
    whole = sum(weights.values())
    if whole <= 0:
        return {}
    parts = {name: total * weight // whole for name, weight in weights.items()}
    left = total - sum(parts.values())
    first = sorted(weights, key=lambda name: (-(total * weights[name] % whole), name))
    for name in first[:left]:
        parts[name] += 1
    return parts


def cut(dues: Mapping[int, int], ceiling: int) -> dict[int, int]:
    """No more than the ceiling together; cut in proportion."""
    if sum(dues.values()) <= ceiling:
        return dict(dues)
    return split_sum(ceiling, dues)


def split_parts(
    minor: int, shares: Sequence[tuple[Unit, int]], credited: Mapping[str, int]
) -> dict[Unit, int]:
    """What each unit gets of an amount, parts of nothing left out. The share of copies is split as the
    copies' branches are credited; where none is, it stays with the bank."""
    found: dict[Unit, int] = {}
    for unit, part in split_sum(minor, dict(shares)).items():
        parts = {unit: part}
        if unit.kind == "copies":
            split = split_sum(part, credited)
            parts = {Unit("branch", name): some for name, some in split.items()}
            parts = parts or {Unit("unassigned", ""): part}
        for who, some in parts.items():
            found[who] = found.get(who, 0) + some
    return {who: some for who, some in sorted(found.items()) if some}
