"""Every loan and deposit of the shelf against schedules worked out in another way: exact fractions,
the formula of the annuity, dates by counting months. And a few of them to the cent, so that a
change of the calculus cannot go unseen."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.day_count import DayCount
from enscene.shelf.lives import Opened, new_life
from enscene.shelf.lives.lending import Lending
from enscene.shelf.loan import Loan, LoanTerms
from enscene.shelf.product import ppm_of
from enscene.shelf.repayment_plan import Method

SHELF = standard_shelf().products
START = date(2027, 1, 31)
LOANS = sorted(p.id for p in SHELF.values() if p.kind in LENDS)
DEPOSITS = sorted(p.id for p in SHELF.values() if p.kind == "deposit")

Line = tuple[date, int, int]


def rounded(exact: Fraction) -> int:
    """Half to even."""
    return round(exact)


def month_end(day: date, months: int) -> date:
    """Counted month by month, to the day of the start or the last there is."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    first_after = date(year + month // 12, month % 12 + 1, 1)
    last = (first_after - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


def share_of_year(start: date, end: date, count: DayCount) -> Fraction:
    if count is DayCount.THIRTY_360:
        days = (
            360 * (end.year - start.year)
            + 30 * (end.month - start.month)
            + min(end.day, 30)
            - min(start.day, 30)
        )
        return Fraction(days, 360)
    return Fraction((end - start).days, 365 if count is DayCount.ACT_365 else 360)


def schedule(
    amount: int, rate: Fraction, months: int, method: Method, count: DayCount
) -> list[Line]:
    """(day, principal, interest) of each instalment."""
    if method is Method.SINGLE:
        due = month_end(START, months)
        return [(due, amount, rounded(amount * rate * share_of_year(START, due, count)))]
    days = [month_end(START, n) for n in range(1, months + 1)]
    ends = [START, *days]
    shares = [share_of_year(a, b, count) for a, b in zip(ends, days, strict=False)]
    level = 0
    if method is Method.EQUAL_INSTALMENT:
        worth, factor = Fraction(0), Fraction(1)
        for share in shares:
            factor /= 1 + rate * share
            worth += factor
        level = rounded(amount / worth)
    lines, left = [], amount
    for n, (day, share) in enumerate(zip(days, shares, strict=True), 1):
        interest = rounded(left * rate * share)
        if n == months:
            part = left
        elif method is Method.EQUAL_INSTALMENT:
            part = min(max(level - interest, 0), left)
        elif method is Method.EQUAL_PRINCIPAL:
            part = amount * n // months - (amount - left)
        else:
            part = 0
        lines.append((day, part, interest))
        left -= part
    return lines


def told(loan: Loan) -> list[Line]:
    return [(p.due, p.principal, p.interest) for p in loan.plan]


def rate_of(product: Product) -> int:
    return ppm_of(product.price["rate"].default)


@pytest.mark.parametrize("product", LOANS)
def test_every_loan_of_the_shelf(product: str) -> None:
    found = SHELF[product]
    assert found.amount is not None
    assert found.repay is not None
    for months in found.months:
        for amount in (found.amount[0], found.amount[1], 1_234_567):
            terms = LoanTerms(amount, rate_of(found), months, found.repay, found.count)
            rate = Fraction(rate_of(found), 1_000_000)
            wanted = schedule(amount, rate, months, found.repay, found.count)
            assert told(Loan(terms, START)) == wanted
            assert sum(principal for _, principal, _ in wanted) == amount


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("count", list(DayCount))
@pytest.mark.parametrize(("amount", "ppm", "months"), [
    (1_000_000, 43_500, 12), (999_999, 154_000, 24), (50_000_01, 36_000, 36), (1, 240_000, 3),
    (2_000_000, 0, 6),
])  # fmt: skip
def test_every_way_of_paying_back(
    method: Method, count: DayCount, amount: int, ppm: int, months: int
) -> None:
    loan = Loan(LoanTerms(amount, ppm, months, method, count), START)
    assert told(loan) == schedule(amount, Fraction(ppm, 1_000_000), months, method, count)


def test_a_schedule_to_the_cent() -> None:
    """10,000.00 at 7.2 % over 6 months, 30/360: an instalment of 1,701.84 (r = 0.6 % a month)."""
    loan = Loan(LoanTerms(10_000_00, 72_000, 6, Method.EQUAL_INSTALMENT), date(2027, 3, 15))
    assert [(p.principal, p.interest) for p in loan.plan] == [
        (164_184, 6_000), (165_169, 5_015), (166_160, 4_024), (167_157, 3_027), (168_160, 2_024),
        (169_170, 1_015),
    ]  # fmt: skip


@pytest.mark.parametrize("product", DEPOSITS)
def test_every_deposit_of_the_shelf(product: str) -> None:
    found = SHELF[product]
    rates = {name: ppm_of(price) for name, price in found.prices().items()}
    rules = {"repay": None, "count": found.count.value, "at_maturity": "pay_out"}
    for months in found.months or (0,):
        life = new_life("deposit", Opened(10_000_00, months, rates, rules), START)
        life.begin()
        rate = Fraction(rates["rate"], 1_000_000)
        if months:
            ends = month_end(START, months)
            share = share_of_year(START, ends, found.count)
            (paid,) = life.close(ends)
            wanted = rounded(10_000_00 * rate * share)
            assert (paid.day, paid.principal, paid.interest) == (ends, 10_000_00, wanted)
        else:
            # On the 20th of March: whole minor units; the rest is carried on.
            settling = date(2027, 3, 20)
            (paid,) = life.close(settling)
            share = share_of_year(START, settling, found.count)
            assert (paid.day, paid.interest) == (settling, int(10_000_00 * rate * share))


def test_a_line_is_a_loan_for_each_draw() -> None:
    rules = {"repay": "equal_instalment", "count": "30/360"}
    life = new_life("credit_line", Opened(50_000_00, 12, {"rate": 36_000}, rules), START)
    assert isinstance(life, Lending)
    life.draw(10_000_00, "a")
    life.draw(20_000_00, "b", months=6)
    rate = Fraction(36_000, 1_000_000)
    for (_, loan), (amount, months) in zip(
        life.loans, ((10_000_00, 12), (20_000_00, 6)), strict=True
    ):
        wanted = schedule(amount, rate, months, Method.EQUAL_INSTALMENT, DayCount.THIRTY_360)
        assert told(loan) == wanted
