"""Due days, states and figures of clauses, as they are without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners.clauses import Clause, Given, Period, clause_id
from enscene.partners.clauses.find_clauses import standing_of
from enscene.partners.clauses.take_return import _clean, _merge, check_fields

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FIRST = date(2026, 11, 23)


def clause(**changes) -> Clause:
    values = {
        "id": new_uuid(), "partner": new_uuid(), "kind": "return", "title": "orders",
        "purpose": "risk", "fields": ("city", "amount"), "every_days": 7, "first_due": FIRST,
        "expected": 2, "complete": 50, "side": "partner", "severity": "middle", "made_at": NOW,
        "made_by": "checker@bank",
    }  # fmt: skip
    return Clause(**values | changes)


@given(st.integers(0, 40), st.integers(-30, 400))
def test_the_running_day_is_the_first_due_one_that_has_not_passed(every, after):
    known, today = clause(every_days=every), FIRST + timedelta(days=after)
    running = known.running(today)
    days = list(known.due_days(running))
    assert days[-1] == running
    assert all(known.owes(day, today) for day in days)
    assert not known.owes(running + timedelta(days=max(1, every)), today)
    if every:
        assert running >= today
        assert all(day < today for day in days[:-1])
    else:
        assert days == [FIRST]


@given(st.integers(1, 9), st.integers(0, 60), st.sets(st.integers(0, 60)))
def test_missed_are_the_days_that_passed_and_were_not_met(every, after, met):
    known, today = clause(every_days=every), FIRST + timedelta(days=after)
    periods = {
        day: Period(day, met_at=NOW) for day in known.due_days(today) if (day - FIRST).days in met
    }
    standing = standing_of(known, periods, today)
    passed = [day for day in known.due_days(today) if day < today]
    assert standing.missed == len([day for day in passed if day not in periods])
    assert (standing.state == "missed") == bool(standing.missed)


def test_a_day_is_missed_on_the_next_one():
    period = Period(FIRST)
    assert period.state(FIRST) == "due"
    assert period.state(FIRST + timedelta(days=1)) == "missed"
    assert Period(FIRST, met_at=NOW).state(FIRST + timedelta(days=9)) == "met"


def test_enough_is_the_number_and_every_field():
    known = clause()
    assert known.enough(2, {"city": 1, "amount": 2})
    assert not known.enough(1, {"city": 1, "amount": 1})
    assert not known.enough(3, {"city": 1, "amount": 3})
    assert not known.enough(2, {"city": 2})
    assert Period(FIRST, 3, {"city": 1}).percent("city") == 33
    assert Period(FIRST).percent("city") == 0


def test_an_ended_clause_owes_nothing_after_its_end():
    known = clause(every_days=1, ended_on=FIRST + timedelta(days=1))
    later = FIRST + timedelta(days=9)
    assert known.owes(FIRST + timedelta(days=1), later)
    assert not known.owes(FIRST + timedelta(days=2), later)
    assert standing_of(known, {}, later).state == "ended"
    assert len(standing_of(known, {}, later).periods) == 2


RECORDS = st.lists(
    st.builds(
        Given,
        st.sampled_from(["a", "b"]),
        st.dictionaries(st.sampled_from(["city", "amount"]), st.just("x"), max_size=2),
    ),
    max_size=8,
)


@given(RECORDS, st.randoms())
def test_the_order_and_the_number_of_times_change_nothing(records, random):
    """What agrees with itself comes out the same in whatever order, and once more adds nothing."""
    once, filled, fresh = _merge(records, {})
    shuffled = random.sample(records, len(records))
    again, filled_again, fresh_again = _merge([*shuffled, *records], {})
    assert (once, filled, fresh) == (again, filled_again, fresh_again)
    assert _merge(records, once) == ({}, {}, 0)
    for name in ("city", "amount"):
        assert filled[name] == sum(name in fields for fields in once.values())


@pytest.mark.parametrize(("one", "other"), [("x", "y"), (1, True), (0, False), (1, 2)])
def test_another_value_is_told_and_not_taken(one, other):
    with pytest.raises(Conflict) as told:
        _merge([Given("a", {"city": other})], {"a": {"city": one}})
    assert told.value.param == "records.0"


def test_a_field_that_was_not_agreed_is_named():
    with pytest.raises(Invalid) as told:
        check_fields(clause(), [Given("a", {"city": "x"}), Given("b", {"phone": "1"})])
    assert (told.value.code, told.value.param) == ("return.field", "records.1.fields.phone")


@pytest.mark.parametrize("value", ["x" * 201, "a\0b", "a\nb", 2**53, -(2**53)])
def test_values_that_cannot_be_kept_are_named(value):
    with pytest.raises(Invalid) as told:
        _clean(Given("a", {"city": value}), 3)
    assert told.value.param == "records.3.fields.city"


def test_empty_is_as_good_as_not_there():
    assert _clean(Given("a", {"city": " ", "amount": None}), 0).fields == {}
    assert _clean(Given("a", {"city": 0, "amount": False}), 0).fields == {
        "city": 0,
        "amount": False,
    }


@given(st.text(max_size=60))
def test_any_other_text_is_no_clause(text):
    with pytest.raises(NotFound):
        clause_id(text)
