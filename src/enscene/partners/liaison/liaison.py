"""Contacts of both sides, and the calendar that they share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners.find_partner import read_partner
from enscene.partners.liaison import store
from enscene.partners.store import Pool, admitted

Side = Literal["bank", "partner"]
CONTACTS_MOST, DATES_MOST = 30, 200
LENGTHS = {"name": 60, "duty": 80, "reach": 120, "title": 120}
"""The most characters of each text; none is empty."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of the bank's or the partner's: for what, and how they are reached."""

    id: UUID
    side: Side
    name: str
    duty: str
    reach: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """What both do on a day: a talk, a drill, a reconciliation. Times are real ones."""

    id: UUID
    day: date
    title: str
    done_at: datetime | None
    done_by: str | None


async def list_contacts(pool: Pool, tenant: int, partner: UUID) -> list[Contact]:
    """Those of the bank first."""
    async with admitted(pool, tenant, readonly=True) as connection:
        return [Contact(*row) for row in await store.read_contacts(connection, tenant, partner)]


async def list_dates(pool: Pool, tenant: int, partner: UUID) -> list[Appointment]:
    """What is not done first, by day; then what was, the latest first."""
    async with admitted(pool, tenant, readonly=True) as connection:
        return [Appointment(*row) for row in await store.read_dates(connection, tenant, partner)]


async def put_contact(
    pool: Pool, tenant: int, partner: UUID, *, side: Side, name: str, duty: str, reach: str
) -> None:
    """Add somebody of one's own side. Raises: Invalid("liaison.text"), Conflict, NotFound."""
    values = [_text(n, v) for n, v in (("name", name), ("duty", duty), ("reach", reach))]
    async with admitted(pool, tenant) as connection:
        await read_partner(connection, tenant, partner, lock=True)
        if await store.count_contacts(connection, tenant, partner, side) >= CONTACTS_MOST:
            raise Conflict(
                f"a side has at most {CONTACTS_MOST} contacts", code="liaison.full",
                facts={"most": CONTACTS_MOST},
            )  # fmt: skip
        await store.insert_contact(connection, tenant, new_uuid(), partner, side, *values)


async def drop_contact(
    pool: Pool, tenant: int, partner: UUID, contact: UUID, *, side: Side
) -> None:
    """Take somebody of one's own side off the list. Raises: NotFound."""
    async with admitted(pool, tenant) as connection:
        if not await store.delete_contact(connection, tenant, partner, contact, side):
            raise NotFound("there is no such contact", code="liaison.not_found")


async def plan_date(pool: Pool, tenant: int, partner: UUID, day: date, title: str) -> None:
    """Something that both do on a day. Raises: Invalid("liaison.text"), Conflict, NotFound."""
    title = _text("title", title)
    async with admitted(pool, tenant) as connection:
        await read_partner(connection, tenant, partner, lock=True)
        if await store.count_dates(connection, tenant, partner) >= DATES_MOST:
            raise Conflict(
                f"at most {DATES_MOST} days are planned at once", code="liaison.full",
                facts={"most": DATES_MOST},
            )  # fmt: skip
        await store.insert_date(connection, tenant, new_uuid(), partner, day, title)


async def finish_date(pool: Pool, tenant: int, partner: UUID, which: UUID, who: str) -> None:
    """Say that it was done, once. Raises: NotFound, for what is done too."""
    async with admitted(pool, tenant) as connection:
        if not await store.finish_date(connection, tenant, partner, which, who):
            raise NotFound("there is nothing of that to be done", code="liaison.not_found")


def _text(name: str, text: str) -> str:
    text, most = text.strip(), LENGTHS[name]
    if not 1 <= len(text) <= most or not text.isprintable():
        raise Invalid(
            f"{name} has 1 to {most} characters on one line", code="liaison.text", param=name,
            facts={"most": most},
        )  # fmt: skip
    return text
