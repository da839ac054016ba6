"""Ties and whom they join."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from enscene.customers.identity.group_parties import Groups


def grouped(parties: Iterable[int], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    groups = Groups(parties)
    for pair in pairs:
        groups.join(pair)
    return groups.customers()


PAIRS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda p: tuple(sorted(p))))


@given(PAIRS)
def test_who_can_be_reached_is_one_and_the_least_leads(pairs: list[tuple[int, int]]) -> None:
    found = grouped(range(21), pairs)
    for start in range(21):
        reached, more = {start}, True
        while more:
            wider = (
                reached
                | {b for a, b in pairs if a in reached}
                | {a for a, b in pairs if b in reached}
            )
            more, reached = wider != reached, wider
        assert {party for party in range(21) if found[party] == found[start]} == reached
        assert found[start] == min(reached)


@given(PAIRS, st.randoms())
def test_the_order_of_ties_does_not_matter(pairs: list[tuple[int, int]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert grouped(range(21), pairs) == grouped(range(21), shuffled)


def test_numbers_of_which_nobody_has_two_keep_apart_along_the_whole_chain() -> None:
    groups = Groups(range(6))
    groups.hold(0, "ric", b"x")
    groups.hold(2, "ric", b"y")
    groups.hold(3, "bank_number", b"y")
    groups.join((0, 1))
    assert groups.differ((1, 2))
    assert not groups.differ((1, 3))
    groups.join((3, 4))
    groups.join((4, 1))
    assert groups.differ((3, 2))
    assert groups.are_one((0, 4))
    assert not groups.differ((5, 2))
