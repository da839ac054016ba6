"""File a ticket, answer it, ask back, solve it, close it or open it again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.kernel.ids import new_uuid
from enscene.tenants.store import Connection, Pool, admitted
from enscene.work.tickets import store
from enscene.work.tickets.ticket import (
    KINDS,
    TEXT_MOST,
    TITLE_MOST,
    Line,
    Side,
    Ticket,
    read_clocks,
    ticket_not_found,
)

ACTS: dict[Side, tuple[str, ...]] = {
    "asker": ("said", "closed"), "operator": ("said", "asked_back", "solved"),
}  # fmt: skip
OPEN_MOST = 200
LISTED = 200


async def open_ticket(
    pool: Pool, tenant: int, *, kind: str, title: str, text: str, who: str,
    partner: UUID | None = None, key: str | None = None,
) -> Ticket:  # fmt: skip
    """File one; its clocks begin. Who sends the same `key` again gets the one that is there.
    Raises: Invalid("ticket.kind", "ticket.text"), Conflict("ticket.too_many").
    """
    if kind not in KINDS:
        raise Invalid(f"a kind is one of {', '.join(KINDS)}", code="ticket.kind", param="kind")
    title, text = _text(title, "title", TITLE_MOST), _text(text, "text", TEXT_MOST)
    clock = read_clocks()[kind]
    async with admitted(pool, tenant) as connection:
        await store.lock(connection, tenant)
        known = None if key is None else await store.find_key(connection, tenant, who, key)
        if known is not None:
            return await _get(connection, tenant, known, partner)
        if await store.count_open(connection, tenant, partner) >= OPEN_MOST:
            raise Conflict(
                f"at most {OPEN_MOST} tickets are open at once", code="ticket.too_many",
                facts={"most": OPEN_MOST},
            )  # fmt: skip
        made = new_uuid()
        await store.insert(
            connection, tenant, made, kind, title, partner, who, clock.answer, clock.solve, key
        )
        await store.add_line(connection, tenant, made, "opened", "asker", who, text)
        return await _get(connection, tenant, made, partner)


async def handle_ticket(
    pool: Pool, tenant: int, ticket: UUID, *, act: str, side: Side, who: str, text: str,
    partner: UUID | None = None, any_partner: bool = False,
) -> Ticket:  # fmt: skip
    """One more line of its thread. `partner` is who comes, None the tenant's people; with
    `any_partner` whoever filed it. An answer of who asked lets the clock go on, and opens again
    what was solved. Raises: NotFound, Invalid("ticket.text"), Forbidden("ticket.act"),
    Conflict("ticket.closed").
    """
    if act not in ACTS[side]:
        raise Forbidden("the other side does this", code="ticket.act", param="act")
    text = _text(text, "text", TEXT_MOST, empty=act == "closed")
    async with admitted(pool, tenant) as connection:
        found = await _get(connection, tenant, ticket, partner, any_partner=any_partner, lock=True)
        if found.state == "closed" or (side == "operator" and found.state == "solved"):
            raise Conflict("the ticket has ended", code="ticket.closed")
        if act == "said" and side == "asker" and found.state == "solved":
            act = "reopened"
        await store.move(connection, tenant, ticket, act, side)
        await store.add_line(connection, tenant, ticket, act, side, who, text)
        return await _get(connection, tenant, ticket, partner, any_partner=any_partner)


async def get_ticket(
    pool: Pool, tenant: int, ticket: UUID, *, partner: UUID | None = None, any_partner: bool = False
) -> Ticket:
    """One with its thread. Raises: NotFound, for another partner's too."""
    async with admitted(pool, tenant, readonly=True) as connection:
        return await _get(connection, tenant, ticket, partner, any_partner=any_partner)


async def list_tickets(
    pool: Pool, tenants: Collection[int], *, partner: UUID | None = None, own: bool = False
) -> list[Ticket]:
    """Without their threads: those that have not ended first, whose clock ends soonest. With
    `partner` its own alone, with `own` those that no partner filed."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await store.admit(connection, tenants)
        rows = await store.list_tickets(connection, tenants, partner, LISTED, own=own)
        return [Ticket(**dict(row)) for row in rows]


async def _get(
    connection: Connection, tenant: int, ticket: UUID, partner: UUID | None, *,
    any_partner: bool = False, lock: bool = False,
) -> Ticket:  # fmt: skip
    row = await store.read(connection, tenant, ticket, lock=lock)
    if row is None or (row["partner"] != partner and not any_partner):
        raise ticket_not_found()
    lines = tuple(Line(*line) for line in await store.read_lines(connection, tenant, ticket))
    return Ticket(**dict(row), lines=lines)


def _text(text: str, param: str, most: int, *, empty: bool = False) -> str:
    text = text.strip()
    if "\0" in text or not (empty or len(text) >= 2) or len(text) > most:
        raise Invalid(
            f"{param} has 2 to {most} characters", code="ticket.text", param=param,
            facts={"most": most},
        )  # fmt: skip
    return text
