"""What a loan would cost, worked out fast enough to ask it of a whole shelf at once.

The same figures as `plan_repayment` and `annual_cost` give: what depends on the calendar alone is
kept for the next product, and the rate of return is found by Newton's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from math import exp, expm1, log1p

from enscene.kernel.errors import Invalid
from enscene.kernel.money import half_even
from enscene.shelf.annual_cost import HIGHEST, AnnualCost, rounded_cost
from enscene.shelf.day_count import DayCount
from enscene.shelf.interest import MILLION
from enscene.shelf.repayment_plan import Method, due_days

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class LoanOffer:
    """Minor units. `fee` is kept back when the money is paid out; `first` and `last` are the
    instalments, `interest` all of it over the term."""

    amount: int
    months: int
    first: int
    last: int
    interest: int
    fee: int
    cost: AnnualCost


class _Dates:
    """The due days of a term that begins on a day: lengths of periods, and days from the start."""

    def __init__(self, start: date, months: int, method: Method, count: DayCount) -> None:
        days = due_days(start, months, method)
        before = [start, *days[:-1]]
        self.periods = [count.days(a, b) for a, b in zip(before, days, strict=True)]
        self.gaps = [(b - a).days for a, b in zip(before, days, strict=True)]
        self.offsets = [(day - start).days for day in days]
        self.distinct = sorted(set(self.gaps))
        self.year = count.year
        self._worth: dict[int, Decimal] = {}

    def worth(self, rate_ppm: int) -> Decimal:
        """What one minor unit on each due day is worth at the start."""
        known = self._worth.get(rate_ppm)
        if known is None:
            year = Decimal(MILLION * self.year)
            known, factor = Decimal(0), _ONE
            for period in self.periods:
                growth = _EXACT.add(1, _EXACT.divide(Decimal(rate_ppm * period), year))
                factor = _EXACT.divide(factor, growth)
                known = _EXACT.add(known, factor)
            if len(self._worth) > 1_000:
                self._worth.clear()
            self._worth[rate_ppm] = known
        return known


@lru_cache(maxsize=2_000)
def _dates(start: date, months: int, method: Method, count: DayCount) -> _Dates:
    return _Dates(start, months, method, count)


def loan_offer(
    amount: int,
    months: int,
    start: date,
    method: Method,
    count: DayCount,
    rate_ppm: int,
    fee_ppm: int = 0,
) -> LoanOffer:
    """The instalments and the all-in annual cost of a loan. Raises: Invalid."""
    if amount <= 0:
        raise Invalid("a loan is of more than nothing", code="shelf.bad_amount", param="amount")
    dates = _dates(start, months, method, count)
    totals = _totals(amount, rate_ppm, dates, method)
    fee = half_even(amount * fee_ppm, MILLION)
    cost = _cost(amount - fee, totals, dates, rate_ppm)
    return LoanOffer(amount, months, totals[0], totals[-1], sum(totals) - amount, fee, cost)


def _totals(amount: int, rate_ppm: int, dates: _Dates, method: Method) -> list[int]:
    """What is paid on each due day."""
    scale, last = MILLION * dates.year, len(dates.periods)
    half, even = scale // 2, scale % 2 == 0
    left, totals = amount, []
    level = 0
    if method is Method.EQUAL_INSTALMENT:
        share = _EXACT.divide(Decimal(amount), dates.worth(rate_ppm))
        level = int(share.to_integral_value(ROUND_HALF_EVEN))
    for number, period in enumerate(dates.periods, 1):
        interest, rest = divmod(left * rate_ppm * period, scale)
        interest += rest > half or (rest == half and even and interest & 1)  # half-even
        if number == last:
            part = left
        elif method is Method.EQUAL_INSTALMENT:
            part = min(max(level - interest, 0), left)
        elif method is Method.EQUAL_PRINCIPAL:
            part = amount * number // last - amount * (number - 1) // last
        else:
            part = 0
        left -= part
        totals.append(part + interest)
    return totals


def _cost(had: int, totals: list[int], dates: _Dates, rate_ppm: int) -> AnnualCost:
    """The rate of return of `had` now against `totals` on the due days."""
    paid = sum(totals)
    if had <= 0 or paid <= 0:
        raise Invalid("a cost needs money had and money paid back", code="shelf.no_cost")
    if paid <= had:
        return AnnualCost(0, 0)
    # What they are worth falls, ever slower, as the rate rises: from below Newton never passes it.
    daily = log1p(rate_ppm / MILLION) / 365
    for _ in range(100):
        worth, slope = _worth_at(daily, totals, dates)
        step = (worth - had) / slope
        daily += step
        # The next step would be as the square of this one: beyond what floats can tell.
        if abs(step) <= 1e-9 * abs(daily):
            break
    rate = expm1(daily * 365)
    if not rate <= HIGHEST:
        raise Invalid("the cost is beyond any measure", code="shelf.no_cost")
    return rounded_cost(rate)


def _worth_at(daily: float, totals: list[int], dates: _Dates) -> tuple[float, float]:
    """What is paid, worth at the start, and how fast that falls as the daily rate rises."""
    by_gap = {gap: exp(-daily * gap) for gap in dates.distinct}
    worth = slope = 0.0
    factor = 1.0
    for total, gap, offset in zip(totals, dates.gaps, dates.offsets, strict=True):
        factor *= by_gap[gap]
        now = total * factor
        worth += now
        slope += now * offset
    return worth, slope
