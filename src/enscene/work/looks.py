"""Which of the bank's people looked at which customer: every look is kept, those refused too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from enscene.kernel.ids import new_uuid
from enscene.work import store

BROWSING = 3
"""Customers that are another's, tried by one person within `WITHIN`: somebody should ask why."""
WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Look:
    """One of them. `customer` is the reference, `at` the real time."""

    staff: str
    customer: str
    name: str
    allowed: bool
    at: datetime


async def note_look(
    connection: store.Connection, tenant: int, staff: str, customer: int, *, allowed: bool
) -> None:
    """Keep that somebody opened a customer, or was not let."""
    await store.insert_look(connection, tenant, new_uuid(), staff, customer, allowed)


async def list_looks(
    connection: store.Connection, tenant: int, *, customer: int | None = None, limit: int = 200
) -> list[Look]:
    """The newest first; of one customer, if one is named."""
    rows = await store.read_looks(connection, tenant, customer, limit)
    return [Look(*row) for row in rows]


async def find_browsing(connection: store.Connection, tenant: int) -> list[tuple[str, int]]:
    """(staff, customers): who was refused at so many customers lately that it is no slip."""
    rows = await store.read_refused_looks(connection, tenant, WITHIN, BROWSING)
    return [(row[0], row[1]) for row in rows]
