"""Capacity routing: few managers for many customers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enscene.work import Need, route_task
from enscene.work.route_task import CAPACITY, LOW

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
