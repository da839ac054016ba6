"""People, brands and tickets as JSON."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.ids import find_uuid, public_id
from enscene.tenants.brands import Brand, Logo, contrast_of
from enscene.tenants.users import Change, User
from enscene.work.tickets import ServiceScore, Ticket

CHANGE = "chg"


def person_told(user: User) -> dict[str, Any]:
    """A person of the console."""
    return {
        "login": user.login, "login_name": user.login_name, "name": user.name,
        "roles": sorted(user.roles), "party": user.party, "status": user.status,
        "must_change": user.must_change,
    }  # fmt: skip


def change_told(change: Change) -> dict[str, Any]:
    """What was done with a person, or waits for somebody else."""
    decided = change.decided_at
    return {
        "id": public_id(CHANGE, change.id), "act": change.act, "login": change.login,
        "name": change.name, "roles": list(change.roles), "party": change.party,
        "state": change.state, "asked_by": change.asked_by,
        "asked_at": format_time(change.asked_at), "decided_by": change.decided_by,
        "decided_at": None if decided is None else format_time(decided),
    }  # fmt: skip


def change_id(text: str) -> UUID:
    """The number inside `chg_…`. Raises: NotFound("user.no_change")."""
    found = find_uuid(text, CHANGE)
    if found is None:
        raise NotFound("nothing waits to be decided", code="user.no_change")
    return found


def brand_told(brand: Brand, own: str, logo: Logo | None) -> dict[str, Any]:
    """How a tenant looks; `owner` is whose brand it is, null where it is the product's own look."""
    return {
        "own": brand.owner == own, "owner": brand.owner or None, "zh": brand.zh, "en": brand.en,
        "accent": brand.accent, "contrast": f"{contrast_of(brand.accent):.1f}",
        "logo": None if logo is None else {
            "type": logo.kind, "digest": logo.digest,
            "content": base64.b64encode(logo.content).decode(),
        },
    }  # fmt: skip


def ticket_told(ticket: Ticket, *, partner: bool) -> dict[str, Any]:
    """A ticket with its thread, if it was read with it. A partner sees sides, not who it was."""
    moments = {
        name: None if at is None else format_time(at)
        for name, at in (
            ("opened_at", ticket.opened_at), ("answer_due", ticket.answer_due),
            ("answered_at", ticket.answered_at), ("due", ticket.due),
            ("waits_since", ticket.waits_since), ("solved_at", ticket.solved_at),
        )
    }  # fmt: skip
    return {
        "id": ticket.ref, "number": ticket.number, "kind": ticket.kind, "title": ticket.title,
        "state": ticket.state, "late": ticket.late, "opened_by": ticket.opened_by, **moments,
        "lines": [
            {"at": format_time(line.at), "act": line.act, "side": line.side,
             "who": None if partner and line.side == "operator" else line.who, "text": line.text}
            for line in ticket.lines
        ],
    }  # fmt: skip


def score_told(tenant: str, score: ServiceScore) -> dict[str, Any]:
    """How the promised hours were kept of a tenant; `score` is null where none fell due."""
    return {
        "tenant": tenant, "filed": score.filed, "answers": score.answers,
        "answered_in_time": score.answered_in_time, "solutions": score.solutions,
        "solved_in_time": score.solved_in_time, "score": score.score,
    }  # fmt: skip
