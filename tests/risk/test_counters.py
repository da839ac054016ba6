"""Counters hold their limits against whoever else counts."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commit.orders import make_place
from enscene.risk import Counters

KEY = (1, 1, "c", 1, "2026-03-02")


@given(
    start=st.integers(-50, 50),
    adds=st.lists(st.tuples(st.integers(-20, 30), st.none() | st.integers(0, 60)), max_size=12),
)
def test_the_condition_is_exactly_where_the_same_adds_pass(
    start: int, adds: list[tuple[int, int | None]]
) -> None:
    """What a batch relied on holds for a start if and only if every add passes from there."""
    kind = Counters()
    kind._cache[KEY] = start
    tally = kind.open(fresh=False)
    passed = [(amount, limit) for amount, limit in adds if tally.add(KEY, amount, limit=limit)]
    counter = tally.counter(KEY)
    for other in range(start - 40, start + 41):
        value, fits = other, True
        for amount, limit in passed:
            fits = fits and (limit is None or value + amount <= limit)
            value += amount
        assert fits == (counter.least <= other <= counter.most)


async def test_a_limit_holds_against_a_process_with_an_old_memory(pool: Any) -> None:
    place = await make_place(pool)
    here, there = place.writer(), place.writer()
    count = ("count", 1, 5, 20)
    said = []
    for writer in (here, there, here, there, here, there):
        async with asyncio.timeout(20):
            said.append((await writer.submit(place.unit(count))).refused)
    assert said == [False, False, False, False, True, True]
    assert await place.fetch("select value from counter") == 20


async def test_what_a_window_was_given_back_is_there_again(pool: Any) -> None:
    place = await make_place(pool)
    writer = place.writer()
    steps = [(20, False), (1, True), (-5, False), (5, False), (1, True)]
    for amount, refused in steps:
        answer = await writer.submit(place.unit(("count", 1, amount, 20)))
        assert answer.refused is refused
