"""What a loan costs, worked out a second time: exact fractions, and a rate of return by halving."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

HIGHEST = 100.0
"""No cost above 10,000 % a year is looked for."""
HALVINGS = 80


@dataclass(frozen=True, slots=True)
class Due:
    """What falls due on a day, minor units."""

    day: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan from its first day: `fee` is kept back when it is paid out, `cost` and `simple` are
    its exact all-in rates of return a year, with interest on interest and without."""

    amount: int
    fee: int
    dues: tuple[Due, ...]
    cost: float
    simple: float

    @property
    def interest(self) -> int:
        return sum(due.interest for due in self.dues)


def work_out(
    amount: int, rate: Fraction, fee: Fraction, start: date, months: int, repay: str, count: str
) -> Loan:
    """All that a loan will come to."""
    dues = tuple(plan(amount, rate, start, months, repay, count))
    kept = round(amount * fee)
    cost = rate_of_return(amount - kept, [((due.day - start).days, due.total) for due in dues])
    return Loan(amount, kept, dues, cost, 12 * ((1 + cost) ** (1 / 12) - 1))


def plan(
    amount: int, rate: Fraction, start: date, months: int, repay: str, count: str
) -> list[Due]:
    """What falls due when: interest of a period on what is still owed, ties to even; the last
    payment takes what is left."""
    days = [later(start, months)] if repay == "single" else _every_month(start, months)
    shares = _shares(rate, start, days, count)
    level = _level(amount, shares) if repay == "equal_instalment" else 0
    found: list[Due] = []
    left, last = amount, len(days)
    for number, (day, share) in enumerate(zip(days, shares, strict=True), 1):
        interest = round(left * share)
        if number == last:
            part = left
        elif repay == "equal_instalment":
            part = min(left, max(0, level - interest))
        elif repay == "equal_principal":
            part = amount * number // last - (amount - left)
        else:
            part = 0
        found.append(Due(day, part, interest))
        left -= part
    return found


def _shares(rate: Fraction, start: date, days: Sequence[date], count: str) -> list[Fraction]:
    """What part of what is owed each period costs."""
    year = 365 if count == "act/365" else 360
    return [
        rate * days_between(before, day, count) / year
        for before, day in zip([start, *days], days, strict=False)
    ]


def _level(amount: int, shares: Sequence[Fraction]) -> int:
    """The equal payment under which nothing is left at the end, to the nearest minor unit: what
    the amount grows to, by what one unit paid each time grows to."""
    grown, paid = Fraction(1), Fraction(0)
    for share in shares:
        grown *= 1 + share
        paid = paid * (1 + share) + 1
    return round(amount * grown / paid)


def _every_month(start: date, months: int) -> list[date]:
    return [later(start, number) for number in range(1, months + 1)]


def later(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def days_between(start: date, end: date, count: str) -> int:
    """The days of a period as a product counts them."""
    if count != "30/360":
        return (end - start).days
    months = (end.year - start.year) * 12 + end.month - start.month
    return 30 * months + min(end.day, 30) - min(start.day, 30)


def rate_of_return(had: int, paid: Sequence[tuple[int, int]]) -> float:
    """The yearly rate at which `paid`, (days from the start, minor units), is worth what was had
    at the start."""
    if sum(amount for _, amount in paid) <= had:
        return 0.0
    low, high = 0.0, HIGHEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        worth = sum(amount / float((1 + middle) ** (days / 365)) for days, amount in paid)
        low, high = (middle, high) if worth > had else (low, middle)
    return high
