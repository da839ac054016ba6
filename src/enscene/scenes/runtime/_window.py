"""Windows of counters, remembered: the same day is asked for by every payment of the day."""

from __future__ import annotations

from datetime import datetime, timedelta

from enscene.kernel.clock import Per, next_time_of_day, window_key

_known: dict[tuple[str, str], tuple[datetime, datetime, str]] = {}


def window_at(now: datetime, zone: str, per: Per) -> tuple[str, datetime]:
    """The window's name, and a moment until which it is surely that one."""
    known = _known.get((zone, per))
    if known is not None and known[0] <= now < known[1]:
        return known[2], known[1]
    if per == "hour":
        until = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:
        until = next_time_of_day(now, "00:00", zone)
    key = window_key(now, zone, per)
    _known[zone, per] = (now, until, key)
    return key, until
