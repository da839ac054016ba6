"""What staff did beside what the customer did: contacts, how long an answer took, what came of it;
pages, clicks, scores. From the events that come from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from enscene.customers.identity import read_parties_of
from enscene.engagement.outside import BY_ACTION
from enscene.engagement.outside.store import read_of
from enscene.engagement.running.store import read_refs
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.operations.behaviour import IN_TIME, Served, read_served
from enscene.web.console import Visit
from enscene.web.language import Texts

READ, SHOWN = 500, 12
STAFF = "staff."


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One thing that staff or the customer did, in words."""

    at: datetime
    by_staff: bool
    title: str
    told: str


@dataclass(slots=True)
class ContactsView:
    """`figures` are sums of the newest events, in words; `lines` the newest of all."""

    staff: list[tuple[str, str]] = field(default_factory=list)
    customer: list[tuple[str, str]] = field(default_factory=list)
    lines: list[ContactLine] = field(default_factory=list)
    strip: list[tuple[str, str]] = field(default_factory=list)
    """What staff did (`staff`) and what came of it (`outcome`), in words, over all time."""


async def view_contacts(visit: Visit, party: int) -> ContactsView:
    """Of a customer, over all parties that are the same one."""
    tenant = visit.tenant
    async with operations_store.reading(visit.console.pool, tenant) as connection:
        parties = await read_parties_of(connection, tenant, party)
        refs = (await read_refs(connection, tenant, parties)).values()
        rows = await read_of(connection, tenant, list(refs), READ)
        served = await read_served(connection, tenant, parties, list(refs))
        zone = (await operations_store.read_clock(connection, tenant))["zone"]
    told = [row["facts"]["outside"] for row in rows]
    view = ContactsView(_of_staff(told, visit.t), _of_customer(told, visit.t))
    view.strip = _strip(served, visit.t, zone)
    found = [_line(row["action"], row["facts"]["outside"], visit.t) for row in rows]
    found.sort(key=lambda line: line.at, reverse=True)
    # Pages are many: they must not push what staff did off the list.
    view.lines = sorted(
        [line for line in found if line.by_staff][: SHOWN // 2]
        + [line for line in found if not line.by_staff][: SHOWN // 2],
        key=lambda line: line.at, reverse=True,
    )  # fmt: skip
    return view


def _of_staff(told: Sequence[Mapping[str, Any]], t: Texts) -> list[tuple[str, str]]:
    acts = [each for each in told if each["type"].startswith(STAFF)]
    if not acts:
        return []
    waits = [each["data"]["reply_s"] for each in acts if each["type"] == "staff.replied"]
    tried = [each["data"]["outcome"] for each in acts if "outcome" in each["data"]]
    reached = sum(outcome in ("reached", "met") for outcome in tried)
    followed = [each["data"]["follow_up"] for each in acts if "follow_up" in each["data"]]
    figures = [(t("contacts.count"), str(len(acts)))]
    if waits:
        figures.append((t("contacts.reply"), lasted(median(waits), t)))
    if tried:
        figures.append((t("contacts.reached"), f"{reached} / {len(tried)}"))
    if followed:
        open_ = followed[0] == "promised"
        figures.append((t("contacts.follow_up"), t("contacts.follow." + ("promised" if open_ else followed[0]))))  # fmt: skip
    return figures


def _strip(served: Served, t: Texts, zone: str) -> list[tuple[str, str]]:
    parts = []
    if served.replies:
        parts.append(("staff", t(
            "staff.strip_replies", count=served.replies, wait=lasted(served.reply_s or 0, t),
            hours=int(IN_TIME.total_seconds()) // 3_600, in_time=served.in_time,
        )))  # fmt: skip
    if served.follow_ups:
        parts.append(("staff", t(
            "staff.strip_followed", followed=served.followed, follow_ups=served.follow_ups
        )))  # fmt: skip
    if served.hands:
        parts.append(("staff", t("staff.strip_hands", count=served.hands)))
    if not parts:
        return []
    parts.append(("outcome", t("staff.strip_taken", taken=served.taken, offers=served.offers)))
    parts.append(("outcome", t("staff.strip_kept", opened=served.opened, kept=served.kept)))
    last = served.active_at
    parts.append(("outcome", t("staff.strip_never") if last is None else t(
        "staff.strip_active", at=f"{local_day(last, zone)}"
    )))  # fmt: skip
    return parts


def _of_customer(told: Sequence[Mapping[str, Any]], t: Texts) -> list[tuple[str, str]]:
    views = [each["data"]["dwell_ms"] for each in told if each["type"] == "page.viewed"]
    clicks = sum(each["type"] == "page.clicked" for each in told)
    scores = [each["data"]["score"] for each in told if each["type"] == "feedback.given"]
    figures = []
    if views:
        figures.append((t("contacts.views"), str(len(views))))
        figures.append((t("contacts.dwell"), lasted(sum(views) / 1_000, t)))
    if clicks:
        figures.append((t("contacts.clicks"), str(clicks)))
    if scores:
        figures.append((t("contacts.score"), f"{sum(scores) / len(scores):.1f}"))
    return figures


def lasted(seconds: float, t: Texts) -> str:
    """How long, in the largest unit that says it."""
    whole = round(seconds)
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if whole >= 2 * size:
            return t(f"contacts.{unit}", count=round(whole / size))
    return t("contacts.seconds", count=whole)


def _line(action: str, told: Mapping[str, Any], t: Texts) -> ContactLine:
    type_, data = BY_ACTION[action], told["data"]
    parts = [str(data[name]) for name in ("page", "target", "staff", "product") if name in data]
    if "dwell_ms" in data:
        parts.append(lasted(data["dwell_ms"] / 1_000, t))
    if "outcome" in data:
        parts.append(t(f"contacts.outcomes.{data['outcome']}"))
    if "reply_s" in data:
        parts.append(t("contacts.after", wait=lasted(data["reply_s"], t)))
    if "duration_s" in data:
        parts.append(t("contacts.lasting", time=lasted(data["duration_s"], t)))
    if "follow_up" in data:
        parts.append(t(f"contacts.follow.{data['follow_up']}"))
    if "score" in data:
        parts.append(f"{data['score']} / 10")
    title = t(f"contacts.types.{type_.name.replace('.', '_')}")
    at = datetime.fromisoformat(told["time"])
    return ContactLine(at, type_.name.startswith(STAFF), title, " · ".join(parts))
