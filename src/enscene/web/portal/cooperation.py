"""Clauses and incidents: what the partner owes, what arrived, and what both sides work on."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.partners.clauses import clause_id, confirm_clause, list_standings
from enscene.partners.incidents import (
    LIMITS,
    close_incident,
    hand_over,
    incident_id,
    list_incidents,
    note_incident,
    open_incident,
)
from enscene.web.console import Console
from enscene.web.liaison_view import ACTS, change_liaison, liaison_of
from enscene.web.partner_refusals import tell_partner_form
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.problems import status_of

TYPED = ("do", "clause", "period", "evidence", "title", "severity", "responsible", "text")
_WHERE = {"confirm": "clauses"} | dict.fromkeys(("open", "note", "hand_over", "close"), "incidents")


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/portal/{tenant}/cooperation"
    return [
        Route(path, partner(console, show), methods=["GET"]),
        Route(path, partner(console, act), methods=["POST"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """All clauses and incidents of the partner."""
    return await _page(visit)


async def act(visit: PortalVisit) -> Response:
    """Confirm a check; open an incident, note, hand over, close."""
    try:
        if visit.field("do") in ACTS:
            await change_liaison(
                visit.pool, visit.tenant.id, visit.partner.id, visit.field, side="partner",
                who=visit.partner.number,
            )  # fmt: skip
        else:
            await (_confirm(visit) if visit.field("do") == "confirm" else _handle(visit))
    except EnsceneError as error:
        told = tell_partner_form(error, _WHERE.get(visit.field("do"), ""), visit.t)
        return await _page(
            visit, status_of(error), error=told.said, bad=told.field,
            wrong=visit.field("incident") or ("new" if visit.field("do") == "open" else ""),
            typed={name: visit.field(name) for name in TYPED},
        )  # fmt: skip
    return visit.go("/cooperation")


async def _confirm(visit: PortalVisit) -> None:
    known = visit.partner
    await confirm_clause(
        visit.pool, visit.tenant.id, known.id, clause_id(visit.field("clause")),
        parse_day(visit.field("period"), param="period"), evidence=visit.field("evidence"),
        side="partner", who=known.number,
    )  # fmt: skip


async def _handle(visit: PortalVisit) -> None:
    known, text = visit.partner, visit.field("text")
    place = (visit.pool, visit.tenant.id, known.id)
    if visit.field("do") == "open":
        await open_incident(
            *place, title=visit.field("title"), severity=visit.field("severity"), text=text,
            responsible=visit.field("responsible"), side="partner", who=known.number,
        )  # fmt: skip
        return
    one = incident_id(visit.field("incident"))
    match visit.field("do"):
        case "note":
            await note_incident(*place, one, text=text, side="partner", who=known.number)
        case "hand_over":
            await hand_over(*place, one, to="bank", text=text, side="partner", who=known.number)
        case "close":
            await close_incident(*place, one, cause=text, side="partner", who=known.number)
        case _:
            raise Invalid("nothing was asked", code="partner.field", param="do")


async def _page(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    place = (visit.pool, visit.tenant.id, visit.partner.id)
    values = {"wrong": "", "bad": "", "typed": dict.fromkeys(TYPED, ""), **more}
    return await visit.page(
        "portal_cooperation.html", status, standings=await list_standings(*place),
        incidents_found=await list_incidents(*place), limits=LIMITS,
        **await liaison_of(*place, visit.tenant.zone), **values,
    )  # fmt: skip
