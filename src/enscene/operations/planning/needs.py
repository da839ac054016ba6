"""Needs that nobody meets: who has them, how they are served today; a candidate is made of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.planning import store
from enscene.operations.planning.entry import LINE_MOST, NAME_MOST
from enscene.operations.planning.register import Packs, add_candidate


@dataclass(frozen=True, slots=True)
class Need:
    """`entry` is the reference of the candidate that was made of it."""

    id: UUID
    who: str
    need: str
    served_today: str
    source: str
    sector: str
    entered_by: str
    entered_at: datetime
    entry: str | None


async def list_needs(source: operations_store.Source, tenant: int) -> tuple[Need, ...]:
    """The latest first."""
    async with operations_store.reading(source, tenant) as connection:
        return tuple(Need(*tuple(row)) for row in await store.read_needs(connection, tenant))


async def enter_need(
    source: operations_store.Source, tenant: int, who: str, need: str, served_today: str,
    from_where: str, sector: str, by: str,
) -> UUID:  # fmt: skip
    """Enter one. Raises: Invalid with `param`."""
    texts = {"who": who, "need": need, "served_today": served_today, "source": from_where}
    for name, text in texts.items():
        texts[name] = text.strip()
        if not texts[name] or len(texts[name]) > LINE_MOST:
            raise Invalid(f"1 to {LINE_MOST} characters", code="planning.need_text", param=name)
    if len(sector.strip()) > NAME_MOST:
        raise Invalid("too long", code="planning.text", param="sector", facts={"most": NAME_MOST})
    number = new_uuid()
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        await store.insert_need(
            connection, tenant, number, *texts.values(), sector.strip(), by, clock["now"]
        )
    return number


async def propose_need(
    source: operations_store.Source, tenant: int, need: UUID, packs: Packs, by: str
) -> str:
    """Make a candidate of a need, once; what is known of the need stands in its record of the
    industry. Its reference. Raises: NotFound, Conflict("planning.proposed")."""
    async with operations_store.writing(source, tenant) as connection:
        row = await store.lock_need(connection, tenant, need)
        if row is None:
            raise NotFound("there is no such need", code="planning.no_need")
        if row["entry"] is not None:
            raise Conflict("a candidate was made of it", code="planning.proposed")
        taken = {each["ref"] for each in await store.read_entries(connection, tenant)}
        taken |= {each["ref"] for each in await store.read_untouched(connection, tenant)}
        ref = free_ref(f"need-{row['number']}", taken)
        values = {
            "name": row["need"][:NAME_MOST], "sector": row["sector"], "owner": by[:NAME_MOST],
            "segments": row["who"], "pains": f"{row['need']} — {row['served_today']}",
            "experts": row["source"],
        }  # fmt: skip
        entry = await add_candidate(connection, tenant, ref, values, packs, by)
        await store.set_entry_of_need(connection, tenant, need, entry)
    return ref


def free_ref(wanted: str, taken: set[str]) -> str:
    """The reference, or with the least number behind it that makes it a new one."""
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found
