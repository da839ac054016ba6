"""Capacity routing: few managers, many customers. Who is needed least is served without a person.

Pure: what is known of the need and of the loads goes in, a route comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CAPACITY = 20
"""Tasks that a manager has open at once, before others wait in the line of all."""
LOW = 30
"""Needs below this are served without a person, unless the customer insists."""


@dataclass(frozen=True, slots=True)
class Need:
    """Why somebody is needed. `amount` in minor units; `stuck` that nothing goes on without a
    person; `trouble` that the customer is in difficulty; `elderly` that a person helps more than
    a page; `insists` that the customer has asked for a person in so many words."""

    amount: int = 0
    stuck: bool = False
    trouble: bool = False
    elderly: bool = False
    insists: bool = False

    @property
    def points(self) -> int:
        """0 to 100."""
        large = min(30, self.amount // 100_000)
        return min(
            100,
            large + 40 * self.stuck + 50 * self.trouble + 30 * self.elderly + 35 * self.insists,
        )


@dataclass(frozen=True, slots=True)
class Route:
    """`automatic` that no person is needed; else `staff`, or None for the line of all."""

    automatic: bool
    staff: str | None = None


def route_task(need: Need, managers: Sequence[str], loads: Mapping[str, int]) -> Route:
    """The manager with the fewest open tasks who has room; the first by name among equals."""
    if need.points < LOW and not need.insists:
        return Route(automatic=True)
    room = [name for name in managers if loads.get(name, 0) < CAPACITY]
    return Route(False, min(room, key=lambda name: (loads.get(name, 0), name), default=None))
