"""Whether a scene is well, by a rule that everybody can check on its figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, TypeAlias, get_args

Health: TypeAlias = Literal["well", "shrinking", "stale", "new", "unknown", "closed"]
HEALTHS: tuple[Health, ...] = get_args(Health)
STALE_DAYS = 14
"""Open for so long, and nobody used it in these days: stale."""
WEEKS_BEFORE = 4
SHRINKS_PERCENT = 80
"""Fewer users in the last whole week than so much of the mean of the weeks before: shrinking."""
USERS_LEAST = 10
"""Of a mean below this nothing is told: one holiday would be an alarm."""
_DAY = timedelta(days=1)


def last_whole_week(to: date) -> date:
    """The Monday of the last week whose Sunday is computed."""
    return to - ((to.weekday() + 1) % 7) * _DAY - 6 * _DAY


def usual_of(weeks: Mapping[date, int], to: date) -> float | None:
    """The mean of users a week in the weeks before the last whole one; None where one of them had
    nobody, as before a scene has begun."""
    last = last_whole_week(to)
    before = [weeks.get(last - n * 7 * _DAY, 0) for n in range(1, WEEKS_BEFORE + 1)]
    return sum(before) / WEEKS_BEFORE if all(before) else None


def health_of(
    state: str, live_on: date | None, to: date | None, last_use: date | None,
    weeks: Mapping[date, int],
) -> Health:  # fmt: skip
    """Of a scene in `state` that is open since `live_on`. `to` is the last computed day, `last_use`
    the last day within `STALE_DAYS` of it on which somebody used the scene, `weeks` its users by
    the Monday of the week."""
    if state not in ("live", "pilot"):
        return "closed"
    if to is None:
        return "unknown"
    if last_use is None:
        young = live_on is not None and (to - live_on).days < STALE_DAYS
        return "new" if young else "stale"
    usual = usual_of(weeks, to)
    if usual is None or usual < USERS_LEAST:
        return "well"
    now = weeks.get(last_whole_week(to), 0)
    return "shrinking" if now * 100 < usual * SHRINKS_PERCENT else "well"
