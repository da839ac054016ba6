from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.calendar import DueDay, WorkingDay, add_working_days, is_working_day
from enscene.kernel.errors import Invalid

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def test_china_works_some_weekends_for_its_holidays() -> None:
    assert not is_working_day(date(2026, 10, 1)), "National Day, a Thursday"
    assert is_working_day(date(2026, 10, 10)), "a Saturday worked in exchange"
    assert not is_working_day(date(2026, 10, 11))
    assert is_working_day(date(2026, 10, 12)) == WorkingDay(working=True, certain=True)


def test_years_not_published_count_weekends_only_and_say_so() -> None:
    assert is_working_day(date(2040, 10, 1)) == WorkingDay(working=True, certain=False)
    assert is_working_day(date(2040, 10, 6)) == WorkingDay(working=False, certain=False)
    assert add_working_days(date(2026, 12, 30), 3).certain is False
    assert add_working_days(date(2026, 6, 1), 3).certain is True
    from_before_the_notices = add_working_days(date(2003, 12, 31), 2)
    assert from_before_the_notices.day.year == 2004
    assert from_before_the_notices.certain is False


def test_other_regions_have_their_own_holidays() -> None:
    assert not is_working_day(date(2026, 7, 3), "US"), "Independence Day, observed on Friday"
    assert is_working_day(date(2026, 7, 3), "SG")
    assert not is_working_day(date(2026, 8, 10), "SG"), "National Day, observed on Monday"
    assert not is_working_day(date(2026, 3, 31), "US-CA"), "Cesar Chavez Day"
    assert is_working_day(date(2026, 3, 31), "US-NY")


def test_counting_skips_holidays() -> None:
    assert add_working_days(date(2026, 9, 30), 1) == DueDay(date(2026, 10, 8), certain=True)
    assert add_working_days(date(2026, 9, 30), 3) == DueDay(date(2026, 10, 10), certain=True)
    assert add_working_days(date(2026, 9, 30), 0) == DueDay(date(2026, 9, 30), certain=True)
    assert add_working_days(date(2026, 10, 1), 0) == DueDay(date(2026, 10, 8), certain=True)


@given(DAYS, st.integers(0, 60))
def test_the_days_between_hold_the_number_counted(day: date, count: int) -> None:
    due = add_working_days(day, count)
    after = [day + timedelta(days=step) for step in range(1, (due.day - day).days + 1)]
    worked = sum(is_working_day(each).working for each in after)
    assert is_working_day(due.day)
    assert worked == (count or (0 if is_working_day(day) else 1))
    walked = [day, *after]
    assert due.certain == all(is_working_day(each).certain for each in walked)


@pytest.mark.parametrize("region", ["XX", "cn", "", "CHN", "US-ZZ", "US-"])
def test_unknown_regions_are_refused(region: str) -> None:
    with pytest.raises(Invalid) as caught:
        is_working_day(date(2026, 1, 1), region)
    assert caught.value.code == "calendar.unknown_region"


@pytest.mark.parametrize("count", [-1, 2_001])
def test_counts_are_bounded(count: int) -> None:
    with pytest.raises(Invalid):
        add_working_days(date(2026, 1, 1), count)
