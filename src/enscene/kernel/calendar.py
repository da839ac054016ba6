"""Working days of a region.

China's come from the published yearly notices (with the weekend days worked in exchange), other
regions' from their public holidays. A year whose notice is not out yet follows one rule: Monday
to Friday are working days; the answer is then not `certain`, so that a page can warn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from enscene.kernel.errors import Invalid

if TYPE_CHECKING:
    from holidays import HolidayBase

_REGION = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_MOST_DAYS = 2_000


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """Whether a day is worked (also its truth value), and whether that is published."""

    working: bool
    certain: bool

    def __bool__(self) -> bool:
        return self.working


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day reached by counting working days, and whether all days counted were published."""

    day: date
    certain: bool


def is_working_day(day: date, region: str = "CN") -> WorkingDay:
    """Whether the region works on that day. Region: "CN", another country "SG", a part "US-NY"."""
    if region == "CN":
        return _in_china(day)
    calendar = _holidays_of(region)
    known = calendar.start_year <= day.year <= calendar.end_year
    if not known:
        return WorkingDay(day.weekday() < 5, certain=False)
    return WorkingDay(calendar.is_working_day(day), certain=True)


def add_working_days(day: date, count: int, region: str = "CN") -> DueDay:
    """The `count`-th working day after `day`; for 0, `day` itself or the next one worked."""
    if not 0 <= count <= _MOST_DAYS:
        raise Invalid(f"A number of working days is 0 to {_MOST_DAYS}.", code="calendar.bad_count")
    left, certain = count, True
    while True:
        answer = is_working_day(day, region)
        certain = certain and answer.certain
        if left == 0 and answer.working:
            return DueDay(day, certain)
        day += timedelta(days=1)
        if left and is_working_day(day, region):
            left -= 1


def _in_china(day: date) -> WorkingDay:
    import chinese_calendar

    try:
        return WorkingDay(bool(chinese_calendar.is_workday(day)), certain=True)
    except NotImplementedError:  # outside the published years
        return WorkingDay(day.weekday() < 5, certain=False)


@lru_cache(maxsize=64)
def _holidays_of(region: str) -> HolidayBase:
    import holidays  # slow to import, and a tenant in China never needs it

    match = _REGION.fullmatch(region)
    try:
        if match:
            return holidays.country_holidays(match[1], subdiv=match[2])
    except NotImplementedError:
        pass
    raise Invalid(
        f"There is no calendar of working days for {region[:20]!r}.",
        code="calendar.unknown_region",
        hint='Use a country code such as "CN" or "SG", or a part of one such as "US-NY".',
    )
