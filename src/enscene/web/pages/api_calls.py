"""Partners' calls in the console: by day, partner and interface, down to each call; and the daily
review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import EnsceneError
from enscene.partners.find_partner import get_partner
from enscene.partners.monitor import (
    Sum,
    Usage,
    list_calls,
    list_reviews,
    read_usage,
    sign_review,
)
from enscene.partners.partner import partner_id
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.apis import entries_of
from enscene.web.problems import status_of

REVIEWERS = ("scene_team", "approver")
DAYS = 30
WIDTH, HEIGHT, GAP, LEFT = 720.0, 120.0, 4.0, 44.0


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the chart: where its bars stand. `x` and heights in units of the drawing."""

    day: date
    x: float
    width: float
    calls: float
    failed: float
    sum: Sum


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/apis/calls", member(console, show, *STAFF), methods=["GET"]),
        Route("/apis/calls", member(console, review, *REVIEWERS), methods=["POST"]),
        Route("/apis/calls/{partner}", member(console, show_calls, *STAFF), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """A day, before the thirty days that end with it."""
    return await _page(visit)


async def review(visit: Visit) -> Response:
    """Sign off a day."""
    today, zone = await _today(visit)
    try:
        await sign_review(
            visit.console.pool, visit.tenant, parse_day(visit.field("day"), param="day"), today,
            zone, who=visit.who, note=visit.field("note"),
        )  # fmt: skip
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"/apis/calls?day={visit.field('day')}#review")


async def show_calls(visit: Visit) -> Response:
    """The calls of one partner on a day, all or of one interface."""
    pool, tenant = visit.console.pool, visit.tenant
    today, zone = await _today(visit)
    day, api = _day(visit, today), visit.request.query_params.get("api")
    partner = await get_partner(pool, tenant, partner_id(visit.path("partner")))
    failed, calls = visit.ask("failed") == "1", []
    if partner.live_app is not None:
        calls = await list_calls(pool, tenant, partner.live_app, api, day, zone, failed=failed)
    return visit.page(
        "api_calls_of.html", partner=partner, calls=calls, day=day, api=api, failed=failed,
        zone=zone,
    )  # fmt: skip


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    today, zone = await _today(visit)
    day = _day(visit, today)
    span = await read_usage(pool, tenant, day - timedelta(days=DAYS - 1), day, zone)
    usage = await read_usage(pool, tenant, day, day, zone)
    reviews, waiting = await list_reviews(pool, tenant, today)
    names = {entry.id: entry.summary for entry in await entries_of(visit)}
    return visit.page(
        "api_calls.html", 200 if error is None else status_of(error),
        usage=usage, columns=columns_of(span), day=day, today=today, zone=zone, names=names,
        width=WIDTH, height=HEIGHT, left=LEFT, most=max(s.calls for s in span.days.values()),
        reviews=reviews, waiting=waiting, may_sign=visit.session.allows(*REVIEWERS),
        signed=next((each for each in reviews if each.day == day), None),
        said="" if error is None else visit.t.problem(error.code, error.facts, error.detail),
        typed=visit.field("note") if error else "",
    )  # fmt: skip


def columns_of(span: Usage) -> list[Column]:
    """One column for each day, the highest as high as the drawing."""
    most = max((own.calls for own in span.days.values()), default=0)
    step = (WIDTH - LEFT) / max(1, len(span.days))
    return [
        Column(
            day, round(LEFT + n * step, 1), round(step - GAP, 1),
            round(HEIGHT * own.calls / most, 1) if most else 0.0,
            round(HEIGHT * own.failed / most, 1) if most else 0.0, own,
        )
        for n, (day, own) in enumerate(span.days.items())
    ]  # fmt: skip


async def _today(visit: Visit) -> tuple[date, str]:
    """Calls are told by the real time, in the bank's zone."""
    zone: str = (await visit.read_clock())["zone"]
    return datetime.now(UTC).astimezone(ZoneInfo(zone)).date(), zone


def _day(visit: Visit, today: date) -> date:
    text: Any = visit.ask("day") or visit.field("day")
    day = parse_day(text, param="day") if text else today
    return min(max(day, today - timedelta(days=365)), today)
