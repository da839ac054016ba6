"""Wishes that a release brings: named beforehand, solved when it has come."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from enscene.kernel.errors import Conflict
from enscene.tenants.store import Pool, admitted
from enscene.work.tickets import store
from enscene.work.tickets.ticket import ticket_not_found


async def plan_ticket(
    pool: Pool, tenant: int, ticket: UUID, release: UUID, who: str, text: str
) -> None:
    """Say which release brings it. Raises: NotFound, Conflict("ticket.closed")."""
    async with admitted(pool, tenant) as connection:
        row = await store.read(connection, tenant, ticket, lock=True)
        if row is None:
            raise ticket_not_found()
        if row["state"] in ("closed", "solved"):
            raise Conflict("the ticket has ended", code="ticket.closed")
        await store.set_release(connection, tenant, ticket, release)
        await store.move(connection, tenant, ticket, "planned", "operator")
        await store.add_line(connection, tenant, ticket, "planned", "operator", who, text)


async def release_tickets(
    pool: Pool, tenants: Collection[int], release: UUID, who: str, text: str
) -> int:
    """What the release was to bring is there: solved, for whoever asked to look. How many."""
    count = 0
    for tenant in tenants:
        async with admitted(pool, tenant) as connection:
            for ticket in await store.read_planned(connection, tenant, release):
                await store.move(connection, tenant, ticket, "solved", "operator")
                await store.add_line(connection, tenant, ticket, "released", "operator", who, text)
                count += 1
    return count
