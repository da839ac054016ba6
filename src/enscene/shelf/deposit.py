"""Deposits: money on demand, and money for a term, with their interest.

Like a loan it knows no ledger: each step tells what is to be posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.shelf.day_count import DayCount, months_later
from enscene.shelf.interest import Accrual, interest_of
from enscene.shelf.repayment_plan import MONTHS_MOST

SETTLING_DAY = 20
"""Interest on demand money is paid on the 20th of each quarter's last month (结息日), for the
days up to and including it. Source: People's Bank of China, notice 2005 No. 129."""


class DemandDeposit:
    """Money on demand: interest on each day's closing balance, paid each quarter.

    `balance` changes by `move`; interest that is paid is part of it from the next day on.
    """

    def __init__(
        self, opened_on: date, rate_ppm: int, *, count: DayCount = DayCount.ACT_360
    ) -> None:
        self.as_of = opened_on
        self.rate_ppm = rate_ppm
        self.balance = 0
        self.closed = False
        self.interest = Accrual(count)

    @classmethod
    def of(
        cls, as_of: date, rate_ppm: int, balance: int, interest: Accrual, *, closed: bool
    ) -> DemandDeposit:
        """The deposit as it was kept."""
        deposit = cls(as_of, rate_ppm, count=interest.count)
        deposit.balance, deposit.interest, deposit.closed = balance, interest, closed
        return deposit

    @property
    def next_settling(self) -> date:
        """When interest is paid next."""
        return _next_settling(self.as_of)

    def close(self, day: date) -> list[tuple[date, int]]:
        """Bring it to the end of `day`: (day, interest paid) for every settling day passed."""
        paid: list[tuple[date, int]] = []
        while self.as_of < day and not self.closed:
            settling = _next_settling(self.as_of)
            until = min(settling, day)
            self.interest.add(self.balance, self.rate_ppm, self.as_of, until)
            self.as_of = until
            if until == settling:
                interest = self.interest.take()
                if interest:
                    self.balance += interest
                    paid.append((until, interest))
        return paid

    def move(self, amount: int) -> None:
        """Pay in (above zero) or out (below). Raises: Refused("shelf.not_enough"), Conflict."""
        self._must_be_open()
        if self.balance + amount < 0:
            raise Refused("the balance is less than that", code="shelf.not_enough", param="amount")
        self.balance += amount

    def change_rate(self, rate_ppm: int) -> None:
        """From the next day on; what has come up stays."""
        self.rate_ppm = rate_ppm

    def end(self) -> int:
        """Close the account: the interest up to now, half-even, to be paid out with the balance.
        Raises: Conflict if it is closed already."""
        self._must_be_open()
        self.closed = True
        return self.interest.finish()

    def _must_be_open(self) -> None:
        if self.closed:
            raise Conflict("the deposit is closed", code="shelf.wrong_state")


def _next_settling(day: date) -> date:
    """The first settling day after `day`."""
    for month in (3, 6, 9, 12):
        settling = date(day.year, month, SETTLING_DAY)
        if settling > day:
            return settling
    return date(day.year + 1, 3, SETTLING_DAY)


class AtMaturity(StrEnum):
    """What happens when the term ends."""

    PAY_OUT = "pay_out"
    ROLL_PRINCIPAL = "roll_principal"
    ROLL_ALL = "roll_all"


@dataclass(frozen=True, slots=True)
class TermTerms:
    """Minor units, months, millionths a year; `demand_ppm` is what money gets that is taken out
    early, or left after the term."""

    principal: int
    months: int
    rate_ppm: int
    demand_ppm: int
    at_maturity: AtMaturity = AtMaturity.PAY_OUT
    count: DayCount = DayCount.THIRTY_360


@dataclass(frozen=True, slots=True)
class Payout:
    """What is paid: part of the principal, and interest on it."""

    day: date
    principal: int
    interest: int


class TermDeposit:
    """Money for a term. Taken out early, wholly or once in part, it earns the demand rate."""

    def __init__(self, terms: TermTerms, opened_on: date) -> None:
        if terms.principal <= 0:
            raise Invalid("a deposit is of more than nothing", code="shelf.bad_amount",
                          param="amount")  # fmt: skip
        if not 1 <= terms.months <= MONTHS_MOST:
            raise Invalid(f"a term has 1 to {MONTHS_MOST} months", code="shelf.bad_term",
                          param="months")  # fmt: skip
        self.terms = terms
        self.opened_on = self.began = opened_on
        self.principal = terms.principal
        self.as_of = opened_on
        self.terms_ended = 0
        self.taken_in_part = False

    @classmethod
    def of(
        cls,
        terms: TermTerms,
        opened_on: date,
        began: date,
        principal: int,
        as_of: date,
        terms_ended: int,
        *,
        taken_in_part: bool,
    ) -> TermDeposit:
        """The deposit as it was kept."""
        deposit = cls(terms, opened_on)
        deposit.began, deposit.principal, deposit.as_of = began, principal, as_of
        deposit.terms_ended, deposit.taken_in_part = terms_ended, taken_in_part
        return deposit

    @property
    def matures_on(self) -> date:
        return months_later(self.opened_on, self.terms.months * (self.terms_ended + 1))

    def close(self, day: date) -> list[Payout]:
        """Bring it to the end of `day`: what is paid at each maturity passed. With `roll_*` a new
        term begins on the same conditions, with `roll_all` on what was paid as well."""
        paid: list[Payout] = []
        while self.principal and self.matures_on <= day:
            ended = self.matures_on
            interest = interest_of(
                self.principal, self.terms.rate_ppm, self.began, ended, self.terms.count
            )
            self.terms_ended += 1
            self.began = ended
            self.taken_in_part = False
            match self.terms.at_maturity:
                case AtMaturity.PAY_OUT:
                    paid.append(Payout(ended, self.principal, interest))
                    self.principal = 0
                case AtMaturity.ROLL_PRINCIPAL:
                    paid.append(Payout(ended, 0, interest))
                case AtMaturity.ROLL_ALL:
                    paid.append(Payout(ended, 0, interest))
                    self.principal += interest
        self.as_of = max(self.as_of, day)
        return paid

    def take_early(self, amount: int) -> Payout:
        """Take money out before the term ends. Raises: Invalid, Refused (more than there is, or
        a second part)."""
        if amount <= 0:
            raise Invalid("an amount is more than nothing", code="shelf.bad_amount",
                          param="amount")  # fmt: skip
        if amount > self.principal:
            raise Refused("the deposit is less than that", code="shelf.not_enough",
                          param="amount")  # fmt: skip
        if amount < self.principal and self.taken_in_part:
            raise Refused(
                "a part was taken out in this term already", code="shelf.second_part",
                hint="take all of it, or wait until the term ends",
            )  # fmt: skip
        interest = interest_of(
            amount, self.terms.demand_ppm, self.began, self.as_of, DayCount.ACT_360
        )
        self.taken_in_part = True
        self.principal -= amount
        return Payout(self.as_of, amount, interest)
