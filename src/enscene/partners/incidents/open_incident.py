"""Open an incident: by a person of the bank, by the partner, or by the watch."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.incidents import store as incidents_sql
from enscene.partners.incidents.find_incidents import read_incident
from enscene.partners.incidents.incident import (
    LIMITS,
    SIDES,
    TEXT_MOST,
    TITLE_MOST,
    Incident,
    Side,
    check_words,
)

OPEN_MOST = 200


async def open_incident(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    title: str,
    severity: str,
    text: str,
    responsible: str,
    side: Side,
    who: str,
    key: str | None = None,
) -> Incident:
    """Open one. `text` says what is seen; `responsible` is the side that has to act; who sends the
    same `key` again gets the incident that is there.

    Raises: Invalid("incident.text", "incident.field"), Conflict("partner.stage",
    "idempotency.key_reused"), Refused("incident.too_many"), NotFound.
    """
    title = check_words(title, "title", 2, TITLE_MOST)
    text = check_words(text, "text", 2, TEXT_MOST)
    if severity not in LIMITS:
        raise Invalid("a severity is low, middle or high", code="incident.field", param="severity")
    held = next((each for each in SIDES if each == responsible), None)
    if held is None:
        raise Invalid("a side is bank or partner", code="incident.field", param="responsible")
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage == "left":
            raise Conflict(
                "it has left", code="partner.stage", facts={"stage": "left", "wanted": "present"}
            )
        if key is not None:
            before = await incidents_sql.find_by_key(connection, tenant, partner, key)
            if before is not None:
                found = await read_incident(connection, tenant, partner, before)
                _check_same(found, title, severity, text, held)
                return found
        if (await incidents_sql.count_open(connection, tenant)).get(partner, 0) >= OPEN_MOST:
            raise Refused(f"at most {OPEN_MOST} are open", code="incident.too_many")
        done = await add_incident(
            connection, tenant, partner, title=title, severity=severity, text=text,
            responsible=held, side=side, who=who, key=key,
        )  # fmt: skip
        assert done is not None, "the partner's row is locked, and the key is new"
        return await read_incident(connection, tenant, partner, done)


async def add_incident(
    connection: store.Connection,
    tenant: int,
    partner: UUID,
    *,
    title: str,
    severity: str,
    text: str,
    responsible: Side,
    side: Literal["bank", "partner", "watch"],
    who: str,
    key: str | None = None,
    clause: UUID | None = None,
) -> UUID | None:
    """Write it down; None where one is open for the clause."""
    row = await incidents_sql.insert(
        connection, tenant, new_uuid(), partner, clause, key, title, severity, responsible
    )
    if row is None:
        return None
    await incidents_sql.add_step(
        connection, tenant, row["id"], row["opened_at"], "opened", side, who, responsible, None,
        text,
    )  # fmt: skip
    opened: UUID = row["id"]
    return opened


def _check_same(found: Incident, title: str, severity: str, text: str, held: Side) -> None:
    first = found.steps[0]
    if (found.title, found.severity, first.text, first.responsible) != (
        title,
        severity,
        text,
        held,
    ):
        raise Conflict(
            "this idempotency key was used for another request",
            code="idempotency.key_reused",
            param="Idempotency-Key",
        )
