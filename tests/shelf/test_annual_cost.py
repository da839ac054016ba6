"""The yearly cost, everything included, against closed forms."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.shelf.annual_cost import Payment, annual_cost
from enscene.shelf.day_count import DayCount
from enscene.shelf.repayment_plan import Method, due_days, plan_repayment

START = date(2026, 1, 1)


def cost_of(principal: int, rate: int, months: int, method: Method, fee: int = 0) -> int:
    days = due_days(START, months, method)
    plan = plan_repayment(principal, rate, START, days, method, DayCount.THIRTY_360)
    payments = [Payment(START, principal - fee)]
    payments += [Payment(planned.due, -planned.total) for planned in plan]
    return annual_cost(payments).compound_ppm


def test_one_payment_after_a_year() -> None:
    cost = annual_cost([Payment(START, 1_000_000), Payment(date(2027, 1, 1), -1_100_000)])
    assert cost.compound_ppm == 100_000
    assert cost.simple_ppm == 95_700  # 12 x (1.1^(1/12) - 1) = 9.569 %, rounded up


def test_equal_instalments_cost_what_compounding_makes_of_the_rate() -> None:
    """(1 + 12 %/12)^12 - 1 = 12.68 %; months of 28 to 31 days move it by a few hundredths."""
    assert abs(cost_of(10_000_000, 120_000, 24, Method.EQUAL_INSTALMENT) - 126_825) < 500


def test_a_fee_on_the_whole_sum_is_a_cost() -> None:
    """The known trap: 0.6 % "of the whole sum" a month, 7.2 % a year, costs nearly 14 %."""
    payments = [Payment(START, 300_000)]
    payments += [
        Payment(day, -(25_000 + 1_800))
        for day in due_days(START, 12, Method.EQUAL_PRINCIPAL)
    ]  # fmt: skip
    cost = annual_cost(payments)
    assert 135_000 < cost.compound_ppm < 140_000
    assert cost.simple_ppm < cost.compound_ppm


@given(st.integers(100_000, 10**9), st.integers(1_000, 360_000), st.integers(2, 60))
def test_every_fee_makes_it_dearer(principal: int, rate: int, months: int) -> None:
    plain = cost_of(principal, rate, months, Method.EQUAL_INSTALMENT)
    assert cost_of(principal, rate, months, Method.EQUAL_INSTALMENT, principal // 50) > plain


def test_money_lent_for_nothing_costs_nothing_and_none_has_no_cost() -> None:
    assert annual_cost([Payment(START, 100), Payment(date(2026, 6, 1), -100)]).compound_ppm == 0
    for payments in ([], [Payment(START, 100)], [Payment(START, -100)]):
        with pytest.raises(Invalid):
            annual_cost(payments)
