"""Outside scenes in the console: entries, the contract of both directions, what the traffic brings
and costs, down to single visits and orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid, NotFound
from enscene.operations import list_scenes
from enscene.partners.bring_in import (
    CLASSES,
    IN_KINDS,
    OUT_KINDS,
    SHOWN,
    Sums,
    Traffic,
    close_entry,
    decide_entry,
    decide_terms,
    entry_id,
    find_orders,
    find_visits,
    list_entries,
    list_terms,
    move_entry,
    propose_entry,
    propose_terms,
    read_traffic,
)
from enscene.partners.bring_in.entry import PAYERS
from enscene.partners.find_partner import get_partner, list_partners
from enscene.partners.partner import partner_id
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

WORKERS, DECIDER = ("scene_team", "approver"), "approver"
DAYS, DAYS_MOST = 30, 370
WIDTH, HEIGHT, GAP, LEFT = 720.0, 120.0, 4.0, 44.0
TYPED = (
    "partner", "title_zh", "title_en", "class", "url", "shown", "number", "starts", "in_kind",
    "in_price", "in_payer", "out_kind", "out_price", "out_payer", "out_scenes", "share_most",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the chart. `x` and heights in units of the drawing."""

    day: date
    x: float
    width: float
    visits: float
    sold: float
    sums: Sums


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/bring-in", member(console, show, *STAFF), methods=["GET"]),
        Route("/bring-in/entries", member(console, entries, *WORKERS), methods=["POST"]),
        Route("/bring-in/terms", member(console, terms, *WORKERS), methods=["POST"]),
        Route("/bring-in/{partner}", member(console, show_partner, *STAFF), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """The report, and below it what is shown and agreed."""
    return await _page(visit)


async def show_partner(visit: Visit) -> Response:
    """The single visits and orders of a partner in the days."""
    pool, tenant = visit.console.pool, visit.tenant
    partner = await get_partner(pool, tenant, partner_id(visit.path("partner")))
    first, last, zone = await _span(visit)
    return visit.page(
        "bring_in_partner.html", partner=partner, first=first, last=last, zone=zone,
        visits=await find_visits(pool, tenant, partner.id, first, last),
        orders=await find_orders(pool, tenant, partner=partner.id, first=first, last=last),
        entries={each.id: each for each in await list_entries(pool, tenant, partner.id)},
        terms=await list_terms(pool, tenant, partner.id),
    )  # fmt: skip


async def entries(visit: Visit) -> Response:
    """Propose one, open or refuse it, take it away, put it elsewhere."""
    return await _done(visit, "entries", _entries(visit))


async def _entries(visit: Visit) -> None:
    pool, tenant, verb = visit.console.pool, visit.tenant, visit.field("do")
    if verb == "propose":
        await propose_entry(
            pool, tenant, _partner(visit), title_zh=visit.field("title_zh"),
            title_en=visit.field("title_en"), class_=visit.field("class"), url=visit.field("url"),
            shown=visit.field("shown"), who=visit.who,
        )  # fmt: skip
        return
    entry = entry_id(visit.field("entry"))
    if verb in ("open", "refuse"):
        _need_decider(visit)
        await decide_entry(pool, tenant, entry, open_=verb == "open", who=visit.who)
    elif verb == "close":
        await close_entry(pool, tenant, entry, visit.who)
    elif verb == "move":
        await move_entry(pool, tenant, entry, _number(visit, "position"))
    else:
        raise Invalid("nothing was asked", code="brought_in.entry", param="do")


async def terms(visit: Visit) -> Response:
    """Propose terms, agree to them or refuse."""
    return await _done(visit, "terms", _terms(visit))


async def _terms(visit: Visit) -> None:
    pool, tenant, verb = visit.console.pool, visit.tenant, visit.field("do")
    if verb in ("agree", "refuse"):
        _need_decider(visit)
        await decide_terms(
            pool, tenant, _partner(visit), _number(visit, "version"), agree=verb == "agree",
            who=visit.who,
        )  # fmt: skip
        return
    if verb != "propose":
        raise Invalid("nothing was asked", code="brought_in.terms", param="do")
    await propose_terms(
        pool, tenant, _partner(visit), number=visit.field("number"),
        starts=parse_day(f"{visit.field('starts')}-01", param="starts"), who=visit.who,
        in_kind=visit.field("in_kind"), in_price=visit.field("in_price") or "0",
        in_payer=visit.field("in_payer"), out_kind=visit.field("out_kind"),
        out_price=visit.field("out_price") or "0", out_payer=visit.field("out_payer"),
        out_scenes=visit.field("out_scenes").split(), share_most=_number(visit, "share_most"),
    )  # fmt: skip


async def _done(visit: Visit, where: str, work: Any) -> Response:
    """Do it; what was typed stays where it could not be done."""
    try:
        await work
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error, where)
    return visit.go(f"/bring-in#{where}")


async def _page(visit: Visit, error: EnsceneError | None = None, where: str = "") -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    first, last, zone = await _span(visit)
    traffic = await read_traffic(pool, tenant, first, last)
    found = await list_partners(pool, tenant)
    return visit.page(
        "bring_in.html", 200 if error is None else status_of(error),
        traffic=traffic, columns=columns_of(traffic), first=first, last=last, zone=zone,
        names={each.id: each.name for each in found}, numbers={each.id: each.number for each in found},
        live=[each for each in found if each.stage == "live"],
        present=[each for each in found if each.stage not in ("draft", "left")],
        terms=await list_terms(pool, tenant), scenes=await list_scenes(pool, tenant),
        works=visit.session.allows(*WORKERS), decides=visit.session.allows(DECIDER),
        classes=CLASSES, shown=SHOWN, in_kinds=IN_KINDS, out_kinds=OUT_KINDS, payers=PAYERS,
        width=WIDTH, height=HEIGHT, left=LEFT,
        most=max(sums.visits for sums in traffic.days.values()),
        said="" if error is None else visit.t.problem(error.code, error.facts, error.detail),
        said_of=where, param=error.param if error is not None else None,
        typed={name: visit.field(name) if error else "" for name in TYPED},
    )  # fmt: skip


def columns_of(traffic: Traffic) -> list[Column]:
    """One column for each day, the highest as high as the drawing."""
    most = max((max(sums.visits, sums.sold) for sums in traffic.days.values()), default=0)
    step = (WIDTH - LEFT) / max(1, len(traffic.days))
    return [
        Column(
            day, round(LEFT + n * step, 1), round(max(1.0, step - GAP), 1),
            round(HEIGHT * sums.visits / most, 1) if most else 0.0,
            round(HEIGHT * sums.sold / most, 1) if most else 0.0, sums,
        )
        for n, (day, sums) in enumerate(traffic.days.items())
    ]  # fmt: skip


async def _span(visit: Visit) -> tuple[date, date, str]:
    """The days that are asked for, the last thirty if none; and the zone. Raises: Invalid."""
    clock = await visit.read_clock()
    zone = str(clock["zone"])
    today = clock["now"].astimezone(ZoneInfo(zone)).date()
    last = parse_day(visit.ask("last"), param="last") if visit.ask("last") else today
    start = last - timedelta(days=DAYS - 1)
    first = parse_day(visit.ask("first"), param="first") if visit.ask("first") else start
    if not first <= last <= first + timedelta(days=DAYS_MOST):
        raise Invalid("the days are in order, at most 370", code="brought_in.days", param="first")
    return first, last, zone


def _partner(visit: Visit) -> UUID:
    return partner_id(visit.field("partner"))


def _need_decider(visit: Visit) -> None:
    if not visit.session.allows(DECIDER):
        raise Forbidden(
            "an approver decides", code="console.forbidden", facts={"roles": (DECIDER,)}
        )


def _number(visit: Visit, name: str) -> int:
    text = visit.field(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid("a whole number is needed", code="brought_in.entry", param=name)
    return int(text)
