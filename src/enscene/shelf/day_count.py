"""How many days lie between two dates, and of how many days a year is made.

Sources: ISDA 2006 Definitions, section 4.16 (d) Actual/365 (Fixed), (e) Actual/360, (g) 30E/360.
"""

from __future__ import annotations

import calendar
from datetime import date
from enum import StrEnum


class DayCount(StrEnum):
    """A rule. In all of them the days of two neighbouring periods add up to those of both."""

    ACT_365 = "act/365"
    ACT_360 = "act/360"
    THIRTY_360 = "30/360"

    @property
    def year(self) -> int:
        """Days of a year."""
        return 365 if self is DayCount.ACT_365 else 360

    def days(self, start: date, end: date) -> int:
        """Days from `start` to `end`, the first not counted."""
        if self is DayCount.THIRTY_360:
            return _thirty(end) - _thirty(start)
        return (end - start).days


def _thirty(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last: 31 January, 28 February, 31 March."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
