"""Tickets of a partner: what it asks the bank, and what became of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError
from enscene.web.console import Console
from enscene.web.pages.tickets import TYPED, acts_of
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.problems import status_of
from enscene.work.tickets import (
    KINDS,
    get_ticket,
    handle_ticket,
    list_tickets,
    open_ticket,
    read_clocks,
    ticket_id,
)


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    path = "/portal/{tenant}/tickets"
    return [
        Route(path, partner(console, show), methods=["GET"]),
        Route(path, partner(console, file), methods=["POST"]),
        Route(f"{path}/{{ticket}}", partner(console, show_one), methods=["GET"]),
        Route(f"{path}/{{ticket}}", partner(console, handle), methods=["POST"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """All of the partner's own."""
    return await _list(visit)


async def file(visit: PortalVisit) -> Response:
    """Ask the bank for something."""
    try:
        made = await open_ticket(
            visit.pool, visit.tenant.id, kind=visit.field("kind"), title=visit.field("title"),
            text=visit.field("text"), who=visit.partner.number, partner=visit.partner.id,
        )  # fmt: skip
    except EnsceneError as error:
        return await _list(
            visit, status_of(error), error=visit.told(error), wrong=error.param,
            typed={name: visit.field(name) for name in TYPED},
        )  # fmt: skip
    return visit.go(f"/tickets/{made.ref}")


async def show_one(visit: PortalVisit) -> Response:
    """One with its thread."""
    return await _thread(visit)


async def handle(visit: PortalVisit) -> Response:
    """A word more, or that it is done."""
    number = ticket_id(visit.path("ticket"))
    try:
        await handle_ticket(
            visit.pool, visit.tenant.id, number, act=visit.field("act"), side="asker",
            who=visit.partner.number, text=visit.field("text"), partner=visit.partner.id,
        )  # fmt: skip
    except EnsceneError as error:
        return await _thread(
            visit, status_of(error), error=visit.told(error), typed=visit.field("text")
        )
    return visit.go(f"/tickets/{visit.path('ticket')}")


async def _list(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    values = {"typed": dict.fromkeys(TYPED, ""), "wrong": None, **more}
    found = await list_tickets(visit.pool, [visit.tenant.id], partner=visit.partner.id)
    return await visit.page(
        "portal_tickets.html", status, found=found, kinds=KINDS, clocks=read_clocks(), **values
    )


async def _thread(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    found = await get_ticket(
        visit.pool, visit.tenant.id, ticket_id(visit.path("ticket")), partner=visit.partner.id
    )
    values = {"typed": "", **more}
    return await visit.page(
        "portal_ticket.html", status, found=found, acts=acts_of(found, "asker"), **values
    )
