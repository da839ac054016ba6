"""The days that a run computes: a tenant's day, and the week and the month that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

Grain: TypeAlias = Literal["day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A day of a zone. Weeks begin on Monday. Weeks and months end with `to`, the last day that is
    computed, also where that is after `day`, so that a day computed again leaves nothing out and the
    days of a month sum to it; None: they hold all of their days that there are in the lake."""

    zone: str
    day: date
    to: date | None = None

    def span(self, grain: Grain) -> tuple[date, date]:
        """First and last day."""
        if grain == "day":
            return self.day, self.day
        if grain == "week":
            first = self.day - self.day.weekday() * _DAY
            last = first + 6 * _DAY
        else:
            first, last = _month(self.day)
        return first, last if self.to is None else min(last, max(self.day, self.to))

    @property
    def month_before(self) -> tuple[date, date]:
        """First and last day of the month before."""
        return _month(self.day.replace(day=1) - _DAY)

    @property
    def first(self) -> date:
        """The first day that any of them looks at, but those that look at all there was."""
        return min(self.month_before[0], self.span("week")[0])

    @property
    def last(self) -> date:
        """The last day of them all."""
        return max(self.span("month")[1], self.span("week")[1])

    def begin_of(self, day: date) -> datetime:
        """When a day begins, in UTC."""
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def local_day(self, at: Any) -> Any:
        """The day of the zone of a column of times. Made of the zone's offsets, of which there are
        two a year at the most, so that no engine's own tables of zones have a say."""
        import ibis

        changes = self._changes()
        days = [(at + ibis.interval(seconds=offset_s)).date() for _, offset_s in changes]
        cases = [
            (at < ibis.literal(until), day)
            for (until, _), day in zip(changes[:-1], days[:-1], strict=True)
        ]
        return ibis.cases(*cases, else_=days[-1]) if cases else days[-1]

    def _changes(self) -> list[tuple[datetime, int]]:
        """Until when which offset in seconds holds, the last one for good."""
        zone = ZoneInfo(self.zone)
        at = datetime(self.first.year - 10, 1, 1, tzinfo=UTC)
        end = self.begin_of(self.last + 2 * _DAY)
        found: list[tuple[datetime, int]] = []
        offset = _offset_s(at, zone)
        while at < end:
            after = at + _DAY
            if (new := _offset_s(after, zone)) != offset:
                found.append((_turn(at, after, zone), offset))
                offset = new
            at = after
        return [*found, (end, offset)]


def _offset_s(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "it has a zone"
    return int(offset.total_seconds())


def _turn(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The second within a day at which the offset changes."""
    before = _offset_s(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if _offset_s(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + 32 * _DAY).replace(day=1) - _DAY
