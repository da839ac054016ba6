"""How long each side has an incident, as it is without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners.incidents import LIMITS, SIDES, Incident, Step, incident_id
from enscene.partners.incidents.incident import check_words

BEGAN = datetime(2026, 11, 23, tzinfo=UTC)


def incident(moves, spent, *, closed: bool, severity="middle") -> Incident:
    """Moves are (seconds after the one before, side); `spent` seconds follow the last."""
    at, steps = BEGAN, []
    for number, (after, side) in enumerate(moves):
        at += timedelta(seconds=after if number else 0)
        act = "handed_over" if number else "opened"
        steps += [Step(at, act, "bank", "li", side, "x"), Step(at, "noted", "bank", "li", side, "")]
    ends = at + timedelta(seconds=spent)
    if closed:
        steps.append(Step(ends, "closed", "bank", "li", moves[-1][1], "a cause"))
    return Incident(
        id=new_uuid(), partner=new_uuid(), clause=None, title="t", severity=severity,
        responsible=moves[-1][1], since=at, opened_at=BEGAN, closed_at=ends if closed else None,
        steps=tuple(steps),
    )  # fmt: skip


MOVES = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(SIDES)), min_size=1, max_size=9)


@given(MOVES, st.integers(0, 10**6), st.booleans())
def test_the_times_of_both_sides_are_the_whole(moves, spent, closed):
    known = incident(moves, spent, closed=closed)
    ends = known.since + timedelta(seconds=spent)
    held = known.held(ends)
    assert sum(held.values(), timedelta()) == ends - BEGAN
    assert held[known.responsible] >= timedelta(seconds=spent)
    if {side for _, side in moves} == {"bank"}:
        assert held["partner"] == timedelta()
    later = known.held(ends + timedelta(days=1))
    assert (later == held) == closed


@pytest.mark.parametrize("severity", LIMITS)
def test_it_is_over_its_time_when_its_severity_says_so(severity):
    known = incident([(0, "bank")], 0, closed=False, severity=severity)
    assert not known.over(BEGAN + LIMITS[severity])
    assert known.over(BEGAN + LIMITS[severity] + timedelta(seconds=1))
    ended = incident([(0, "bank")], 10**7, closed=True, severity=severity)
    assert not ended.over(BEGAN + timedelta(days=900))
    assert ended.cause == "a cause"


@pytest.mark.parametrize("text", ["", " ", "x" * 21, "a\0b", "a\x1bb", "a\u202eb", "a\ud800"])
def test_words_that_cannot_be_shown_are_refused(text):
    with pytest.raises(Invalid) as told:
        check_words(text, "note", 1, 20)
    assert told.value.param == "note"
    for good in ("a\nb", "网点\u3000故障", "👩\u200d🔧"):
        assert check_words(f" {good} ", "note", 1, 20) == good


@given(st.text(max_size=60))
def test_any_other_text_is_no_incident(text):
    with pytest.raises(NotFound):
        incident_id(text)
