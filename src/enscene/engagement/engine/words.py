"""How many numbers a pattern remembers of a customer, and what they are before anything comes."""

from __future__ import annotations

from array import array

from enscene.engagement.engine.pattern import (
    BUCKETS,
    Absent,
    Count,
    Crosses,
    Enters,
    Pattern,
    Sequence,
    Sum,
)

NEVER = -(1 << 62)


def blank_of(pattern: Pattern) -> array[int]:
    """The words of a pattern; none for one that remembers nothing."""
    return array("q", _blank(pattern))


def _blank(pattern: Pattern) -> list[int]:
    match pattern:
        case Count():  # place of the oldest, when it fired last, the last times
            return [0, NEVER, *[NEVER] * pattern.at_least]
        case Sum():  # the newest part, the sum, the parts
            return [NEVER, 0, *[0] * BUCKETS]
        case Sequence():  # the last step's time, the latest beginning of each length
            return [NEVER] * len(pattern.steps)
        case Absent():  # since when it waits, the last of what it waits for
            return [NEVER, NEVER]
        case Crosses():  # when, and the number
            return [NEVER, 0]
        case Enters():  # when, and whether inside
            return [NEVER, 0]
        case _:
            return []
