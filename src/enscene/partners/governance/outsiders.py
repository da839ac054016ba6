"""Persons of third parties who reach systems, data or code: asked for by one of the bank, granted
by another, until a day, and revoked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.governance import store as records_sql
from enscene.partners.incidents.incident import check_words

LONGEST_DAYS = 365
OPEN_MOST = 500
_NUMBER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Outsider:
    """`until` is the last day. It was refused where it ended without having been granted."""

    id: UUID
    partner: UUID
    person: str
    firm: str
    what: str
    why: str
    until: date
    asked_by: str
    asked_at: datetime
    granted_by: str | None
    granted_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    ended_why: str | None

    def state(self, today: date) -> Literal["asked", "refused", "open", "revoked", "over"]:
        """How it stands on a day."""
        if self.ended_at is not None:
            return "refused" if self.granted_at is None else "revoked"
        if self.granted_at is None:
            return "asked"
        return "open" if today <= self.until else "over"


async def ask_outsider(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    person: str,
    firm: str,
    what: str,
    why: str,
    until: date,
    who: str,
) -> Outsider:
    """Ask that somebody may reach something until a day, at most a year away.

    Raises: Invalid("incident.text", "outsider.until"), Conflict("partner.stage"),
    Refused("outsider.too_many"), NotFound.
    """
    texts = [
        check_words(text, name, 2, most)
        for name, text, most in (
            ("person", person, 60), ("firm", firm, 100), ("what", what, 200), ("why", why, 500),
        )
    ]  # fmt: skip
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage == "left":
            raise Conflict("it has left", code="partner.stage", facts={"stage": "left"})
        today = await records_sql.read_today(connection, tenant)
        if not today <= until <= today + timedelta(days=LONGEST_DAYS):
            raise Invalid(
                f"from today, at most {LONGEST_DAYS} days",
                code="outsider.until",
                param="until",
                facts={"days": LONGEST_DAYS},
            )
        rows = await records_sql.list_outsiders(connection, tenant, partner)
        if sum(row["ended_at"] is None for row in rows) >= OPEN_MOST:
            raise Refused(f"at most {OPEN_MOST} are open", code="outsider.too_many")
        return Outsider(
            *await records_sql.ask_outsider(
                connection, tenant, new_uuid(), partner, *texts, until, who
            )
        )


async def grant_outsider(
    pool: store.Pool, tenant: int, partner: UUID, outsider: UUID, *, who: str
) -> None:
    """Grant what somebody else has asked for; twice is once.

    Raises: Forbidden("outsider.second_person"), Conflict("outsider.over"), NotFound.
    """
    async with store.admitted(pool, tenant) as connection:
        known = await _read(connection, tenant, partner, outsider)
        if known.granted_at is not None:
            return
        check_another(known, who)
        await records_sql.grant_outsider(connection, tenant, outsider, who)


async def end_outsider(
    pool: store.Pool, tenant: int, partner: UUID, outsider: UUID, *, who: str, why: str
) -> None:
    """Refuse what was asked, or revoke what was granted; anybody of the bank may.

    Raises: Invalid("incident.text"), Conflict("outsider.over"), NotFound.
    """
    why = check_words(why, "why", 2, 500)
    async with store.admitted(pool, tenant) as connection:
        await _read(connection, tenant, partner, outsider)
        await records_sql.end_outsider(connection, tenant, outsider, who, why)


async def list_outsiders(
    pool: store.Pool, tenant: int, partner: UUID | None = None
) -> list[Outsider]:
    """Those of a partner, or of all: newest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await records_sql.list_outsiders(connection, tenant, partner)
    return [Outsider(*row) for row in rows]


def outsider_id(text: str) -> UUID:
    """The number of one, in hex. Raises: NotFound."""
    if not _NUMBER.fullmatch(text):
        raise _not_found()
    return UUID(hex=text)


@control("partner_outsider_two")
def check_another(known: Outsider, who: str) -> None:
    """Raises: Forbidden("outsider.second_person")."""
    if known.asked_by == who:
        raise Forbidden("another person grants it", code="outsider.second_person")


async def _read(
    connection: store.Connection, tenant: int, partner: UUID, outsider: UUID
) -> Outsider:
    row = await records_sql.read_outsider(connection, tenant, partner, outsider)
    if row is None:
        raise _not_found()
    known = Outsider(*row)
    if known.ended_at is not None:
        raise Conflict("it has ended", code="outsider.over")
    return known


def _not_found() -> NotFound:
    return NotFound("there is no such access", code="outsider.not_found")
