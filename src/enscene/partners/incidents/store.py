"""SQL of incidents and their steps; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

_COLUMNS = "id, partner, clause, title, severity, responsible, since, opened_at, closed_at"
_INSERT = f"""
insert into partner_incident (tenant, id, partner, clause, key, title, severity, responsible,
                              since, opened_at)
select $1, $2, $3, $4, $5, $6, $7, $8, now, now from clock_timestamp() now
on conflict do nothing returning {_COLUMNS}"""
_STEP = """
insert into partner_incident_step (tenant, incident, n, at, act, side, who, responsible, key, text)
select $1, $2, coalesce(max(n), 0) + 1, greatest($3, max(at)), $4, $5, $6, $7, $8, $9
  from partner_incident_step where tenant = $1 and incident = $2"""
_LIST = f"""
select {_COLUMNS} from partner_incident
 where tenant = $1 and partner = $2
 order by closed_at is not null, opened_at desc, id desc limit $3"""
_STEPS = """
select incident, at, act, side, who, responsible, text, key from partner_incident_step
 where tenant = $1 and incident = any($2::uuid[]) order by incident, n"""
_MOVE = """
update partner_incident set responsible = $3, since = greatest(clock_timestamp(), since)
 where tenant = $1 and id = $2 returning since"""
_CLOSE = """
update partner_incident set closed_at = greatest(clock_timestamp(), since)
 where tenant = $1 and id = $2 and closed_at is null returning closed_at"""


async def insert(connection: Connection, *values: Any) -> Row | None:
    """None where one with its key, or of its clause, is there."""
    return await connection.fetchrow(_INSERT, *values)


async def add_step(connection: Connection, *values: Any) -> None:
    await connection.execute(_STEP, *values)


async def read(connection: Connection, tenant: int, incident: UUID, *, lock: bool) -> Row | None:
    more = " for update" if lock else ""
    return await connection.fetchrow(
        f"select {_COLUMNS} from partner_incident where tenant = $1 and id = $2{more}",
        tenant,
        incident,
    )


async def find_by_key(connection: Connection, tenant: int, partner: UUID, key: str) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        "select id from partner_incident where tenant = $1 and partner = $2 and key = $3",
        tenant,
        partner,
        key,
    )
    return found


async def find_of_clause(connection: Connection, tenant: int, clause: UUID) -> UUID | None:
    """The open one."""
    found: UUID | None = await connection.fetchval(
        "select id from partner_incident where tenant = $1 and clause = $2 and closed_at is null",
        tenant,
        clause,
    )
    return found


async def list_incidents(
    connection: Connection, tenant: int, partner: UUID, limit: int
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST, tenant, partner, limit)
    return rows


async def list_steps(connection: Connection, tenant: int, incidents: Sequence[UUID]) -> list[Row]:
    rows: list[Row] = await connection.fetch(_STEPS, tenant, list(incidents))
    return rows


async def count_open(connection: Connection, tenant: int) -> dict[UUID, int]:
    """By partner."""
    rows = await connection.fetch(
        "select partner, count(*) as open from partner_incident "
        "where tenant = $1 and closed_at is null group by partner",
        tenant,
    )
    return {row["partner"]: row["open"] for row in rows}


async def move(connection: Connection, tenant: int, incident: UUID, side: str) -> datetime:
    at: datetime = await connection.fetchval(_MOVE, tenant, incident, side)
    return at


async def close(connection: Connection, tenant: int, incident: UUID) -> datetime:
    at: datetime = await connection.fetchval(_CLOSE, tenant, incident)
    return at


async def read_time(connection: Connection) -> datetime:
    at: datetime = await connection.fetchval("select clock_timestamp()")
    return at
