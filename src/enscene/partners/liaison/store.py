"""SQL of contacts and of the calendar of a partner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row


async def read_contacts(connection: Connection, tenant: int, partner: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select id, side, name, duty, reach from partner_contact "
        "where tenant = $1 and partner = $2 order by side, name, id",
        tenant, partner,
    )  # fmt: skip
    return rows


async def count_contacts(connection: Connection, tenant: int, partner: UUID, side: str) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from partner_contact "
        "where tenant = $1 and partner = $2 and side = $3",
        tenant, partner, side,
    )  # fmt: skip
    return found


async def insert_contact(connection: Connection, *values: Any) -> None:
    await connection.execute(
        "insert into partner_contact (tenant, id, partner, side, name, duty, reach) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        *values,
    )


async def delete_contact(
    connection: Connection, tenant: int, partner: UUID, contact: UUID, side: str
) -> bool:
    gone = await connection.fetchval(
        "delete from partner_contact where tenant = $1 and partner = $2 and id = $3 and side = $4 "
        "returning id",
        tenant, partner, contact, side,
    )  # fmt: skip
    return gone is not None


async def read_dates(connection: Connection, tenant: int, partner: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select id, day, title, done_at, done_by from partner_date "
        "where tenant = $1 and partner = $2 order by done_at is not null, "
        "case when done_at is null then day end, done_at desc, id limit 100",
        tenant, partner,
    )  # fmt: skip
    return rows


async def count_dates(connection: Connection, tenant: int, partner: UUID) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from partner_date "
        "where tenant = $1 and partner = $2 and done_at is null",
        tenant, partner,
    )  # fmt: skip
    return found


async def insert_date(connection: Connection, *values: Any) -> None:
    await connection.execute(
        "insert into partner_date (tenant, id, partner, day, title) values ($1, $2, $3, $4, $5)",
        *values,
    )


async def finish_date(
    connection: Connection, tenant: int, partner: UUID, which: UUID, who: str
) -> bool:
    done = await connection.fetchval(
        "update partner_date set done_at = clock_timestamp(), done_by = $4 "
        "where tenant = $1 and partner = $2 and id = $3 and done_at is null returning id",
        tenant, partner, which, who,
    )  # fmt: skip
    return done is not None
