"""What each pattern does with an event: look, remember, and say the number if it fires.

A step takes the state, where the rule's words begin in it, and the event; None is "does not fire".
Each is one closure, for it runs some 25 times an event.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from enscene.engagement.engine.grid import Grid
from enscene.engagement.engine.happening import Happening
from enscene.engagement.engine.pattern import (
    AMOUNT_MOST,
    BUCKETS,
    Absent,
    Count,
    Crosses,
    Enters,
    Pattern,
    Sequence,
    Sum,
    Told,
    of_kind,
)
from enscene.engagement.engine.reading import Known, Read, reader_of
from enscene.engagement.engine.words import NEVER
from enscene.kernel.expressions import ExpressionError

Words: TypeAlias = "array[int]"
Step: TypeAlias = Callable[[Words, int, Happening], "int | None"]
Fired: TypeAlias = Callable[[Words, int, Happening], None]
"""What is remembered of having fired."""
NOTHING_SAID = array("q", [0] * BUCKETS)
_TOTAL_MOST = 1 << 62


@dataclass(frozen=True, slots=True)
class Tools:
    """What a step may need: what is known of customers, where errors count, and deadlines."""

    known: Known
    err: Callable[[], None]
    wait: Callable[[int, int], None]
    tolerance_us: int
    grid: Grid | None = None

    def reader(self, told: Told, kind: str) -> Read:
        """How an expression is asked for events of a kind."""
        return reader_of(of_kind(told, kind), self.known)


def step_of(pattern: Pattern, kind: str, tools: Tools) -> Step:
    """The step of a pattern for events of a kind."""
    match pattern:
        case Count():
            return _count(pattern, kind, tools)
        case Sum():
            return _sum(pattern, kind, tools)
        case Sequence():
            return _sequence(pattern, kind)
        case Absent():
            return _absent(pattern, kind, tools)
        case Crosses():
            return _crosses(pattern, kind, tools)
        case Enters():
            assert tools.grid is not None
            return _enters(tools.grid)
        case _:
            return lambda state, at, event: 0


def fired_of(pattern: Pattern) -> Fired | None:
    """What a pattern remembers of having fired, if anything."""
    if isinstance(pattern, Sequence):
        anew = array("q", [NEVER] * (len(pattern.steps) - 1))

        def begin_anew(state: Words, at: int, event: Happening) -> None:
            state[at + 1 : at + 1 + len(anew)] = anew

        return begin_anew
    if isinstance(pattern, Count) and pattern.again_after_us is not None:

        def note(state: Words, at: int, event: Happening) -> None:
            state[at + 1] = max(state[at + 1], event.at_us)

        return note
    return None


def grid_of(pattern: Pattern) -> Grid | None:
    """The grid of its places, if it has any."""
    return Grid(pattern.places, pattern.metres) if isinstance(pattern, Enters) else None


def _count(pattern: Count, kind: str, tools: Tools) -> Step:
    size, within, again = pattern.at_least, pattern.within_us, pattern.again_after_us
    only = None if pattern.only is None else tools.reader(pattern.only, kind)
    err = tools.err

    def step(state: Words, at: int, event: Happening) -> int | None:
        if only is not None:
            try:
                if not only(event.facts, event.customer, 0):
                    return None
            except ExpressionError:
                err()
                return None
        when, head, ring = event.at_us, state[at], at + 2
        oldest = state[ring + head]
        newest = state[ring + head - 1] if head else state[ring + size - 1]
        if when >= newest:
            state[ring + head] = when
            head = head + 1 if head + 1 < size else 0
            state[at] = head
            since = when - within
        elif when <= oldest:
            return None
        else:
            since, head = newest - within, 0
            state[ring : ring + size] = array("q", sorted((*state[ring : ring + size], when))[1:])
            state[at] = 0
        if state[ring + head] < since:
            return None
        if again is None:
            return None if oldest >= since else size
        return size if when >= state[at + 1] + again else None

    return step


def _sum(pattern: Sum, kind: str, tools: Tools) -> Step:
    reaches, part = pattern.reaches, pattern.within_us // BUCKETS
    amount_of, err = tools.reader(pattern.field, kind), tools.err

    def advance(state: Words, at: int, parts: int) -> int:
        """Forget what has become too old; the sum of what is left."""
        first = at + 2
        if parts >= BUCKETS:
            state[first : first + BUCKETS] = NOTHING_SAID
            return 0
        total, place = state[at + 1], (state[at] + 1) % BUCKETS
        for begin, end in ((place, min(place + parts, BUCKETS)), (0, place + parts - BUCKETS)):
            if end > begin:
                total -= sum(state[first + begin : first + end])
                state[first + begin : first + end] = NOTHING_SAID[: end - begin]
        return total

    def step(state: Words, at: int, event: Happening) -> int | None:
        try:
            amount = amount_of(event.facts, event.customer, 0)
        except ExpressionError:
            err()
            return None
        if not -AMOUNT_MOST <= amount <= AMOUNT_MOST:
            err()
            return None
        bucket = event.at_us // part
        newest, total = state[at], state[at + 1]
        if bucket > newest:
            total = state[at + 1] = advance(state, at, bucket - newest)
            state[at] = bucket
        elif bucket <= newest - BUCKETS:
            return None
        after: int = total + amount
        if not -_TOTAL_MOST <= after <= _TOTAL_MOST:
            err()
            return None
        state[at + 1] = after
        state[at + 2 + bucket % BUCKETS] += amount
        return after if total < reaches <= after else None

    return step


def _sequence(pattern: Sequence, kind: str) -> Step:
    within, last = pattern.within_us, len(pattern.steps) - 1
    places = [place for place in range(last, -1, -1) if pattern.steps[place] == kind]

    def step(state: Words, at: int, event: Happening) -> int | None:
        when = event.at_us
        if when < state[at]:
            return None
        state[at] = when
        done = None
        for place in places:
            if not place:
                state[at + 1] = when
            elif place < last:
                state[at + place + 1] = state[at + place]
            elif state[at + place] >= when - within:
                done = last + 1
        return done

    return step


def _absent(pattern: Absent, kind: str, tools: Tools) -> Step:
    ends, begins = kind in pattern.without, kind in pattern.after
    within, tolerance, wait = pattern.within_us, tools.tolerance_us, tools.wait

    def step(state: Words, at: int, event: Happening) -> int | None:
        when, last = event.at_us, state[at + 1]
        if ends:
            if when >= state[at]:
                state[at] = NEVER
            if when > last:
                state[at + 1] = when
        if begins and state[at] == NEVER and when >= last:
            due = when + within
            if due > event.seen_us or event.seen_us - when <= tolerance:
                state[at] = when
                wait(due, event.customer)
        return None

    return step


def _crosses(pattern: Crosses, kind: str, tools: Tools) -> Step:
    falls = pattern.below is not None
    bound = pattern.below if pattern.below is not None else pattern.above
    assert bound is not None
    number_of, err = tools.reader(pattern.field, kind), tools.err

    def step(state: Words, at: int, event: Happening) -> int | None:
        try:
            number: int = number_of(event.facts, event.customer, 0)
        except ExpressionError:
            err()
            return None
        if not -AMOUNT_MOST <= number <= AMOUNT_MOST:
            err()
            return None
        before, when = state[at], event.at_us
        if when < before:
            return None
        last = state[at + 1]
        state[at], state[at + 1] = when, number
        if before == NEVER:
            return None
        crossed = last >= bound > number if falls else last <= bound < number
        return number if crossed else None

    return step


def _enters(grid: Grid) -> Step:
    near = grid.near

    def step(state: Words, at: int, event: Happening) -> int | None:
        place = event.place
        if place is None or event.at_us < state[at]:
            return None
        was, inside = state[at + 1], near(place[0], place[1])
        state[at], state[at + 1] = event.at_us, inside
        return 1 if inside and not was else None

    return step
