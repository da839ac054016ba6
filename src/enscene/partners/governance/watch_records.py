"""Watch the dates of records: what is overdue is told to both sides by one incident."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from enscene.partners import store
from enscene.partners.clauses import today_of
from enscene.partners.find_partner import list_partners
from enscene.partners.governance.kinds import read_kinds
from enscene.partners.governance.records import Record, due_key, list_records, newest
from enscene.partners.incidents.open_incident import add_incident

WATCH = "watch"
_STAGES = ("sandbox", "proven", "live", "suspended")


async def watch_records(pool: store.Pool, tenant: int, today: date | None = None) -> list[UUID]:
    """Open an incident for every record whose next one is overdue and has none; however often it is
    watched. Those that were opened."""
    day = today or await today_of(pool, tenant)
    partners = {each.id for each in await list_partners(pool, tenant, _STAGES)}
    opened = []
    for record in newest(await list_records(pool, tenant)):
        if record.partner in partners and record.overdue(day):
            async with store.admitted(pool, tenant) as connection:
                found = await _tell(connection, tenant, record)
            if found is not None:
                opened.append(found)
    return opened


async def _tell(connection: store.Connection, tenant: int, record: Record) -> UUID | None:
    kind = read_kinds().find(record.kind)
    assert kind is not None, record.kind
    assert record.due_on is not None, "it is overdue"
    due = record.due_on.isoformat()
    return await add_incident(
        connection, tenant, record.partner, title=f"{kind.zh}已到期 · {kind.en} is overdue"[:120],
        severity="middle", text=f"{record.about}：应于 {due} 前再做一次 · the next was due by {due}",
        responsible="partner" if "partner" in kind.by else "bank", side="watch", who=WATCH,
        key=due_key(record),
    )  # fmt: skip
