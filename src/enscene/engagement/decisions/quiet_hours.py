"""Whether it is quiet by the clock on the customer's wall, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from enscene.engagement.decisions.policy import DAY_MIN, Quiet
from enscene.kernel.clock import zone_of

MINUTE_US = 60_000_000


def quiet_until(quiet: Quiet, zone: str, at_us: int) -> int | None:
    """The first moment that is not quiet any more; None where it is not quiet.

    An hour that the clock shows twice in autumn is quiet both times, one that it skips in spring
    never was.
    """
    place = zone_of(zone)
    now = _local(at_us, place)
    shown = now.hour * 60 + now.minute
    if not _is_quiet(quiet, shown):
        return None
    ends = at_us // MINUTE_US * MINUTE_US + (quiet.until_min - shown) % DAY_MIN * MINUTE_US
    then = _local(ends, place)
    if then.utcoffset() == now.utcoffset():
        return ends
    # The clocks are changed before it ends, which is two nights a year: look at every minute.
    at = at_us // MINUTE_US * MINUTE_US
    while _is_quiet(quiet, shown):
        at += MINUTE_US
        now = _local(at, place)
        shown = now.hour * 60 + now.minute
    return at


def _local(at_us: int, place: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(place)


def _is_quiet(quiet: Quiet, shown: int) -> bool:
    begins, ends = quiet.from_min, quiet.until_min
    if begins < ends:
        return begins <= shown < ends
    return shown >= begins or shown < ends
