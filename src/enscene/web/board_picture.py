"""The pictures of a board, drawn without a script: the map of scenes, the funnel, the cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from enscene.operations.board import Cohort, Spot, Step
from enscene.tenants import Tenant

STATES = ("live", "pilot", "suspended", "sandbox", "retired")
SIZE, LEAST = 56, 8
"""Of the largest circle and of the smallest, in pixels across."""
SHOWN = 24
"""Of one state in one place; the others stand on the place's own board."""
WIDE = 200
TINTS = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """A scene: its area tells how many users of quality it has."""

    spot: Spot
    r: float


@dataclass(frozen=True, slots=True)
class Group:
    """Scenes of a place in one state; `more` are not drawn."""

    state: str
    dots: tuple[Dot, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A place and its scenes."""

    tenant: Tenant
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of the funnel; `width` of WIDE."""

    step: Step
    width: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Users of a cohort in a month; `share` of those of its first month, in per cent; `tint` 0 to 5."""

    count: int
    share: int | None
    tint: int


def draw_map(spots: Sequence[Spot]) -> list[Lane]:
    """Places in the order of their largest scene."""
    most = max((each.quality for each in spots), default=0)
    lanes = []
    for tenant in dict.fromkeys(each.tenant for each in spots):
        own = [each for each in spots if each.tenant == tenant]
        groups = []
        for state in STATES:
            some = [each for each in own if each.state == state]
            if some:
                dots = tuple(Dot(each, _radius(each.quality, most)) for each in some[:SHOWN])
                groups.append(Group(state, dots, max(0, len(some) - SHOWN)))
        lanes.append(Lane(tenant, tuple(groups)))
    return lanes


def _radius(value: int, most: int) -> float:
    share = sqrt(value / most) if most else 0
    return round((LEAST + (SIZE - LEAST) * share) / 2, 1)


def draw_steps(steps: Sequence[Step]) -> list[Bar]:
    """As wide as the step with the most."""
    most = max((each.count for each in steps), default=0)
    return [Bar(each, round(WIDE * each.count / most, 1) if most else 0) for each in steps]


def draw_cohorts(cohorts: Sequence[Cohort]) -> list[tuple[str, list[Cell]]]:
    """Each with its cells."""
    found = []
    for each in cohorts:
        cells = []
        for n, count in enumerate(each.active):
            share = each.share(n)
            tint = 0 if share is None else min(TINTS, -(-min(share, 100) * TINTS // 100))
            cells.append(Cell(count, share, tint))
        found.append((each.first, cells))
    return found
