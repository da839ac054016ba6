"""Take what the public says of partners, as JSON lines of a feed; judge it, and watch its days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from enscene.kernel.errors import Invalid, NotFound
from enscene.partners import store
from enscene.partners.clauses import today_of
from enscene.partners.find_partner import list_partners
from enscene.partners.incidents.incident import is_plain
from enscene.partners.incidents.open_incident import add_incident
from enscene.partners.opinions import store as opinions_sql
from enscene.partners.opinions.rules import (
    Finding,
    Sentiment,
    judge_day,
    judge_text,
    read_lexicon,
)
from enscene.partners.partner import partner_id
from enscene.tenants import get_tenant

LINES_MOST = 2_000
TREND_DAYS = 30
BACK = timedelta(days=400)
LISTED = 50
WATCH = "watch"


class Item(msgspec.Struct, forbid_unknown_fields=True):
    """One line. `time` has an offset."""

    partner: Annotated[str, Meta(max_length=64)]
    source: Annotated[str, Meta(min_length=1, max_length=60)]
    url: Annotated[str, Meta(pattern=r"^https?://[!-~]{1,480}$")]
    time: Annotated[datetime, Meta(tz=True)]
    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


@dataclass(frozen=True, slots=True)
class Opinion:
    """An item as it was judged."""

    source: str
    url: str
    at: datetime
    text: str
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class Day:
    """How many items of each sentiment a day had."""

    day: date
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """All of them."""
        return sum(self.counts.values())


async def take_opinions(pool: store.Pool, tenant: int, body: bytes, who: str) -> tuple[int, int]:
    """Take the lines of a feed, all or none: how many there are, and how many were new. What is
    there already (source, address, text, of a partner) counts once. Each line:
    {"partner": "ptn_…", "source", "url", "time", "text"}.

    Raises: Invalid("opinion.bad") with the line as `param`.
    """
    known = {each.id for each in await list_partners(pool, tenant)}
    lines = [(n, line) for n, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if not 0 < len(lines) <= LINES_MOST:
        raise Invalid(
            f"from 1 to {LINES_MOST} lines", code="opinion.bad", param="lines",
            facts={"what": f"1 – {LINES_MOST}"},
        )  # fmt: skip
    rows = []
    for number, line in lines:
        item = _read(number, line)
        partner = _partner(number, item, known)
        digest = hashlib.sha256(
            "\0".join((item.source, item.url, item.text)).encode("utf-8")
        ).digest()
        rows.append(
            (partner, digest, item.source, item.url, item.time, item.text, judge_text(item.text))
        )
    async with store.admitted(pool, tenant) as connection:
        fresh = await opinions_sql.put(connection, tenant, read_lexicon().version, who, rows)
    await watch_opinions(pool, tenant)
    return len(rows), fresh


async def watch_opinions(pool: store.Pool, tenant: int, today: date | None = None) -> list[Finding]:
    """Judge today and yesterday of every partner; a rule has one incident a day for a partner.
    What was new."""
    zone = (await get_tenant(pool, tenant)).zone
    last = today or await today_of(pool, tenant)
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await opinions_sql.count_days(
            connection, tenant, None, zone, last - timedelta(days=1), last
        )
    days: dict[tuple[UUID, date], dict[str, int]] = {}
    for row in rows:
        days.setdefault((row["partner"], row["day"]), {})[row["sentiment"]] = row["items"]
    there = {each.id for each in await list_partners(pool, tenant) if each.stage != "left"}
    found = []
    for (partner, day), counts in days.items():
        for finding in judge_day(counts.get("bad", 0), sum(counts.values())):
            if partner not in there:
                continue
            async with store.admitted(pool, tenant) as connection:
                rule = finding.rule
                opened = await add_incident(
                    connection, tenant, partner, title=f"{rule.zh} · {rule.en}",
                    severity=rule.severity, text=_words(finding, day), responsible="bank",
                    side="watch", who=WATCH, key=f"watch opinion {rule.id} {day:%Y%m%d}",
                )  # fmt: skip
            if opened is not None:
                found.append(finding)
    return found


async def read_trend(
    pool: store.Pool, tenant: int, partner: UUID, today: date | None = None
) -> list[Day]:
    """The last thirty days, the oldest first; those without an item too."""
    zone = (await get_tenant(pool, tenant)).zone
    last = today or await today_of(pool, tenant)
    first = last - timedelta(days=TREND_DAYS - 1)
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await opinions_sql.count_days(connection, tenant, partner, zone, first, last)
    counts: dict[date, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["day"], {})[row["sentiment"]] = row["items"]
    days = [first + timedelta(days=n) for n in range(TREND_DAYS)]
    return [Day(day, counts.get(day, {})) for day in days]


async def list_opinions(pool: store.Pool, tenant: int, partner: UUID) -> list[Opinion]:
    """Newest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await opinions_sql.list_opinions(connection, tenant, partner, LISTED)
    return [Opinion(*row) for row in rows]


def _read(number: int, line: bytes) -> Item:
    try:
        item = msgspec.json.decode(line, type=Item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(number, str(error)[:200]) from None
    now = datetime.now(UTC)
    if not now - BACK <= item.time <= now + timedelta(minutes=5):
        raise _bad(number, "time: of the last 400 days")
    text = item.text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    if not is_plain(item.source) or not is_plain(text):
        raise _bad(number, "text: plain characters")
    return item


def _partner(number: int, item: Item, known: set[UUID]) -> UUID:
    try:
        found = partner_id(item.partner)
    except NotFound:
        raise _bad(number, "partner: there is none of that number") from None
    if found not in known:
        raise _bad(number, "partner: there is none of that number")
    return found


def _bad(number: int, what: str) -> Invalid:
    return Invalid(
        f"line {number}: {what}", code="opinion.bad", param=f"lines.{number}",
        facts={"what": f"{number}: {what}"},
    )  # fmt: skip


def _words(finding: Finding, day: date) -> str:
    unit = "%" if finding.rule.measure == "bad_share" else ""
    return (
        f"{day.isoformat()} 共 {finding.items} 条，负面 {finding.bad} 条（界限 "
        f"{finding.rule.threshold}{unit}） · {finding.bad} bad of {finding.items} items, limit "
        f"{finding.rule.threshold}{unit}"
    )
