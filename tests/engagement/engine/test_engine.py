"""Whatever comes in whatever order: the engine fires what reading everything again says."""

from __future__ import annotations

import gc
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.engine.given import CENTRE, FAR, S, engine_of, every_pattern, happening, told_of
from engagement.engine.naive import answers
from enscene.engagement.engine import Engine, Happening, Rests

END_US = 10_000 * S


@st.composite
def logs(draw: Any) -> list[Happening]:
    """Events of three customers, some late, some again, some before others that came earlier."""
    log: list[Happening] = []
    seen_s = 1_000
    for number in range(draw(st.integers(1, 45))):
        seen_s += draw(st.sampled_from((0, 1, 1, 3, 8, 20)))
        if log and draw(st.integers(0, 9)) == 0:
            old = log[draw(st.integers(0, len(log) - 1))]
            again = Happening(old.id, old.customer, old.at_us, seen_s * S, old.kind, old.facts, old.place)  # fmt: skip
            log.append(again)
            continue
        log.append(happening(
            number, draw(st.sampled_from("aabbc")),
            seen_s - draw(st.sampled_from((0, 0, 0, 0, 0, 1, 4, 9, 10, 11, 30, 118, 119, 120, 121))), seen_s=seen_s,
            customer=draw(st.integers(1, 3)), amount=draw(st.integers(-3, 9)),
            place=draw(st.sampled_from((None, CENTRE, FAR, (CENTRE[0] + 400, CENTRE[1])))),
        ))  # fmt: skip
    return log


def run(engine: Engine, log: list[Happening], *, end: bool = True) -> list[Any]:
    made = engine.apply(log).decisions
    return [*made, *engine.tick(END_US).decisions] if end else made


@settings(max_examples=300)
@given(logs())
def test_it_fires_what_reading_everything_again_says(log: list[Happening]) -> None:
    made = run(engine_of(every_pattern()), log)
    assert sorted(told_of(made), key=repr) == answers(every_pattern(), log, END_US)
    assert all(a.at_us <= b.at_us for a, b in pairwise(made))


@settings(max_examples=60)
@given(logs(), st.integers(0, 45), st.integers(1, 7))
def test_a_snapshot_anywhere_and_pages_of_any_size_change_nothing(
    log: list[Happening], cut: int, size: int
) -> None:
    whole = engine_of(every_pattern())
    wanted = [each.decision for each in run(whole, log)]
    first, second = engine_of(every_pattern()), engine_of(every_pattern())
    made = run(first, log[:cut], end=False)
    second.put_general(first.general())
    for customer in first.customers():
        second.put_state(customer, first.state_of(customer))
    for begin in range(cut, len(log), size):
        made += second.apply(log[begin : begin + size]).decisions
    made += second.tick(END_US).decisions
    assert [each.decision for each in made] == wanted
    assert second.general() == whole.general()
    for customer in second.customers():
        assert second.state_of(customer) == whole.state_of(customer)


@settings(max_examples=60)
@given(logs())
def test_two_slices_of_the_customers_make_the_same_together(log: list[Happening]) -> None:
    whole = run(engine_of(every_pattern()), log)
    parts = [
        each
        for odd in (0, 1)
        for each in run(engine_of(every_pattern()), [e for e in log if e.customer % 2 == odd])
    ]
    assert sorted(parts, key=repr) == sorted(whole, key=repr)


@settings(max_examples=60)
@given(logs())
def test_only_those_told_of_have_changed(log: list[Happening]) -> None:
    engine = engine_of(every_pattern())
    before: dict[int, bytes] = {}
    for event in log:
        changed = set(engine.apply([event]).changed)
        after = {customer: engine.state_of(customer) for customer in engine.customers()}
        assert {c for c in after if after[c] != before.get(c)} == changed
        before = after


@settings(max_examples=40)
@given(logs())
def test_the_same_page_again_changes_and_decides_nothing(log: list[Happening]) -> None:
    log = log[:15]
    engine = engine_of(every_pattern())
    engine.apply(log)
    rows = {customer: engine.state_of(customer) for customer in engine.customers()}
    again = engine.apply(log)
    assert (again.decisions, again.changed) == ([], [])
    assert rows == {customer: engine.state_of(customer) for customer in engine.customers()}


def test_a_state_may_be_elsewhere_meanwhile() -> None:
    engine = engine_of(every_pattern())
    engine.apply([happening(1, "a", 1_000, customer=7)])
    assert engine.due(7) == 1_015 * S
    assert engine.missing([8, 7, 8]) == [8]
    row = engine.state_of(7)
    engine.forget([7])
    assert engine.missing([7]) == [7]
    engine.put_state(7, row)
    made = engine.apply([happening(2, "c", 1_016, customer=8)]).decisions
    assert [each[2] for each in told_of(made)] == ["absent"]
    assert engine.due(7) is None


def test_a_row_remembers_the_last_ids_in_their_order() -> None:
    whole = engine_of(every_pattern())
    whole.apply([happening(n, "a", n) for n in range(20)])
    other = engine_of(every_pattern())
    other.put_state(1, whole.state_of(1))
    for engine in (whole, other):
        assert engine.apply([happening(4, "a", 20)]).changed == []
        assert engine.apply([happening(20, "a", 20), happening(5, "a", 21)]).changed == [1]
        assert engine.repeats == 2
    assert whole.state_of(1) == other.state_of(1)


def test_the_collector_looks_between_pages_and_never_within() -> None:
    phases: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        phases.append(phase)

    before = gc.get_threshold()
    try:
        with Rests.kept(objects=1_000) as rests:
            gc.callbacks.append(note)
            held = [[n] for n in range(100_000)]
            assert not phases
            rests.rest()
            assert phases == ["start", "stop"]
            assert rests.longest_s > 0
            rests.rest()
            assert len(phases) == 2
            assert held
    finally:
        gc.callbacks.remove(note)
        gc.unfreeze()
        gc.set_threshold(*before)


def test_the_decider_is_told_of_what_it_asked_for() -> None:
    engine = engine_of(every_pattern())
    applied = engine.apply([happening(1, "told", 5), happening(2, "nobody asks", 6, customer=2)])
    assert applied.changed == [1]
    assert list(engine.customers()) == [1]
    assert engine.state_of(1) != engine_of(every_pattern()).state_of(1)


@pytest.mark.parametrize("row", [b"", b"\xc1", b"\x94\x02\xc4\x00\x90\x80"])
def test_rows_that_are_none_are_refused(row: bytes) -> None:
    from enscene.kernel.errors import Invalid

    with pytest.raises(Invalid, match=r"row|rows"):
        engine_of(()).put_state(1, row)
    with pytest.raises(Invalid, match=r"row|rows"):
        engine_of(()).put_general(row)
