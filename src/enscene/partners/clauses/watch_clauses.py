"""Watch the clauses: a day that has passed without what was agreed opens one incident, and what
arrives closes it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from enscene.partners import store
from enscene.partners.clauses import store as clauses_sql
from enscene.partners.clauses.clause import Clause
from enscene.partners.clauses.find_clauses import clause_of, today_of
from enscene.partners.incidents.handle_incident import end_of_clause
from enscene.partners.incidents.open_incident import add_incident

WATCH = "watch"
MET = "met"


async def watch_clauses(pool: store.Pool, tenant: int, today: date | None = None) -> list[UUID]:
    """Open an incident for every clause that is behind and has none; those that were opened.

    However often it is watched, and by however many: a clause has one open incident at most.
    """
    day = today or await today_of(pool, tenant)
    async with store.admitted(pool, tenant, readonly=True) as connection:
        behind = set(await clauses_sql.find_behind(connection, tenant, day))
        alarmed = set(await clauses_sql.find_alarmed(connection, tenant))
    opened = []
    for clause in sorted(behind ^ alarmed):
        async with store.admitted(pool, tenant) as connection:
            row = await clauses_sql.read(connection, tenant, clause, lock=True)
            assert row is not None, "clauses are not deleted"
            found = await _alarm(connection, tenant, clause_of(row), day)
        if found is not None:
            opened.append(found)
    return opened


async def clear_alarm(
    connection: store.Connection, tenant: int, clause: Clause, today: date
) -> bool:
    """Close the incident of a clause, whose row is locked, unless it is behind; whether it is."""
    if await clauses_sql.find_behind(connection, tenant, today, clause.id):
        return True
    await end_of_clause(connection, tenant, clause.partner, clause.id, MET)
    return False


async def _alarm(
    connection: store.Connection, tenant: int, clause: Clause, today: date
) -> UUID | None:
    if not await clear_alarm(connection, tenant, clause, today):
        return None
    return await add_incident(
        connection, tenant, clause.partner, title=clause.title, severity=clause.severity,
        text=clause.purpose, responsible=clause.side, side="watch", who=WATCH, clause=clause.id,
    )  # fmt: skip
