"""Clauses and incidents on a partner's page: what the bank's people do with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Forbidden, Invalid
from enscene.partners.clauses import (
    clause_id,
    confirm_clause,
    end_clause,
    list_standings,
    make_clause,
)
from enscene.partners.incidents import (
    LIMITS,
    close_incident,
    hand_over,
    incident_id,
    list_incidents,
    note_incident,
    open_incident,
)
from enscene.web.console import Visit

DECIDER = "approver"
TYPED = (
    "do", "clause", "period", "evidence",
    "title", "kind", "purpose", "fields", "first_due", "every_days", "expected", "complete",
    "side", "severity", "responsible", "text", "incident",
)  # fmt: skip


async def cooperation_of(visit: Visit, partner: UUID) -> dict[str, Any]:
    """What the page shows of them."""
    place = (visit.console.pool, visit.tenant, partner)
    return {
        "standings": await list_standings(*place),
        "incidents_found": await list_incidents(*place),
        "limits": LIMITS,
    }


async def change_clauses(visit: Visit, partner: UUID) -> None:
    """Make or end a clause, which is an approver's; confirm a check, accept a return."""
    place = (visit.console.pool, visit.tenant, partner)
    approver, verb = visit.session.allows(DECIDER), visit.field("do")
    if verb == "confirm":
        await confirm_clause(
            *place, clause_id(visit.field("clause")),
            parse_day(visit.field("period"), param="period"), evidence=visit.field("evidence"),
            side="bank", who=visit.who, approver=approver,
        )  # fmt: skip
        return
    if not approver:
        raise Forbidden(
            "an approver makes and ends clauses",
            code="console.forbidden",
            facts={"roles": (DECIDER,)},
        )
    if verb == "end":
        await end_clause(*place, clause_id(visit.field("clause")), visit.who)
        return
    if verb != "make":
        raise Invalid("nothing was asked", code="partner.field", param="do")
    await make_clause(
        *place, kind=visit.field("kind"), title=visit.field("title"),
        purpose=visit.field("purpose"), fields=visit.field("fields").split(),
        first_due=parse_day(visit.field("first_due"), param="first_due"),
        every_days=_number(visit, "every_days"), expected=_number(visit, "expected"),
        complete=_number(visit, "complete"), side=visit.field("side"),
        severity=visit.field("severity"), who=visit.who,
    )  # fmt: skip


async def change_incidents(visit: Visit, partner: UUID) -> None:
    """Open one, note, hand over to the partner, close with its cause."""
    place = (visit.console.pool, visit.tenant, partner)
    who, text = visit.who, visit.field("text")
    if visit.field("do") == "open":
        await open_incident(
            *place, title=visit.field("title"), severity=visit.field("severity"), text=text,
            responsible=visit.field("responsible"), side="bank", who=who,
        )  # fmt: skip
        return
    one = incident_id(visit.field("incident"))
    match visit.field("do"):
        case "note":
            await note_incident(*place, one, text=text, side="bank", who=who)
        case "hand_over":
            await hand_over(*place, one, to="partner", text=text, side="bank", who=who)
        case "close":
            await close_incident(*place, one, cause=text, side="bank", who=who)
        case _:
            raise Invalid("nothing was asked", code="partner.field", param="do")


def _number(visit: Visit, name: str) -> int:
    text = visit.field(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid("a whole number is needed", code="clause.field", param=name)
    return int(text)
