"""The risk of a counterparty, from how it has paid."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.capabilities import Due, assess
from enscene.kernel.errors import Refused

TODAY = date(2026, 3, 10)


def bill(ago: int, late: int | None, minor: int = 1_000) -> Due:
    """Due so many days ago; paid so many days late (before: negative), or not at all."""
    due = TODAY - timedelta(days=ago)
    return Due(due, None if late is None else due + timedelta(days=late), minor)


BILLS = st.lists(
    st.builds(bill, st.integers(1, 700), st.one_of(st.none(), st.integers(-30, 0))), min_size=3,
    max_size=40,
)  # fmt: skip


def test_who_pays_in_time_is_better_than_who_does_not() -> None:
    usual = [bill(30 * n, 0 if n % 5 else 10) for n in range(1, 21)]
    good = assess([bill(12 * n, -1) for n in range(1, 31)], usual, TODAY)
    bad = assess([bill(12 * n, 11) for n in range(1, 31)], usual, TODAY)
    assert (good.grade, good.on_time, good.late, good.days_late) == ("A", 30, 0, None)
    assert (bad.grade, bad.on_time, bad.late, bad.days_late) == ("E", 0, 30, 11)
    assert good.reasons == ("more_punctual_than_others",)
    assert bad.reasons == ("later_than_others",)


def test_what_is_open_and_overdue_is_at_risk() -> None:
    own = [bill(90, 0), bill(60, 0), bill(30, None, 500), Due(TODAY, None, 700)]
    found = assess(own, [], TODAY)
    assert (found.open, found.open_minor, found.overdue, found.overdue_minor) == (2, 1_200, 1, 500)
    assert found.at_risk == round(1_200 * found.late_chance)
    assert (found.days_late_most, found.reasons[:2]) == (30, ("overdue_now", "late_30_days"))


def test_late_for_three_months_is_never_good() -> None:
    own = [bill(10 * n, 0) for n in range(1, 60)] + [bill(700, 100)]
    found = assess(own, [], TODAY)
    assert found.late_chance < 0.1
    assert (found.grade, found.reasons[0]) == ("D", "late_90_days")


@given(BILLS, st.data())
def test_one_more_bill_paid_late_is_never_better(bills: list[Due], data: st.DataObject) -> None:
    before = assess(bills, [], TODAY)
    worse = assess([*bills, bill(data.draw(st.integers(1, 700)), 1)], [], TODAY)
    assert worse.late_chance >= before.late_chance - 1e-12
    assert 0 < before.late_chance < 1
    assert before.on_time + before.late + before.open == before.bills


@given(st.lists(st.integers(1, 700), min_size=3, max_size=40))
def test_of_newer_lateness_more_is_made(days: list[int]) -> None:
    punctual = [bill(ago, 0) for ago in days]
    old = assess([*punctual, bill(600, 5)], [], TODAY)
    new = assess([*punctual, bill(20, 5)], [], TODAY)
    assert new.late_chance > old.late_chance


def test_nobody_is_judged_by_two_bills_or_by_bills_that_are_not_due() -> None:
    own = [bill(30, 0), bill(20, 0), Due(TODAY + timedelta(days=5), None, 900)]
    with pytest.raises(Refused) as caught:
        assess(own, [], TODAY)
    assert caught.value.facts == {"have": 2, "need": 3, "of": "bills"}
