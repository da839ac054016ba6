"""Campaigns as bars over the days on which they run, and where two lines meet, drawn without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from enscene.engagement.campaigns import Campaign, Conflict

WIDTH, LEFT, ROW, TOP = 720, 150, 30, 22
BEFORE, AFTER = timedelta(days=14), timedelta(days=76)
"""What of the calendar is shown, around today."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A campaign in its row; `clashes` are where it meets one of another line (x, width)."""

    campaign: Campaign
    y: int
    x: float
    width: float
    clashes: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """`months` are where one begins (x, its first day)."""

    width: int
    height: int
    left: int
    today: float
    bars: tuple[Bar, ...]
    months: tuple[tuple[float, date], ...]


def draw_calendar(
    campaigns: Sequence[Campaign], conflicts: Sequence[Conflict], today: date
) -> Calendar | None:
    """Those that run within the days shown, by line; None: there are none."""
    first, last = today - BEFORE, today + AFTER
    shown = [each for each in campaigns if each.body.starts <= last and each.body.ends >= first]
    if not shown:
        return None
    scale = (WIDTH - LEFT) / ((last - first).days + 1)

    def span(begins: date, ends: date) -> tuple[float, float]:
        begins, ends = max(begins, first), min(ends, last)
        days = (ends - begins).days + 1
        return round(LEFT + (begins - first).days * scale, 1), round(days * scale, 1)

    bars = []
    for n, each in enumerate(sorted(shown, key=lambda c: (c.body.line, c.body.starts, c.ref))):
        x, width = span(each.body.starts, each.body.ends)
        clashes = tuple(
            span(c.first, c.last)
            for c in conflicts
            if each.ref in (c.one.ref, c.other.ref) and c.first <= last and c.last >= first
        )
        bars.append(Bar(each, TOP + n * ROW, x, width, clashes))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    months = tuple((span(day, day)[0], day) for day in days if day.day == 1)
    return Calendar(
        WIDTH, TOP + len(bars) * ROW + 6, LEFT, span(today, today)[0], tuple(bars), months
    )
