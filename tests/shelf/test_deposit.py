"""Deposits: worked examples, and that days closed late are worth the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Conflict, EnsceneError, Refused
from enscene.shelf.deposit import AtMaturity, DemandDeposit, Payout, TermDeposit, TermTerms

START = date(2026, 1, 1)


def test_money_on_demand_is_paid_interest_each_quarter() -> None:
    money = DemandDeposit(START, 3_500)
    money.move(10_000_000)
    assert money.close(date(2026, 6, 30)) == [
        (date(2026, 3, 20), 7_583),  # 100,000.00 x 0.35 % x 78/360 = 75.83
        (date(2026, 6, 20), 8_951),  # with the interest, and what was carried
    ]
    assert money.balance == 10_000_000 + 7_583 + 8_951
    assert money.end() == 974  # 100,165.34 x 0.35 % x 10/360 = 9.738, and 0.0056 carried
    with pytest.raises(Conflict):
        money.end()


def test_no_more_is_taken_out_than_is_there() -> None:
    money = DemandDeposit(START, 3_500)
    money.move(100)
    with pytest.raises(Refused):
        money.move(-101)
    assert money.balance == 100


@given(
    st.integers(0, 50_000),
    st.lists(st.tuples(st.integers(0, 120), st.integers(-(10**9), 10**9)), max_size=20),
)
def test_days_closed_late_are_worth_the_same(rate: int, moves: list[tuple[int, int]]) -> None:
    daily, late = DemandDeposit(START, rate), DemandDeposit(START, rate)
    day = START
    paid_daily, paid_late = [], []
    for days, amount in moves:
        for _ in range(days):
            day += timedelta(days=1)
            paid_daily += daily.close(day)
        paid_late += late.close(day)
        for money in (daily, late):
            if money.balance + amount >= 0:
                money.move(amount)
    assert paid_daily == paid_late
    assert daily.end() == late.end()


def term(at_maturity: AtMaturity = AtMaturity.PAY_OUT) -> TermDeposit:
    return TermDeposit(TermTerms(5_000_000, 12, 15_000, 3_500, at_maturity), START)


def test_a_term_pays_at_its_end() -> None:
    money = term()
    assert money.close(date(2026, 12, 31)) == []
    assert money.close(date(2027, 1, 1)) == [Payout(date(2027, 1, 1), 5_000_000, 75_000)]
    assert money.close(date(2028, 1, 1)) == []


def test_a_term_rolls_over() -> None:
    money = term(AtMaturity.ROLL_ALL)
    assert [(p.principal, p.interest) for p in money.close(date(2028, 6, 1))] == [
        (0, 75_000), (0, 76_125),
    ]  # fmt: skip
    assert money.principal == 5_000_000 + 75_000 + 76_125
    money = term(AtMaturity.ROLL_PRINCIPAL)
    assert [p.interest for p in money.close(date(2028, 6, 1))] == [75_000, 75_000]
    assert money.principal == 5_000_000


def test_money_taken_early_earns_the_demand_rate_and_in_part_only_once() -> None:
    money = term()
    money.close(date(2026, 7, 1))
    # 20,000.00 x 0.35 % x 181/360
    assert money.take_early(2_000_000) == Payout(date(2026, 7, 1), 2_000_000, 3_519)
    with pytest.raises(Refused) as refused:
        money.take_early(1)
    assert refused.value.code == "shelf.second_part"
    assert money.close(date(2027, 1, 1)) == [Payout(date(2027, 1, 1), 3_000_000, 45_000)]


def test_what_makes_no_sense_is_refused() -> None:
    for amount in (0, -1, 5_000_001):
        with pytest.raises(EnsceneError):
            term().take_early(amount)
    for principal, months in ((0, 12), (1, 0), (1, 481)):
        with pytest.raises(EnsceneError):
            TermDeposit(TermTerms(principal, months, 1, 1), START)
