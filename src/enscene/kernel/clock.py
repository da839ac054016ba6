"""Moments, days, windows and durations.

Every moment is a timezone-aware datetime in UTC with microseconds; where `now` comes from (the
tenant's clock, in the database) is not decided here. A zone is an IANA name such as
"Asia/Shanghai".
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from enscene.kernel.errors import Invalid
from enscene.kernel.said import say

Per = Literal["hour", "day", "week", "month", "year", "ever"]
"""How long a counter counts before it begins again at zero."""

WINDOWS: tuple[str, ...] = get_args(Per)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DURATION = re.compile(r"(0|[1-9][0-9]{0,9})(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = timedelta(days=36_600)


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name; an unknown one is `Invalid("clock.unknown_zone")`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            say("{name} is not a time zone.", name=repr(name)),
            code="clock.unknown_zone",
            hint=say('Use an IANA name such as "Asia/Shanghai".'),
        ) from None


def local_day(now: datetime, zone: str) -> date:
    """The calendar day that it is in the zone."""
    return now.astimezone(zone_of(zone)).date()


def window_key(now: datetime, zone: str, per: str) -> str:
    """Name of the counter window that holds `now`; within one `per`, names sort by time.

    "2026-11-22T13", "2026-11-22", "2026-W47" (ISO week), "2026-11", "2026" or "ever". An hour
    that a zone's clock repeats in autumn is one window.
    """
    local = now.astimezone(zone_of(zone))
    if per == "day":
        return local.date().isoformat()
    if per == "ever":
        return "ever"
    if per == "hour":
        return local.strftime("%Y-%m-%dT%H")
    if per == "week":
        year, week, _ = local.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if per == "month":
        return f"{local.year:04d}-{local.month:02d}"
    if per == "year":
        return f"{local.year:04d}"
    raise Invalid(
        say("{per} is not a counter window.", per=repr(per)),
        code="clock.bad_window",
        hint=say("Use one of {names}.", names=WINDOWS),
    )


def parse_duration(text: object, *, param: str | None = None) -> timedelta:
    """A span from "90s", "15m", "2h", "7d" or "1w", at most 100 years."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match:
        seconds = int(match[1]) * _SECONDS[match[2]]
        if seconds <= _LONGEST.total_seconds():
            return timedelta(seconds=seconds)
    raise Invalid(
        say("{value} is not a duration.", value=repr(str(text)[:40])),
        code="clock.bad_duration",
        param=param,
        hint=say('Write a number and a unit: "90s", "15m", "2h", "7d" or "1w".'),
    )


def next_time_of_day(now: datetime, text: str, zone: str) -> datetime:
    """The first moment after `now` at which clocks in the zone show "HH:MM".

    A time that the zone's clocks skip in spring falls as much later as they jump.
    """
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        raise Invalid(
            say("{text} is not a time of day.", text=repr(text[:40])),
            code="clock.bad_time_of_day",
            hint=say('Write hours and minutes: "22:00".'),
        )
    place = zone_of(zone)
    wanted = time(int(match[1]), int(match[2]), tzinfo=place)
    day = now.astimezone(place).date()
    while True:
        due = datetime.combine(day, wanted).astimezone(UTC)
        if due > now:
            return due
        day += timedelta(days=1)


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: "2026-11-22T11:45:58.000000Z"."""
    assert moment.tzinfo is not None, "a moment has a zone"
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(at_us: int) -> datetime:
    """The moment of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=at_us)


def micros_of(moment: datetime) -> int:
    """Microseconds since the epoch."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def parse_time(text: object, *, param: str | None = None) -> datetime:
    """The UTC moment of an RFC 3339 text; a zone is required, microseconds are the finest."""
    if isinstance(text, str) and _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Invalid(
        say("{value} is not a moment in RFC 3339 form.", value=repr(str(text)[:40])),
        code="clock.bad_time",
        param=param,
        hint=say('Write it as "2026-11-22T11:45:58Z".'),
    )


def parse_day(text: object, *, param: str | None = None) -> date:
    """The day of a "2026-11-22" text."""
    if isinstance(text, str) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise Invalid(
        say("{value} is not a day.", value=repr(str(text)[:40])),
        code="clock.bad_day",
        param=param,
        hint=say('Write it as "2026-11-22".'),
    )
