"""The daily review: somebody by name has looked at a day that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enscene.kernel.errors import Conflict, Invalid
from enscene.partners import store as partners_sql
from enscene.partners.incidents.incident import check_words
from enscene.partners.monitor import store
from enscene.partners.monitor.usage import read_usage

BACK_DAYS = 14
"""So many days before today are asked for."""


@dataclass(frozen=True, slots=True)
class Review:
    """Who has looked at a day, when, and what was said; with the figures that were seen."""

    day: date
    who: str
    note: str
    calls: int
    failed: int
    at: datetime


async def sign_review(
    pool: partners_sql.Pool, tenant: int, day: date, today: date, zone: str, *, who: str, note: str
) -> None:
    """Sign off a day of the last two weeks. Raises: Invalid("review.day", "incident.text"),
    Conflict("review.done")."""
    note = check_words(note, "note", 2, 500)
    if not today - timedelta(days=BACK_DAYS) <= day < today:
        raise Invalid(
            f"a day that is over, of the last {BACK_DAYS}", code="review.day", param="day",
            facts={"days": BACK_DAYS},
        )  # fmt: skip
    seen = (await read_usage(pool, tenant, day, day, zone)).whole
    async with partners_sql.admitted(pool, tenant) as connection:
        done = await store.insert_review(
            connection, tenant, day, who, note, seen.calls, seen.failed
        )
    if not done:
        raise Conflict("somebody has signed this day", code="review.done", param="day")


async def list_reviews(
    pool: partners_sql.Pool, tenant: int, today: date
) -> tuple[list[Review], list[date]]:
    """Those of the last two weeks, newest first, and the days of the bank that nobody has looked
    at."""
    since = today - timedelta(days=BACK_DAYS)
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_reviews(connection, tenant, since)
        begins = await store.read_first_day(connection, tenant)
    found = [Review(*row) for row in rows]
    signed = {each.day for each in found}
    days = [today - timedelta(days=n) for n in range(1, BACK_DAYS + 1)]
    return found, [day for day in days if day >= begins and day not in signed]
