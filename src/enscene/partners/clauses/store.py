"""SQL of clauses, their periods and returned records; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

_COLUMNS = (
    "id, partner, kind, title, purpose, fields, every_days, first_due, expected, complete, side, "
    "severity, made_at, made_by, ended_on, ended_by"
)
_PERIOD = "due, arrived, filled, last_at, met_at, met_by, evidence"
_INSERT = f"""
insert into partner_clause (tenant, id, partner, kind, title, purpose, fields, every_days,
                            first_due, expected, complete, side, severity, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning {_COLUMNS}"""
_LIST = f"""
select {_COLUMNS} from partner_clause
 where tenant = $1 and partner = $2 order by ended_on is not null, made_at, id"""
_PERIODS = f"""
select clause, {_PERIOD} from partner_period
 where tenant = $1 and clause = any($2::uuid[])"""
# Of each clause the days that have passed, less those that were met, is more than nothing.
_BEHIND = """
select c.id from partner_clause c join partner p on p.tenant = c.tenant and p.id = c.partner
 where c.tenant = $1 and c.ended_on is null and c.first_due < $2 and p.stage <> 'left'
   and (case c.every_days when 0 then 1 else ($2 - 1 - c.first_due) / c.every_days + 1 end)
     > (select count(*) from partner_period d
         where d.tenant = c.tenant and d.clause = c.id and d.met_at is not null and d.due < $2)
 order by c.id"""
_OPEN = """
select distinct c.id from partner_clause c
  join partner_incident i on i.tenant = c.tenant and i.clause = c.id and i.closed_at is null
 where c.tenant = $1"""
_LOCK_PERIOD = f"""
insert into partner_period (tenant, clause, due) values ($1, $2, $3)
on conflict (tenant, clause, due) do update set arrived = partner_period.arrived
returning {_PERIOD}"""
_PUT_RECORDS = """
insert into partner_return (tenant, clause, due, key, fields)
select $1, $2, $3, * from unnest($4::text[], $5::jsonb[])
on conflict (tenant, clause, due, key) do update set fields = excluded.fields"""
_PUT_PERIOD = """
update partner_period set arrived = $4, filled = $5, last_at = clock_timestamp(),
       met_at = case when $6 then coalesce(met_at, clock_timestamp())
                     when evidence is not null then met_at end
 where tenant = $1 and clause = $2 and due = $3"""
_CONFIRM = """
insert into partner_period (tenant, clause, due, met_at, met_by, evidence)
values ($1, $2, $3, clock_timestamp(), $4, $5)
on conflict (tenant, clause, due) do update
   set met_at = excluded.met_at, met_by = excluded.met_by, evidence = excluded.evidence
 where partner_period.met_at is null"""


async def insert(connection: Connection, *values: Any) -> Row:
    row = await connection.fetchrow(_INSERT, *values)
    assert row is not None, "an insert returns its row"
    return row


async def read(connection: Connection, tenant: int, clause: UUID, *, lock: bool) -> Row | None:
    more = " for update" if lock else ""
    return await connection.fetchrow(
        f"select {_COLUMNS} from partner_clause where tenant = $1 and id = $2{more}",
        tenant,
        clause,
    )


async def list_clauses(connection: Connection, tenant: int, partner: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST, tenant, partner)
    return rows


async def list_periods(connection: Connection, tenant: int, clauses: Sequence[UUID]) -> list[Row]:
    rows: list[Row] = await connection.fetch(_PERIODS, tenant, list(clauses))
    return rows


async def end(connection: Connection, tenant: int, clause: UUID, day: date, who: str) -> None:
    await connection.execute(
        "update partner_clause set ended_on = $3, ended_by = $4 where tenant = $1 and id = $2",
        tenant,
        clause,
        day,
        who,
    )


async def find_behind(
    connection: Connection, tenant: int, today: date, clause: UUID | None = None
) -> list[UUID]:
    """The clauses with a day that has passed and is not met; of all, or whether this one is."""
    only = "" if clause is None else " and c.id = $3"
    query = _BEHIND.replace(" order by", f"{only} order by")
    rows = await connection.fetch(query, tenant, today, *([] if clause is None else [clause]))
    return [row["id"] for row in rows]


async def find_alarmed(connection: Connection, tenant: int) -> list[UUID]:
    """Those for which an incident is open."""
    return [row["id"] for row in await connection.fetch(_OPEN, tenant)]


async def partner_of_app(connection: Connection, tenant: int, app: int) -> Row | None:
    return await connection.fetchrow(
        "select id, stage from partner where tenant = $1 and live_app = $2", tenant, app
    )


async def lock_period(connection: Connection, tenant: int, clause: UUID, due: date) -> Row:
    row = await connection.fetchrow(_LOCK_PERIOD, tenant, clause, due)
    assert row is not None, "it is made where it is not there"
    return row


async def read_records(
    connection: Connection, tenant: int, clause: UUID, due: date, keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The fields of those that are there, by key."""
    rows = await connection.fetch(
        "select key, fields from partner_return "
        "where tenant = $1 and clause = $2 and due = $3 and key = any($4::text[])",
        tenant,
        clause,
        due,
        list(keys),
    )
    return {row["key"]: row["fields"] for row in rows}


async def put_records(
    connection: Connection,
    tenant: int,
    clause: UUID,
    due: date,
    records: Mapping[str, Mapping[str, Any]],
) -> None:
    await connection.execute(
        _PUT_RECORDS, tenant, clause, due, list(records), list(records.values())
    )


async def put_period(connection: Connection, *values: Any) -> None:
    await connection.execute(_PUT_PERIOD, *values)


async def confirm(connection: Connection, *values: Any) -> None:
    await connection.execute(_CONFIRM, *values)
