"""Whether a scene has earned back what was put into it, when it may, and for how long it earns.

Of whole months alone: those whose last day is computed. The *net* of a month is its result in the
ledger less the running cost that was entered for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, sqrt
from typing import Literal, TypeAlias

LOOKS_BACK = 6
"""Months that a forecast is made of, the last ones."""
MONTHS_LEAST = 3
SUSTAINED = 3
"""Months in a row above cost that make income sustained."""
_T95 = (12.71, 4.30, 3.18, 2.78, 2.57)
"""Student's t, two-sided 95 %, for 1 to 5 degrees of freedom."""

Outlook: TypeAlias = Literal["nothing_invested", "paid_back", "too_few", "not_in_sight", "forecast"]


@dataclass(frozen=True, slots=True)
class Month:
    """A whole month in minor units; `invested` was put in during it."""

    month: date
    result: int
    running: int
    invested: int

    @property
    def net(self) -> int:
        return self.result - self.running


@dataclass(frozen=True, slots=True)
class Payback:
    """`left` is what is still to be earned back, in minor units. `month` is that of the payback, actual
    or forecast; `soonest` and `latest` are its interval of 95 %, `latest` None where it has no end."""

    invested: int
    left: int
    outlook: Outlook
    month: date | None = None
    soonest: date | None = None
    latest: date | None = None


def sustained_months(months: Sequence[Month]) -> int:
    """How many of the last whole months in a row earned more than they cost; a month that is not known
    ends the row."""
    count, expected = 0, None
    for each in reversed(months):
        if each.net <= 0 or (expected is not None and each.month != expected):
            break
        count, expected = count + 1, _before(each.month)
    return count


def payback_of(months: Sequence[Month]) -> Payback:
    """Of months in order. The forecast takes the mean net of the last six months to go on, and its
    interval from how much they differ."""
    invested = sum(each.invested for each in months)
    if not invested:
        return Payback(0, 0, "nothing_invested")
    earned, put_in, paid = 0, 0, None
    for each in months:
        earned, put_in = earned + each.net, put_in + each.invested
        if earned < put_in:
            paid = None
        elif put_in and paid is None:
            paid = each.month
    if paid is not None:
        return Payback(invested, 0, "paid_back", paid)
    left, last = put_in - earned, months[-1].month
    nets = [each.net for each in months[-LOOKS_BACK:]]
    if len(nets) < MONTHS_LEAST:
        return Payback(invested, left, "too_few")
    mean = Fraction(sum(nets), len(nets))
    if mean <= 0:
        return Payback(invested, left, "not_in_sight")
    spread = sum((each - mean) ** 2 for each in nets) / (len(nets) - 1)
    wide = _T95[len(nets) - 2] * sqrt(spread / len(nets))
    low, high = float(mean) - wide, float(mean) + wide
    return Payback(
        invested, left, "forecast", _after(last, ceil(left / mean)),
        _after(last, ceil(left / high)), _after(last, ceil(left / low)) if low > 0 else None,
    )  # fmt: skip


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _after(month: date, count: int) -> date | None:
    """None: beyond what a calendar has."""
    years, of_year = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, of_year + 1, 1) if years < date.max.year else None
