"""Capacity routing: few managers, many customers. Who is needed least is served without a person.

Pure: what is known of the need, of the loads and of the line goes in, a route comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

CAPACITY = 20
"""Tasks that a manager has open at once, before others wait in the line of all."""
LOW = 30
"""Needs below this are small: served without a person, unless the customer insists or a tenant asks
people first as long as the line is short."""
Why: TypeAlias = Literal["", "low_need", "long_wait"]


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

    @property
    def is_small(self) -> bool:
        """Whether it may be served without a person."""
        return self.points < LOW and not self.insists


@dataclass(frozen=True, slots=True)
class Line:
    """How long the line is: `wait_s` that somebody new waits in it (None: nobody has ended a task
    lately), and from how long on small needs are served without a person (0: always)."""

    wait_s: int | None = 0
    over_s: int = 0

    @property
    def is_long(self) -> bool:
        return self.wait_s is None or self.wait_s > self.over_s


NO_LINE = Line()


@dataclass(frozen=True, slots=True)
class Route:
    """`automatic` that no person is asked, and `why`; else `staff`, or None for the line of all."""

    automatic: bool
    staff: str | None = None
    why: Why = ""


def route_task(
    need: Need, managers: Sequence[str], loads: Mapping[str, int], line: Line = NO_LINE
) -> Route:
    """The manager with the fewest open tasks who has room; the first by name among equals."""
    if need.is_small and not line.over_s:
        return Route(automatic=True, why="low_need")
    if need.is_small and line.is_long:
        return Route(automatic=True, why="long_wait")
    room = [name for name in managers if loads.get(name, 0) < CAPACITY]
    return Route(False, min(room, key=lambda name: (loads.get(name, 0), name), default=None))
