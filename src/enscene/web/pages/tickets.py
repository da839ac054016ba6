"""Tickets: a tenant's own, those of its partners, and for the operator those of all in sight."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Forbidden
from enscene.operations.indicators import Window
from enscene.partners.find_partner import list_partners
from enscene.tenants import Tenant, get_tenant
from enscene.tenants.figures import Sight, sight_of
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of
from enscene.work.tickets import (
    ACTS,
    KINDS,
    Ticket,
    get_ticket,
    handle_ticket,
    list_tickets,
    open_ticket,
    read_clocks,
    score_service,
    ticket_id,
)
from enscene.work.tickets.ticket import Side

READERS = (*STAFF, "admin", "operator", "manager")
ANSWERERS = ("scene_team", "approver", "admin")
TYPED = ("kind", "title", "text")
ZONE = "Asia/Shanghai"
"""Of whoever looks over several tenants; their times are shown in it."""


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    one, theirs = "/tickets/{ticket}", "/operator/tickets/{ref}/{ticket}"
    return [
        Route("/tickets", member(console, show, *READERS), methods=["GET"]),
        Route("/tickets", member(console, file, *READERS), methods=["POST"]),
        Route(one, member(console, show_one, *READERS), methods=["GET"]),
        Route(one, member(console, handle, *READERS), methods=["POST"]),
        Route("/operator/tickets", member(console, show_all, "operator"), methods=["GET"]),
        Route(theirs, member(console, show_theirs, "operator"), methods=["GET"]),
        Route(theirs, member(console, answer, "operator"), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """What was asked, by the tenant's people and by its partners."""
    return await _list(visit)


async def file(visit: Visit) -> Response:
    """Ask for something; nothing is lost of what was typed when it cannot be."""
    try:
        made = await open_ticket(
            visit.console.pool, visit.tenant, kind=visit.field("kind"), title=visit.field("title"),
            text=visit.field("text"), who=visit.who,
        )  # fmt: skip
    except EnsceneError as error:
        return await _list(visit, error)
    return visit.go(f"/tickets/{made.ref}")


async def show_one(visit: Visit) -> Response:
    """One with its thread."""
    return await _thread(visit, visit.tenant, f"/tickets/{visit.path('ticket')}")


async def handle(visit: Visit) -> Response:
    """A word more: as who asked, or to a partner as who answers."""
    at = f"/tickets/{visit.path('ticket')}"
    found = await _found(visit, visit.tenant)
    side = _side(found)
    if side == "operator":
        visit.need(*ANSWERERS)
    return await _handled(visit, visit.tenant, side, at)


async def show_all(visit: Visit) -> Response:
    """The operator's backlog: what all in sight have asked."""
    sight = await _sight(visit)
    names = {tenant.id: tenant for tenant in sight.tenants}
    found = await list_tickets(visit.console.pool, list(names))
    now = datetime.now(UTC)
    month = local_day(now, ZONE).replace(day=1)
    scores = await score_service(
        visit.console.pool, list(names), Window(ZONE, month).begin_of(month), now
    )
    return visit.page(
        "operator_tickets.html", sight=sight, found=found, names=names, clocks=read_clocks(),
        scores=scores, month=month,
        figures={
            "open": sum(each.state == "open" for each in found),
            "unanswered": sum(each.answered_at is None for each in found),
            "late": sum(each.late and each.state in ("open", "waiting") for each in found),
            "wish": sum(each.kind == "wish" and each.state == "open" for each in found),
        },
    )  # fmt: skip


async def show_theirs(visit: Visit) -> Response:
    """One of a tenant in sight."""
    tenant = await _theirs(visit)
    return await _thread(visit, tenant.id, _at(visit), side="operator", whose=tenant)


async def answer(visit: Visit) -> Response:
    """The operator answers, asks back, or says that it is solved."""
    tenant = await _theirs(visit)
    return await _handled(visit, tenant.id, "operator", _at(visit), tenant)


def _at(visit: Visit) -> str:
    return f"/operator/tickets/{visit.path('ref')}/{visit.path('ticket')}"


async def _sight(visit: Visit) -> Sight:
    named = visit.console.settings.operator or os.environ.get("ENSCENE_OPERATOR") or None
    return await sight_of(visit.console.pool, visit.tenant, named)


async def _theirs(visit: Visit) -> Tenant:
    tenant = (await _sight(visit)).find(visit.path("ref"))
    if tenant.id == visit.tenant:
        raise Forbidden("what one asks oneself is answered from above", code="ticket.own")
    return tenant


def _side(found: Ticket) -> Side:
    """The tenant's people asked it, or its partner did."""
    return "asker" if found.partner is None else "operator"


async def _found(visit: Visit, tenant: int) -> Ticket:
    number = ticket_id(visit.path("ticket"))
    return await get_ticket(visit.console.pool, tenant, number, any_partner=True)


async def _handled(
    visit: Visit, tenant: int, side: Side, at: str, whose: Tenant | None = None
) -> Response:
    try:
        await handle_ticket(
            visit.console.pool, tenant, ticket_id(visit.path("ticket")), act=visit.field("act"),
            side=side, who=visit.who, text=visit.field("text"), any_partner=True,
        )  # fmt: skip
    except EnsceneError as error:
        return await _thread(visit, tenant, at, error, side=side, whose=whose)
    return visit.go(at)


async def _list(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool = visit.console.pool
    return visit.page(
        "tickets.html", 200 if error is None else status_of(error),
        found=await list_tickets(pool, [visit.tenant]),
        partners={each.id: each.name for each in await list_partners(pool, visit.tenant)},
        kinds=KINDS, clocks=read_clocks(), zone=(await get_tenant(pool, visit.tenant)).zone,
        typed={name: visit.field(name) if error else "" for name in TYPED},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=error.param if error else None,
    )  # fmt: skip


async def _thread(
    visit: Visit, tenant: int, at: str, error: EnsceneError | None = None, *,
    side: Side | None = None, whose: Tenant | None = None,
) -> Response:  # fmt: skip
    found = await _found(visit, tenant)
    side = side or _side(found)
    answers = side == "asker" or whose is not None or visit.session.allows(*ANSWERERS)
    values: dict[str, Any] = {
        "found": found, "side": side, "at": at, "whose": whose, "acts": acts_of(found, side),
        "zone": (await get_tenant(visit.console.pool, tenant)).zone, "answers": answers,
        "typed": visit.field("text") if error else "",
        "said": visit.t.problem(error.code, error.facts, error.detail) if error else "",
    }  # fmt: skip
    return visit.page("ticket.html", 200 if error is None else status_of(error), **values)


def acts_of(found: Ticket, side: Side) -> tuple[str, ...]:
    """What may be done to it now."""
    if found.state == "closed" or (side == "operator" and found.state == "solved"):
        return ()
    return ACTS[side]
