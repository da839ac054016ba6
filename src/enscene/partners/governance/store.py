"""SQL of records and of persons of third parties; each within one admitted tenant."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

_RECORD = "id, partner, kind, about, on_day, due_on, fields, side, who, made_at"
_INSERT = f"""
insert into partner_record (tenant, id, partner, kind, about, on_day, due_on, fields, side, who)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {_RECORD}"""
_RECORDS = f"""
select {_RECORD} from partner_record
 where tenant = $1 and ($2::uuid is null or partner = $2)
 order by on_day desc, made_at desc, id desc"""
_OUTSIDER = (
    "id, partner, person, firm, what, why, until, asked_by, asked_at, granted_by, granted_at, "
    "ended_by, ended_at, ended_why"
)
_ASK = f"""
insert into partner_outsider (tenant, id, partner, person, firm, what, why, until, asked_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning {_OUTSIDER}"""
_OUTSIDERS = f"""
select {_OUTSIDER} from partner_outsider
 where tenant = $1 and ($2::uuid is null or partner = $2) order by asked_at desc, id desc"""
_GRANT = """
update partner_outsider set granted_by = $3, granted_at = clock_timestamp()
 where tenant = $1 and id = $2"""
_END = """
update partner_outsider set ended_by = $3, ended_at = clock_timestamp(), ended_why = $4
 where tenant = $1 and id = $2"""


async def insert_record(connection: Connection, *values: Any) -> Row:
    row = await connection.fetchrow(_INSERT, *values)
    assert row is not None, "an insert returns its row"
    return row


async def list_records(connection: Connection, tenant: int, partner: UUID | None) -> list[Row]:
    """Newest first."""
    rows: list[Row] = await connection.fetch(_RECORDS, tenant, partner)
    return rows


async def count_records(connection: Connection, tenant: int, partner: UUID) -> int:
    return int(
        await connection.fetchval(
            "select count(*) from partner_record where tenant = $1 and partner = $2",
            tenant,
            partner,
        )
    )


async def ask_outsider(connection: Connection, *values: Any) -> Row:
    row = await connection.fetchrow(_ASK, *values)
    assert row is not None, "an insert returns its row"
    return row


async def list_outsiders(connection: Connection, tenant: int, partner: UUID | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_OUTSIDERS, tenant, partner)
    return rows


async def read_outsider(
    connection: Connection, tenant: int, partner: UUID, outsider: UUID
) -> Row | None:
    """Locked."""
    return await connection.fetchrow(
        f"select {_OUTSIDER} from partner_outsider "
        "where tenant = $1 and partner = $2 and id = $3 for update",
        tenant,
        partner,
        outsider,
    )


async def grant_outsider(connection: Connection, tenant: int, outsider: UUID, who: str) -> None:
    await connection.execute(_GRANT, tenant, outsider, who)


async def end_outsider(
    connection: Connection, tenant: int, outsider: UUID, who: str, why: str
) -> None:
    await connection.execute(_END, tenant, outsider, who, why)


async def find_agreed(connection: Connection, tenant: int) -> set[UUID]:
    """Partners with a clause in force."""
    rows = await connection.fetch(
        "select distinct partner from partner_clause where tenant = $1 and ended_on is null", tenant
    )
    return {row["partner"] for row in rows}


async def read_today(connection: Connection, tenant: int) -> date:
    """The day at the bank's place."""
    day: date = await connection.fetchval(
        "select (clock_timestamp() at time zone zone)::date from tenant where id = $1", tenant
    )
    return day
