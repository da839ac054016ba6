"""Plans against closed forms worked out independently, and that every plan sums up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.shelf.day_count import DayCount
from enscene.shelf.interest import MILLION
from enscene.shelf.repayment_plan import Instalment, Method, due_days, plan_repayment

START = date(2026, 1, 15)


def plan_of(
    principal: int, rate: int, months: int, method: Method,
    count: DayCount = DayCount.THIRTY_360, start: date = START,
) -> list[Instalment]:  # fmt: skip
    days = due_days(start, months, method)
    return plan_repayment(principal, rate, start, days, method, count)


@pytest.mark.parametrize(
    ("principal", "rate", "months"),
    [(12_000_00, 43_500, 12), (1_000_000_00, 31_000, 360), (5_000_00, 240_000, 6), (99, 50_000, 3)],
)
def test_equal_instalments_are_the_annuity(principal: int, rate: int, months: int) -> None:
    with localcontext() as context:
        context.prec = 50
        monthly = Decimal(rate) / MILLION / 12
        annuity = principal * monthly / (1 - (1 + monthly) ** -months)
        plan = plan_of(principal, rate, months, Method.EQUAL_INSTALMENT)
        level = plan[0].total
        assert abs(level - annuity) <= Decimal("0.5")
        assert {planned.total for planned in plan[:-1]} == {level}
        # Half a minor unit a month, and the interest on it, is all that the last one takes.
        drift = (((1 + monthly) ** months - 1) / monthly) if monthly else months
        assert abs(plan[-1].total - level) <= drift


def test_a_known_plan() -> None:
    """12,000.00 at 6 % over 6 months: 0.5 % a month, worked out by hand."""
    plan = plan_of(1_200_000, 60_000, 6, Method.EQUAL_INSTALMENT)
    assert [(p.principal, p.interest) for p in plan] == [
        (197_515, 6_000), (198_503, 5_012), (199_495, 4_020),
        (200_493, 3_022), (201_495, 2_020), (202_499, 1_012),
    ]  # fmt: skip
    plan = plan_of(1_200_000, 60_000, 6, Method.EQUAL_PRINCIPAL)
    assert [(p.principal, p.interest) for p in plan] == [
        (200_000, 6_000), (200_000, 5_000), (200_000, 4_000),
        (200_000, 3_000), (200_000, 2_000), (200_000, 1_000),
    ]  # fmt: skip
    plan = plan_of(1_200_000, 60_000, 6, Method.BULLET)
    assert [(p.principal, p.interest) for p in plan] == [(0, 6_000)] * 5 + [(1_200_000, 6_000)]
    (only,) = plan_of(1_200_000, 60_000, 6, Method.SINGLE)
    assert (only.due, only.principal, only.interest) == (date(2026, 7, 15), 1_200_000, 36_000)


@given(
    st.integers(1, 10**12),
    st.integers(0, 360_000),
    st.integers(1, 480),
    st.sampled_from(Method),
    st.sampled_from(DayCount),
    st.dates(date(2000, 1, 1), date(2040, 12, 31)),
)
def test_every_plan_pays_back_what_was_lent(
    principal: int, rate: int, months: int, method: Method, count: DayCount, start: date
) -> None:
    plan = plan_of(principal, rate, months, method, count, start)
    assert sum(planned.principal for planned in plan) == principal
    assert all(planned.principal >= 0 and planned.interest >= 0 for planned in plan)
    left, since = principal, start
    for planned in plan:
        exact = left * rate * count.days(since, planned.due)
        assert abs(planned.interest * MILLION * count.year - exact) * 2 <= MILLION * count.year
        left -= planned.principal
        since = planned.due


def test_a_plan_of_nothing_or_without_months_is_refused() -> None:
    for principal, months in ((0, 12), (-1, 12), (100, 0), (100, 481)):
        with pytest.raises(Invalid):
            plan_of(principal, 43_500, months, Method.BULLET)
