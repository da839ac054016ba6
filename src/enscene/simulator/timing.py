"""When timers fall due, worked out from the pack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from enscene.kernel.calendar import add_working_days
from enscene.kernel.clock import (
    format_time,
    local_day,
    next_time_of_day,
    parse_day,
    parse_duration,
    parse_time,
    zone_of,
)
from enscene.simulator.book import Book, as_list, type_of


def next_timer(
    book: Book, thing: str, state: str, fields: Mapping[str, Any], now: datetime
) -> tuple[str | None, str | None]:
    """When the first timer of a thing that has just come into a state falls due, and its action."""
    first: tuple[datetime, str] | None = None
    for timer in book.timers.values():
        states = timer.get("on", {}).get(thing)
        if states is None or state not in as_list(states):
            continue
        due = _due(book, thing, timer, fields, now)
        if first is None or due < first[0]:
            first = (due, str(timer["do"]))
    return (None, None) if first is None else (format_time(first[0]), first[1])


def _due(
    book: Book, thing: str, timer: Mapping[str, Any], fields: Mapping[str, Any], now: datetime
) -> datetime:
    start = now
    if "from" in timer:
        raw = fields[timer["from"]]
        is_day = type_of(book.fields[thing][timer["from"]])[0] == "date"
        start = _midnight(raw, book.zone) if is_day else parse_time(raw)
    if "after" in timer:
        wait = book.option_or(timer["after"])
        return start + (wait if isinstance(wait, timedelta) else parse_duration(wait))
    if "at" in timer:
        return next_time_of_day(start, book.option_or(timer["at"]), book.zone)
    count = int(book.option_or(timer["working_days"]))
    day = add_working_days(local_day(start, book.zone), count).day
    return next_time_of_day(_midnight(day.isoformat(), book.zone), "23:59", book.zone)


def _midnight(day: str, zone: str) -> datetime:
    return datetime.combine(parse_day(day), datetime.min.time(), tzinfo=zone_of(zone)).astimezone(
        UTC
    )


def daily_timers(book: Book, since: datetime, until: datetime) -> list[tuple[datetime, str, str]]:
    """The daily timers of roles that fall due after `since`, up to `until`: (when, do, role)."""
    found = []
    for timer in book.timers.values():
        if "for" not in timer:
            continue
        due = next_time_of_day(since, book.option_or(timer["at"]), book.zone)
        while due <= until:
            found.append((due, str(timer["do"]), str(timer["for"])))
            due = next_time_of_day(due, book.option_or(timer["at"]), book.zone)
    return sorted(found)
