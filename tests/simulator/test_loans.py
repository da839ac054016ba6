"""The simulator's own plans of repayment and yearly costs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.shelf.day_count import DayCount
from enscene.shelf.loan_offer import loan_offer
from enscene.shelf.repayment_plan import Method, due_days, plan_repayment
from enscene.simulator.loans import days_between, later, plan, rate_of_return, work_out

DAY = date(2026, 3, 2)
RATE = Fraction("0.072")


def test_equal_instalments_are_equal_but_for_the_last_and_pay_all_back():
    dues = plan(1_200_000, RATE, DAY, 3, "equal_instalment", "30/360")
    assert [due.total for due in dues] == [404_810, 404_810, 404_808]
    assert [due.interest for due in dues] == [7_200, 4_814, 2_414]
    assert [due.day for due in dues] == [date(2026, 4, 2), date(2026, 5, 2), date(2026, 6, 2)]
    assert sum(due.principal for due in dues) == 1_200_000


@pytest.mark.parametrize(
    ("repay", "principal", "interest"),
    [
        ("equal_principal", [33, 33, 34], [1, 0, 0]),
        ("bullet", [0, 0, 100], [1, 1, 1]),
        ("single", [100], [2]),
    ],
)
def test_what_is_paid_back_otherwise(repay, principal, interest):
    dues = plan(100, RATE, DAY, 3, repay, "30/360")
    assert [due.principal for due in dues] == principal
    assert [due.interest for due in dues] == interest


@pytest.mark.parametrize(("count", "days"), [("30/360", 30), ("act/365", 31), ("act/360", 31)])
def test_days_are_counted_as_the_product_says(count, days):
    assert days_between(date(2026, 3, 2), date(2026, 4, 2), count) == days


def test_a_month_without_that_day_ends_with_its_last():
    assert later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert later(date(2026, 11, 30), 15) == date(2028, 2, 29)


def test_a_cost_is_the_rate_at_which_what_is_paid_is_worth_what_was_had():
    assert rate_of_return(1_000, [(365, 1_100)]) == pytest.approx(0.1)
    assert rate_of_return(1_000, [(730, 1_210)]) == pytest.approx(0.1)
    assert rate_of_return(1_000, [(365, 1_000)]) == 0.0


def test_a_fee_is_kept_back_and_part_of_the_cost():
    free = work_out(1_000_000, RATE, Fraction(0), DAY, 12, "single", "act/365")
    dear = work_out(1_000_000, RATE, Fraction("0.02"), DAY, 12, "single", "act/365")
    assert (free.fee, dear.fee) == (0, 20_000)
    assert free.interest == dear.interest == 72_000
    assert free.cost == pytest.approx(0.072)
    assert dear.cost == pytest.approx(1.072 / 0.98 - 1)
    assert dear.simple < dear.cost


@settings(max_examples=150, deadline=None)
@given(
    amount=st.integers(10_000, 50_000_000),
    ppm=st.integers(0, 240_000),
    fee=st.integers(0, 20_000),
    start=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    months=st.integers(1, 36),
    method=st.sampled_from(Method),
    count=st.sampled_from(DayCount),
)
def test_the_product_comes_to_the_same(amount, ppm, fee, start, months, method, count):
    found = work_out(
        amount, Fraction(ppm, 10**6), Fraction(fee, 10**6), start, months, method.value,
        count.value,
    )  # fmt: skip
    days = due_days(start, months, method)
    planned = plan_repayment(amount, ppm, start, days, method, count)
    assert [(d.day, d.principal, d.interest) for d in found.dues] == [
        (each.due, each.principal, each.interest) for each in planned
    ]
    offer = loan_offer(amount, months, start, method, count, ppm, fee)
    assert found.fee == offer.fee
    assert abs(found.cost - offer.cost.compound_ppm / 10**6) < 0.0001 + 1e-7
    assert abs(found.simple - offer.cost.simple_ppm / 10**6) < 0.0001 + 1e-7
