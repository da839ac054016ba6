"""Daily sums: what is added up, filled and told apart before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from enscene.kernel.errors import Refused

DAYS_MOST = 730
"""So many days of the past are looked at."""


def daily(rows: Iterable[tuple[date, int]], today: date, first: date | None = None) -> list[int]:
    """Sums of whole days from the first one with anything (or `first`) up to yesterday.

    A day without anything is 0; `today` is not over and is left out. Amounts in minor units.
    """
    sums: dict[date, int] = {}
    for day, minor in rows:
        if day < today:
            sums[day] = sums.get(day, 0) + minor
    if not sums:
        return []
    begin = max(first or min(sums), today - timedelta(days=DAYS_MOST))
    return [sums.get(begin + timedelta(days=n), 0) for n in range((today - begin).days)]


def too_little(have: int, need: int, what: str) -> Refused:
    """Nothing honest can be computed of so little."""
    return Refused(
        f"there is too little history: {have} {what}, {need} are needed",
        code="capability.little_history",
        hint="ask again when more has happened, or look at another account or thing",
        facts={"have": have, "need": need, "of": what},
    )
