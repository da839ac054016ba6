"""Ties and whom they join."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enscene.customers.identity.group_parties import grouped

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
