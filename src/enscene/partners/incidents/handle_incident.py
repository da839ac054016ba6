"""Handle an incident: note what is known, hand it over to the other side, close it."""

from __future__ import annotations

from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, Refused
from enscene.partners import store
from enscene.partners.incidents import store as incidents_sql
from enscene.partners.incidents.find_incidents import read_incident
from enscene.partners.incidents.incident import SIDES, TEXT_MOST, Incident, Side, check_words

STEPS_MOST = 500


async def note_incident(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    incident: UUID,
    *,
    text: str,
    side: Side,
    who: str,
    key: str | None = None,
) -> Incident:
    """Write down what a side has found or done; a key that comes again counts once.

    Raises: Invalid("incident.text"), Conflict("incident.closed", "idempotency.key_reused"),
    Refused("incident.too_many"), NotFound.
    """
    text = check_words(text, "text", 2, TEXT_MOST)
    async with store.admitted(pool, tenant) as connection:
        known = await read_incident(connection, tenant, partner, incident, lock=True)
        if key is not None and await _is_there(connection, tenant, incident, key, side, text):
            return known
        _check_open(known)
        at = await incidents_sql.read_time(connection)
        await incidents_sql.add_step(
            connection, tenant, incident, at, "noted", side, who, known.responsible, key, text
        )
        return await read_incident(connection, tenant, partner, incident)


async def hand_over(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    incident: UUID,
    *,
    to: str,
    text: str,
    side: Side,
    who: str,
) -> Incident:
    """Let the other side act from now on; who has it gives it away, nobody takes it. What is with
    that side already stays as it is.

    Raises: Invalid, Conflict("incident.closed"), Forbidden("incident.not_held"), NotFound.
    """
    text = check_words(text, "text", 2, TEXT_MOST)
    if to not in SIDES:
        raise Invalid("a side is bank or partner", code="incident.field", param="to")
    async with store.admitted(pool, tenant) as connection:
        known = await read_incident(connection, tenant, partner, incident, lock=True)
        _check_open(known)
        if known.responsible == to:
            return known
        check_holder(known, side)
        at = await incidents_sql.move(connection, tenant, incident, to)
        await incidents_sql.add_step(
            connection, tenant, incident, at, "handed_over", side, who, to, None, text
        )
        return await read_incident(connection, tenant, partner, incident)


async def close_incident(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    incident: UUID,
    *,
    cause: str,
    side: Side,
    who: str,
) -> Incident:
    """Close it with its cause; twice is once. The bank closes any, a partner what it has. One of a
    clause closes by itself when the clause is met.

    Raises: Invalid, Forbidden("incident.not_held"), Conflict("incident.of_clause"), NotFound.
    """
    cause = check_words(cause, "cause", 5, TEXT_MOST)
    async with store.admitted(pool, tenant) as connection:
        known = await read_incident(connection, tenant, partner, incident, lock=True)
        if known.closed_at is not None:
            return known
        if side == "partner":
            check_holder(known, side)
        if known.clause is not None:
            raise Conflict(
                "it closes when what was contracted is there",
                code="incident.of_clause",
                hint="send what is missing; or the bank accepts the period, or ends the clause",
            )
        await add_end(connection, tenant, known, cause, side, who)
        return await read_incident(connection, tenant, partner, incident)


async def end_of_clause(
    connection: store.Connection, tenant: int, partner: UUID, clause: UUID, cause: str
) -> bool:
    """Close what is open for a clause; whether something was."""
    incident = await incidents_sql.find_of_clause(connection, tenant, clause)
    if incident is None:
        return False
    known = await read_incident(connection, tenant, partner, incident, lock=True)
    await add_end(connection, tenant, known, cause, "watch", "watch")
    return True


async def end_of_key(
    connection: store.Connection, tenant: int, partner: UUID, key: str, cause: str
) -> bool:
    """Close what the watch has opened under a key; whether something was open."""
    incident = await incidents_sql.find_by_key(connection, tenant, partner, key)
    if incident is None:
        return False
    known = await read_incident(connection, tenant, partner, incident, lock=True)
    if known.closed_at is not None:
        return False
    await add_end(connection, tenant, known, cause, "watch", "watch")
    return True


async def add_end(
    connection: store.Connection, tenant: int, known: Incident, cause: str, side: str, who: str
) -> None:
    """Write the end of one that is open and locked."""
    at = await incidents_sql.close(connection, tenant, known.id)
    await incidents_sql.add_step(
        connection, tenant, known.id, at, "closed", side, who, known.responsible, None, cause
    )


@control("incident_holder")
def check_holder(known: Incident, side: Side) -> None:
    """Raises: Forbidden("incident.not_held")."""
    if known.responsible != side:
        raise Forbidden(
            "it is with the other side",
            code="incident.not_held",
            facts={"responsible": known.responsible},
        )


def _check_open(known: Incident) -> None:
    if known.closed_at is not None:
        raise Conflict("it is closed", code="incident.closed")
    if len(known.steps) >= STEPS_MOST:
        raise Refused(f"at most {STEPS_MOST} notes", code="incident.too_many")


async def _is_there(
    connection: store.Connection, tenant: int, incident: UUID, key: str, side: str, text: str
) -> bool:
    steps = await incidents_sql.list_steps(connection, tenant, [incident])
    before = next((row for row in steps if row["key"] == key), None)
    if before is None:
        return False
    if (before["side"], before["text"]) != (side, text):
        raise Conflict(
            "this idempotency key was used for another request",
            code="idempotency.key_reused",
            param="Idempotency-Key",
        )
    return True
