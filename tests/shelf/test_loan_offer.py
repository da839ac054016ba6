"""A loan that is quoted fast is the loan that is made: the same instalments, the same cost."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.kernel.money import half_even
from enscene.shelf.annual_cost import Payment, annual_cost
from enscene.shelf.day_count import DayCount
from enscene.shelf.loan_offer import loan_offer
from enscene.shelf.repayment_plan import Method, due_days, plan_repayment


@given(
    amount=st.integers(10_000, 500_000_000),
    months=st.sampled_from([1, 2, 3, 6, 12, 24, 36, 60, 120]),
    rate=st.integers(0, 240_000),
    fee=st.sampled_from([0, 5_000, 20_000]),
    start=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    method=st.sampled_from(list(Method)),
    count=st.sampled_from(list(DayCount)),
)
def test_it_gives_the_plan_and_the_cost_of_the_plain_way(
    amount: int, months: int, rate: int, fee: int, start: date, method: Method, count: DayCount
) -> None:
    days = due_days(start, months, method)
    plan = plan_repayment(amount, rate, start, days, method, count)
    kept = half_even(amount * fee, 1_000_000)
    payments = [Payment(start, amount - kept)]
    payments += [Payment(planned.due, -planned.total) for planned in plan]
    offer = loan_offer(amount, months, start, method, count, rate, fee)
    assert (offer.first, offer.last) == (plan[0].total, plan[-1].total)
    assert offer.interest == sum(planned.interest for planned in plan)
    assert offer.fee == kept
    assert offer.cost == annual_cost(payments)


def test_a_loan_of_nothing_or_one_that_the_fee_eats_has_no_cost() -> None:
    order = (12, date(2026, 1, 1), Method.BULLET, DayCount.ACT_365, 50_000)
    for amount, fee in ((0, 0), (1_000, 1_000_000)):
        with pytest.raises(Invalid):
            loan_offer(amount, *order, fee)
