"""Capacity routing: few managers for many customers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enscene.work import Need, route_task
from enscene.work.route_task import CAPACITY, LOW, Line

needs = st.builds(
    Need,
    amount=st.integers(0, 10**9),
    stuck=st.booleans(),
    trouble=st.booleans(),
    elderly=st.booleans(),
    insists=st.booleans(),
)
loads = st.dictionaries(st.sampled_from("abc"), st.integers(0, CAPACITY + 5))


@given(needs, loads)
def test_nobody_gets_more_than_there_is_room_for(need: Need, load: dict[str, int]) -> None:
    route = route_task(need, ["a", "b", "c"], load)
    if route.staff is not None:
        assert load.get(route.staff, 0) < CAPACITY
        assert load.get(route.staff, 0) == min(load.get(name, 0) for name in "abc")
    if route.automatic:
        assert route.staff is None


@given(needs)
def test_who_asks_for_a_person_gets_one(need: Need) -> None:
    route = route_task(need, ["a"], {})
    assert route.automatic is (need.points < LOW and not need.insists)
    assert 0 <= need.points <= 100


def test_the_line_of_all_takes_who_finds_no_room() -> None:
    route = route_task(Need(stuck=True), ["a"], {"a": CAPACITY})
    assert (route.automatic, route.staff) == (False, None)


lines = st.builds(Line, st.none() | st.integers(0, 10**6), st.integers(0, 10**6))


@given(needs, lines)
def test_small_needs_alone_are_served_without_a_person_and_the_reason_says_why(
    need: Need, line: Line
) -> None:
    route = route_task(need, ["a"], {}, line)
    long = line.wait_s is None or line.wait_s > line.over_s
    assert route.automatic is (need.points < LOW and not need.insists and (long or not line.over_s))
    assert route.why == ("" if not route.automatic else "long_wait" if line.over_s else "low_need")


@given(lines)
def test_however_long_the_line_a_person_is_there_for_who_asks_is_stuck_or_in_trouble(
    line: Line,
) -> None:
    for need in (Need(insists=True), Need(stuck=True), Need(trouble=True), Need(elderly=True)):
        assert not route_task(need, ["a"], {}, line).automatic
