"""Interest: worked examples of the rules, and that nothing is lost between two days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.shelf.day_count import DayCount, months_later
from enscene.shelf.interest import MILLION, Accrual, interest_of, rate_ppm, rate_text

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
counts = st.sampled_from(DayCount)


@pytest.mark.parametrize(
    ("count", "start", "end", "expected"),
    [
        # The examples of ISDA's memorandum on 30/360 for end-of-month dates.
        (DayCount.THIRTY_360, (2007, 1, 15), (2007, 1, 30), 15),
        (DayCount.THIRTY_360, (2007, 1, 15), (2007, 2, 15), 30),
        (DayCount.THIRTY_360, (2007, 1, 15), (2007, 7, 15), 180),
        (DayCount.THIRTY_360, (2007, 9, 30), (2008, 3, 31), 180),
        (DayCount.THIRTY_360, (2007, 9, 30), (2007, 10, 31), 30),
        (DayCount.THIRTY_360, (2007, 9, 30), (2008, 9, 30), 360),
        (DayCount.THIRTY_360, (2007, 1, 15), (2007, 1, 31), 15),
        (DayCount.THIRTY_360, (2007, 1, 31), (2007, 2, 28), 28),
        (DayCount.THIRTY_360, (2007, 2, 28), (2007, 3, 31), 32),
        (DayCount.THIRTY_360, (2008, 2, 29), (2009, 2, 28), 359),
        (DayCount.ACT_365, (2023, 2, 28), (2024, 2, 28), 365),
        (DayCount.ACT_365, (2024, 2, 28), (2025, 2, 28), 366),
        (DayCount.ACT_360, (2024, 2, 28), (2024, 3, 1), 2),
    ],
)
def test_days_between(
    count: DayCount, start: tuple[int, int, int], end: tuple[int, int, int], expected: int
) -> None:
    assert count.days(date(*start), date(*end)) == expected


@given(counts, days, days, days)
def test_days_of_neighbouring_periods_add_up(count: DayCount, a: date, b: date, c: date) -> None:
    assert count.days(a, b) + count.days(b, c) == count.days(a, c)


def test_a_month_later_is_the_same_day_or_the_last_of_the_month() -> None:
    start = date(2024, 1, 31)
    assert [months_later(start, n) for n in (1, 2, 3, 11, 13)] == [
        date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30), date(2024, 12, 31),
        date(2025, 2, 28),
    ]  # fmt: skip


def test_worked_examples() -> None:
    # 10,000.00 at 1.5 % for a year and for 90 days; 30/360 gives every month the same.
    year = interest_of(
        1_000_000, rate_ppm("1.5%"), date(2025, 1, 1), date(2026, 1, 1), DayCount.ACT_365
    )
    assert year == 15_000
    quarter = interest_of(
        1_000_000, rate_ppm("1.5%"), date(2025, 1, 1), date(2025, 4, 1), DayCount.ACT_365
    )
    assert quarter == 3_699  # 10,000 x 1.5 % x 90/365 = 36.986...
    february = interest_of(
        1_000_000, rate_ppm("1.5%"), date(2025, 2, 1), date(2025, 3, 1), DayCount.THIRTY_360
    )
    assert february == 1_250


@given(
    counts,
    st.integers(0, 10**15),
    st.integers(0, 400_000),
    days,
    st.lists(st.integers(0, 40), max_size=60),
)
def test_day_by_day_is_as_much_as_in_one_go(
    count: DayCount, principal: int, rate: int, start: date, steps: list[int]
) -> None:
    often, once = Accrual(count), Accrual(count)
    at, taken = start, 0
    for step in steps:
        later = at + timedelta(days=step)
        often.add(principal, rate, at, later)
        taken += often.take()
        at = later
    once.add(principal, rate, start, at)
    assert (taken, often.carry) == (once.minor, once.carry)
    exact = principal * rate * count.days(start, at)
    assert taken * MILLION * count.year + often.carry == exact


def test_a_rate_is_read_and_shown() -> None:
    assert rate_ppm("4.35%") == 43_500
    assert rate_text(43_500) == "4.35%"
    for text in ("4.35", "-1%", "4.35255%", 4.35, None):
        with pytest.raises(Invalid):
            rate_ppm(text)
