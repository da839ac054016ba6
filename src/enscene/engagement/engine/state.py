"""What is remembered of a customer: one array of whole numbers, and the rows that it is kept as.

[generation of the layout, place in the ring, ids: low halves, high halves, times seen, and for each
rule where its words begin, or 0]; the words of a rule are added when it first has any.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from enscene.engagement.engine.rule import Rule
from enscene.engagement.engine.words import NEVER, blank_of
from enscene.kernel.errors import Invalid

Words: TypeAlias = "array[int]"
RING = 16
REPEATED_WITHIN_US = 2 * 86_400 * 1_000_000
VERSION = 1
_LOW, _HIGH, _SEEN, SLOTS = 2, 2 + RING, 2 + 2 * RING, 2 + 3 * RING
_HALF, _MASK = 1 << 63, (1 << 64) - 1


class Row(msgspec.Struct, array_like=True, frozen=True):
    """A customer's row: of rules only those that remember anything, by their digests."""

    version: int
    kept: bytes
    ids: list[tuple[int, int, int]]
    words: dict[bytes, list[int]]


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Row)


@dataclass(slots=True)
class Layout:
    """Where a set of rules keeps what it remembers."""

    generation: int
    digests: tuple[bytes, ...]
    blanks: tuple[Words, ...]
    slot_of: Mapping[bytes, int] = field(init=False)
    empty: Words = field(init=False)

    def __post_init__(self) -> None:
        self.slot_of = {digest: SLOTS + n for n, digest in enumerate(self.digests)}
        begin = [self.generation, 0, *[0] * (2 * RING), *[NEVER] * RING, *[0] * len(self.digests)]
        self.empty = array("q", begin)

    def fresh(self) -> Words:
        """Of somebody who is new."""
        return self.empty[:]

    def room(self, state: Words, slot: int) -> int:
        """Make room for a rule's words; where they begin."""
        begin = state[slot] = len(state)
        state.extend(self.blanks[slot - SLOTS])
        return begin

    def parts(self, state: Words) -> Iterator[tuple[bytes, Sequence[int]]]:
        """The words of each rule that remembers anything."""
        for digest, blank, slot in zip(
            self.digests, self.blanks, self.slot_of.values(), strict=True
        ):
            if begin := state[slot]:
                words = state[begin : begin + len(blank)]
                if words != blank:
                    yield digest, words

    def filled(self, ids: Words | None, words: Mapping[bytes, Sequence[int]]) -> Words:
        """A state with these words; those of rules that are no more are dropped."""
        state = self.fresh()
        if ids is not None:
            state[1:SLOTS] = ids
        for digest, slot in self.slot_of.items():
            found = words.get(digest)
            if found is not None and len(found) == len(self.blanks[slot - SLOTS]):
                state[slot] = len(state)
                state.extend(found)
        return state


def layout_of(rules: Sequence[Rule], generation: int) -> Layout:
    """The layout of rules, of those that remember."""
    blanks = {rule.digest(): blank_of(rule.pattern) for rule in rules}
    remembering = {digest: blank for digest, blank in blanks.items() if blank}
    return Layout(generation, tuple(remembering), tuple(remembering.values()))


def is_repeat(state: Words, number: int, seen_us: int) -> bool:
    """Whether the id is among the last of the customer, and not too old; else it is remembered."""
    low, high = (number & _MASK) - _HALF, (number >> 64 & _MASK) - _HALF
    if low in state[_LOW:_HIGH]:
        since = seen_us - REPEATED_WITHIN_US
        for place in range(_LOW, _HIGH):
            found = state[place] == low and state[place + RING] == high
            if found and state[place + 2 * RING] >= since:
                return True
    place = state[1]
    state[_LOW + place] = low
    state[_HIGH + place] = high
    state[_SEEN + place] = seen_us
    state[1] = place + 1 if place + 1 < RING else 0
    return False


def write_row(layout: Layout, state: Words, kept: bytes) -> bytes:
    """The state as a row: of states that remember the same it is the same."""
    order = [*range(state[1], RING), *range(state[1])]
    ids = [
        (state[_LOW + n], state[_HIGH + n], state[_SEEN + n])
        for n in order if state[_SEEN + n] != NEVER
    ]  # fmt: skip
    words = {digest: list(found) for digest, found in sorted(layout.parts(state))}
    return _ENCODER.encode(Row(VERSION, kept, ids, words))


def read_row(layout: Layout, row: bytes) -> tuple[Words, bytes]:
    """The state of a row, and what the decider keeps. Raises: Invalid (no row of this version)."""
    try:
        read = _DECODER.decode(row)
    except msgspec.DecodeError as error:
        raise Invalid("this is no row of a state", code="engine.row") from error
    if read.version != VERSION:
        raise Invalid(f"rows are of version {VERSION}", code="engine.row")
    ids = layout.fresh()[1:SLOTS]
    for place, (low, high, seen_us) in enumerate(read.ids[-RING:]):
        ids[_LOW - 1 + place], ids[_HIGH - 1 + place], ids[_SEEN - 1 + place] = low, high, seen_us
    ids[0] = len(read.ids[-RING:]) % RING
    return layout.filled(ids, read.words), read.kept


def moved(layout: Layout, old: Layout, state: Words) -> Words:
    """A state under another set of rules."""
    return layout.filled(state[1:SLOTS], dict(old.parts(state)))
