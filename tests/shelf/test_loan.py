"""A loan's life: every cent lent, charged, paid or lost is accounted for, on whatever days."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from enscene.kernel.errors import Conflict, EnsceneError, Refused
from enscene.shelf.day_count import DayCount
from enscene.shelf.interest import MILLION
from enscene.shelf.loan import Keep, Loan, LoanTerms, State, Sums
from enscene.shelf.repayment_plan import Method

START = date(2026, 1, 31)
TERMS = LoanTerms(
    principal=1_200_000, rate_ppm=60_000, months=6, method=Method.EQUAL_INSTALMENT,
    penalty_ppm=90_000, early_fee_ppm=10_000,
)  # fmt: skip


def loan(**changes: Any) -> Loan:
    given = {name: getattr(TERMS, name) for name in TERMS.__slots__} | changes
    return Loan(LoanTerms(**given), START)


def test_paid_on_the_day_it_ends_as_planned() -> None:
    lent = loan()
    planned = list(lent.plan)
    for instalment in planned:
        assert lent.close(instalment.due) == [instalment]
        assert lent.due.total == instalment.total
        paid = lent.repay(instalment.total)
        assert (paid.principal, paid.interest) == (instalment.principal, instalment.interest)
    assert lent.state is State.CLOSED
    assert lent.to_settle == Sums()
    assert lent.close(date(2030, 1, 1)) == []


def test_what_is_overdue_costs_a_penalty_after_the_days_of_grace() -> None:
    lent = loan(count=DayCount.ACT_365, grace_days=3)
    due = lent.plan[0]
    lent.close(due.due + timedelta(days=3))
    assert lent.due.penalty == 0
    assert (lent.days_overdue, lent.bucket) == (3, "1-30")
    lent.close(due.due + timedelta(days=13))
    assert lent.due.penalty == due.principal * 90_000 * 10 // (MILLION * 365)
    paid = lent.repay(lent.due.penalty + 1)
    assert (paid.penalty, paid.interest, paid.principal) == (paid.total - 1, 1, 0)


def test_the_buckets_count_from_the_oldest_instalment() -> None:
    lent = loan()
    first = lent.plan[0].due
    names = []
    for days in (0, 1, 30, 31, 60, 61, 90, 91):
        lent.close(first + timedelta(days=days))
        names.append(lent.bucket)
    assert names == ["current", "1-30", "1-30", "31-60", "31-60", "61-90", "61-90", "90+"]
    lent.repay(lent.due.penalty + lent.dues[0].interest + lent.dues[0].principal)
    assert lent.bucket == "31-60"


def test_paying_early_keeps_the_instalment_or_the_months() -> None:
    lent = loan(months=24)
    lent.close(date(2026, 2, 10))
    level = lent.plan[0].total
    shorter, smaller = copy.deepcopy(lent), copy.deepcopy(lent)
    paid = shorter.repay_early(600_000)
    # 10 days of 30: 12,000.00 x 6 % x 10/360
    assert paid == Sums(600_000, 2_000, 0, 6_000)
    assert len(shorter.plan) < 13
    assert all(planned.total <= level for planned in shorter.plan)
    smaller.repay_early(600_000, Keep.MONTHS)
    assert len(smaller.plan) == 24
    assert smaller.plan[1].total < level * 0.55
    for each in (shorter, smaller):
        assert sum(planned.principal for planned in each.plan) == 600_000


def test_settling_ends_it_on_any_day() -> None:
    lent = loan()
    lent.close(date(2026, 4, 7))
    owed = lent.to_settle
    lent.repay(lent.due.total)
    paid = lent.repay_early(lent.undue)
    assert paid.fee == owed.fee == (paid.principal + 50) // 100
    assert lent.state is State.CLOSED


def test_more_than_is_due_or_owed_is_refused() -> None:
    lent = loan()
    for act in (
        lambda: lent.repay(1),
        lambda: lent.repay_early(1_200_001),
        lambda: lent.give_back(1_200_001),
        lambda: lent.recover(1),
    ):
        with pytest.raises((Refused, Conflict)):
            act()
    lent.close(lent.plan[0].due)
    with pytest.raises(Refused) as refused:
        lent.repay_early(1)
    assert refused.value.code == "shelf.due_first"


def test_goods_given_back_take_the_loan_with_them() -> None:
    lent = loan()
    lent.close(date(2026, 3, 5))
    lent.give_back(1_200_000)
    # What has come up meanwhile is still owed.
    assert (lent.undue, lent.due.principal) == (0, 0)
    assert lent.due.interest > 0
    lent.repay(lent.due.total)
    assert lent.state is State.CLOSED


def test_a_restructured_loan_is_no_longer_overdue_and_owes_as_much() -> None:
    lent = loan()
    lent.close(date(2026, 6, 20))
    before = lent.to_settle
    lent.restructure(12, 40_000)
    assert lent.bucket == "current"
    after = lent.to_settle
    assert (after.principal, after.interest, after.penalty) == (
        before.principal, before.interest, before.penalty,
    )  # fmt: skip
    assert len(lent.plan) == 12


def test_what_is_written_off_can_come_back_but_not_more() -> None:
    lent = loan()
    lent.close(date(2027, 6, 1))
    lost = lent.write_off()
    assert lost.principal == 1_200_000
    assert lent.to_settle == Sums()
    got = lent.recover(1_200_001)
    assert (got.principal, got.interest) == (1_200_000, 1)
    with pytest.raises(Refused):
        lent.recover(lost.total)


@given(
    st.sampled_from(Method),
    st.sampled_from(DayCount),
    st.integers(1, 10**9),
    st.integers(0, 240_000),
    st.integers(1, 36),
    st.lists(st.integers(1, 45), max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_a_year_of_daily_closes_is_one_catch_up(
    method: Method, count: DayCount, principal: int, rate: int, months: int, steps: list[int]
) -> None:
    terms = LoanTerms(principal, rate, months, method, count, penalty_ppm=rate * 3 // 2,
                      grace_days=2)  # fmt: skip
    often, once = Loan(terms, START), Loan(terms, START)
    day = START
    for step in steps:
        day += timedelta(days=step)
        often.close(day)
    once.close(day)
    assert (often.due, often.to_settle, often.plan) == (once.due, once.to_settle, once.plan)


class LoanLife(RuleBasedStateMachine):
    """Anything in any order; the books are kept beside it."""

    @initialize(
        method=st.sampled_from(Method), count=st.sampled_from(DayCount),
        principal=st.integers(1, 5_000_000), rate=st.integers(0, 360_000),
        months=st.integers(1, 24), grace=st.integers(0, 5),
    )  # fmt: skip
    def draw(
        self, method: Method, count: DayCount, principal: int, rate: int, months: int, grace: int
    ) -> None:
        terms = LoanTerms(principal, rate, months, method, count, rate * 3 // 2, grace, 5_000)
        self.loan = Loan(terms, START)
        self.paid = Sums()

    def _book(self, sums: Sums) -> None:
        self.paid = Sums(
            *(getattr(self.paid, n) + getattr(sums, n) for n in Sums.__struct_fields__)
        )

    @rule(days=st.integers(0, 50))
    def wait(self, days: int) -> None:
        self.loan.close(self.loan.as_of + timedelta(days=days))

    @precondition(lambda self: self.loan.state is State.OPEN and self.loan.due.total > 0)
    @rule(share=st.floats(0.01, 1))
    def repay(self, share: float) -> None:
        due = self.loan.due
        amount = max(1, int(due.total * share))
        paid = self.loan.repay(amount)
        assert paid.total == amount
        assert self.loan.due.total == due.total - amount
        self._book(paid)

    @precondition(lambda self: self.loan.state is State.OPEN and self.loan.undue > 0)
    @rule(share=st.floats(0.01, 1), keep=st.sampled_from(Keep))
    def early(self, share: float, keep: Keep) -> None:
        amount = max(1, int(self.loan.undue * share))
        before = copy.deepcopy(self.loan)
        try:
            self._book(self.loan.repay_early(amount, keep))
        except Refused:
            assert before.dues
            assert self.loan.to_settle == before.to_settle
            return
        assert len(self.loan.plan) <= len(before.plan)

    @precondition(lambda self: self.loan.state is State.OPEN and self.loan.to_settle.principal > 0)
    @rule(share=st.floats(0.01, 1), keep=st.sampled_from(Keep))
    def give_back(self, share: float, keep: Keep) -> None:
        amount = max(1, int(self.loan.to_settle.principal * share))
        self._book(self.loan.give_back(amount, keep))

    @precondition(lambda self: self.loan.state is State.OPEN and self.loan.to_settle.principal > 0)
    @rule(months=st.integers(1, 12), rate=st.integers(0, 100_000))
    def restructure(self, months: int, rate: int) -> None:
        before = self.loan.to_settle
        self.loan.restructure(months, rate)
        after = self.loan.to_settle
        assert (before.principal, before.interest, before.penalty) == (
            after.principal, after.interest, after.penalty,
        )  # fmt: skip

    @precondition(lambda self: self.loan.state is State.OPEN and self.loan.days_overdue > 30)
    @rule()
    def write_off(self) -> None:
        owed = self.loan.to_settle
        lost = self.loan.write_off()
        assert (lost.principal, lost.interest, lost.penalty) == (
            owed.principal, owed.interest, owed.penalty,
        )  # fmt: skip

    @precondition(lambda self: self.loan.state is State.WRITTEN_OFF and self.loan.lost.total > 0)
    @rule(share=st.floats(0.01, 1))
    def recover(self, share: float) -> None:
        amount = max(1, int(self.loan.lost.total * share))
        got = self.loan.recover(amount)
        assert got.total == amount
        self._book(got)

    @rule(amount=st.integers(-5, 0))
    def nothing(self, amount: int) -> None:
        for act in (self.loan.repay, self.loan.repay_early, self.loan.give_back):
            with pytest.raises(EnsceneError):
                act(amount)

    @invariant()
    def every_cent_of_principal_is_somewhere(self) -> None:
        if not hasattr(self, "loan"):
            return
        owed = self.loan.to_settle.principal + self.loan.lost.principal
        assert self.paid.principal + owed == self.loan.terms.principal
        assert sum(planned.principal for planned in self.loan.plan) == self.loan.undue
        assert (self.loan.state is State.CLOSED) == (
            self.loan.state is not State.WRITTEN_OFF and self.loan.to_settle.total == 0
        )


TestLoanLife = LoanLife.TestCase
TestLoanLife.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
