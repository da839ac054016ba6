"""What money costs a year, everything included: the internal rate of return of all payments.

Source: announcement 2021 No. 3 of the People's Bank of China (明示贷款年化利率): the yearly rate
counts every cost in relation to the principal truly had, compounded (internal rate of return) or
simple; shown wherever a loan is spoken of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from enscene.kernel.errors import Invalid
from enscene.shelf.interest import MILLION

HIGHEST = 100.0
"""The highest rate looked for: 10,000 % a year."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that the customer gets (above zero) or pays (below), in minor units."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class AnnualCost:
    """Millionths a year: `compound` with interest on interest, `simple` without.

    Both are rounded up, so that what is shown is never less than what is paid.
    """

    compound_ppm: int
    simple_ppm: int


def annual_cost(payments: Sequence[Payment]) -> AnnualCost:
    """The cost of a loan: first money had, later money paid. Raises: Invalid."""
    first = min((p.day for p in payments), default=None)
    had = sum(p.amount for p in payments if p.amount > 0)
    paid = -sum(p.amount for p in payments if p.amount < 0)
    if first is None or had <= 0 or paid <= 0:
        raise Invalid("a cost needs money had and money paid back", code="shelf.no_cost")
    flows = [((p.day - first).days / 365, p.amount) for p in payments]

    def worth(rate: float) -> float:
        """Of all payments on the first day."""
        return sum(amount * float((1 + rate) ** -years) for years, amount in flows)

    if paid <= had or worth(0.0) >= 0:
        return AnnualCost(0, 0)
    low, high = 0.0, HIGHEST
    if worth(high) < 0:
        raise Invalid("the cost is beyond any measure", code="shelf.no_cost")
    for _ in range(200):  # halving: ends at neighbouring floats
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if worth(middle) < 0:
            low = middle
        else:
            high = middle
    return rounded_cost(high)


def rounded_cost(rate: float) -> AnnualCost:
    """The cost of a rate of return a year, compounded, as it is shown."""
    return AnnualCost(_up(rate), _up(12 * ((1 + rate) ** (1 / 12) - 1)))


def _up(rate: float) -> int:
    """Up to the next hundredth of a percent, but for the noise of floats."""
    hundredth = MILLION // 10_000
    return -int(-(rate * MILLION - 0.01) // hundredth) * hundredth
