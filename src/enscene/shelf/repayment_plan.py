"""Plans of repayment: what falls due when, so that it sums to what was lent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from enum import StrEnum

import msgspec

from enscene.kernel.errors import Invalid
from enscene.shelf.day_count import DayCount, months_later
from enscene.shelf.interest import MILLION, Accrual

MONTHS_MOST = 480


class Method(StrEnum):
    """How a loan is paid back.

    equal_instalment: the same sum every month (等额本息); equal_principal: the same principal
    every month and interest on what is left (等额本金); bullet: interest every month, principal
    with the last (先息后本); single: everything at the end (到期还本付息).
    """

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    BULLET = "bullet"
    SINGLE = "single"


class Instalment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What falls due on one day, in minor units. Kept as an array with its loan."""

    number: int
    due: date
    principal: int
    interest: int

    @property
    def total(self) -> int:
        return self.principal + self.interest


def due_days(start: date, months: int, method: Method) -> list[date]:
    """The days on which something falls due: each month on the day of `start`."""
    if not 1 <= months <= MONTHS_MOST:
        raise Invalid(f"a loan has 1 to {MONTHS_MOST} months", code="shelf.bad_term",
                      param="months")  # fmt: skip
    if method is Method.SINGLE:
        return [months_later(start, months)]
    return [months_later(start, n) for n in range(1, months + 1)]


def plan_repayment(
    principal: int,
    rate_ppm: int,
    start: date,
    days: Sequence[date],
    method: Method,
    count: DayCount,
    accrued: Accrual | None = None,
) -> list[Instalment]:
    """The plan of `principal` minor units owed on `start`, due on `days`.

    Interest of a period is on what is still owed, half-even, in the first with what has `accrued`
    already; the last instalment takes what rounding has left. Raises: Invalid.
    """
    if principal <= 0:
        raise Invalid("a loan is of more than nothing", code="shelf.bad_amount", param="amount")
    level = 0
    if method is Method.EQUAL_INSTALMENT:
        level = level_instalment(principal, rate_ppm, start, days, count)
    plan: list[Instalment] = []
    period = accrued.copy() if accrued is not None else Accrual(count)
    left, since, last = principal, start, len(days)
    for number, due in enumerate(days, 1):
        period.add(left, rate_ppm, since, due)
        interest = period.finish()
        if number == last:
            part = left
        elif method is Method.EQUAL_INSTALMENT:
            part = min(max(level - interest, 0), left)
        elif method is Method.EQUAL_PRINCIPAL:
            # The difference of two whole shares: no cent is left for the end.
            part = principal * number // last - principal * (number - 1) // last
        else:
            part = 0
        plan.append(Instalment(number, due, part, interest))
        left -= part
        since = due
    return plan


def level_instalment(
    principal: int, rate_ppm: int, start: date, days: Sequence[date], count: DayCount
) -> int:
    """The equal sum that pays `principal` back on `days`: what it is worth today, shared out."""
    with localcontext(Context(prec=60, rounding=ROUND_HALF_EVEN)):
        year = Decimal(MILLION * count.year)
        worth, factor, since = Decimal(0), Decimal(1), start
        for due in days:
            factor /= 1 + rate_ppm * count.days(since, due) / year
            worth += factor
            since = due
        return int((principal / worth).to_integral_value(ROUND_HALF_EVEN))
