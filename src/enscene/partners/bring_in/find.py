"""Find entries, terms, orders and visits: of a customer, of a partner, of the bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.partners import store
from enscene.partners.bring_in import store as sql
from enscene.partners.bring_in.entry import Entry, Terms
from enscene.partners.bring_in.order import Order, order_not_found
from enscene.partners.bring_in.visits import partner_of_app, person_name

ORDERS, VISITS = 200, 200
_VISITS = """
select v.id, v.entry, v.at, v.arrived_at, v.language, p.pseudonym
  from brought_in_visit v left join brought_in_person p
    on p.tenant = v.tenant and p.partner = v.partner and p.customer = v.customer
 where v.tenant = $1 and v.partner = $2 and v.day between $3 and $4 order by v.id desc limit $5"""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order with its entry."""

    order: Order
    entry: Entry


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit, by whom the partner knows: `person` is empty where nobody arrived yet."""

    id: UUID
    entry: UUID
    at: datetime
    arrived_at: datetime | None
    language: str
    person: str


async def list_entries(pool: store.Pool, tenant: int, partner: UUID | None = None) -> list[Entry]:
    """Those of a partner, or of all, in their order."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await sql.list_entries(connection, tenant, partner)


async def list_terms(pool: store.Pool, tenant: int, partner: UUID | None = None) -> list[Terms]:
    """All versions, oldest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await sql.read_terms(connection, tenant, partner)


async def find_orders(pool: store.Pool, tenant: int, **which: Any) -> list[OrderLine]:
    """The newest first. `which`: partner, entry, customer, before (an id), first, last, limit."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        found = await sql.list_orders(connection, tenant, **{"limit": ORDERS, **which})
        entries = {each.id: each for each in await sql.list_entries(connection, tenant)}
    return [OrderLine(each, entries[each.entry]) for each in found]


async def read_own_order(pool: store.Pool, tenant: int, order: UUID, customer: int) -> OrderLine:
    """A customer's own. Raises: NotFound, for another's too."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        found = await sql.read_order(connection, tenant, order)
        if found is None or found.customer != customer:
            raise order_not_found()
        entry = await sql.read_entry(connection, tenant, found.entry)
    assert entry is not None, "an entry stays"
    return OrderLine(found, entry)


async def find_visits(
    pool: store.Pool, tenant: int, partner: UUID, first: date, last: date
) -> list[VisitLine]:
    """The visits of a partner's entries, newest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await connection.fetch(_VISITS, tenant, partner, first, last, VISITS)
    return [
        VisitLine(
            row["id"], row["entry"], row["at"], row["arrived_at"], row["language"],
            person_name(row["pseudonym"]) if row["arrived_at"] else "",
        )
        for row in rows
    ]  # fmt: skip


async def find_partner_of(pool: store.Pool, tenant: int, app: int) -> UUID:
    """Raises: NotFound("brought_in.no_partner")."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await partner_of_app(connection, tenant, app)
