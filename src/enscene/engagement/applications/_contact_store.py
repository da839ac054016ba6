"""SQL of second factors, text messages, handoffs and talk."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.engagement.applications.store import Connection, Row


async def insert_factor(connection: Connection, tenant: int, *values: Any) -> None:
    """id, application, customer, signs, code, made_at, until."""
    await connection.execute(
        "insert into second_factor (tenant, id, application, customer, signs, code, made_at, "
        "until) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        *values,
    )


async def count_factors(connection: Connection, tenant: int, customer: int, since: datetime) -> int:
    """Codes that were sent to the customer since then."""
    count: int = await connection.fetchval(
        "select count(*) from second_factor where tenant = $1 and customer = $2 and made_at > $3",
        tenant,
        customer,
        since,
    )
    return count


async def read_factor(connection: Connection, tenant: int, application: UUID) -> Row | None:
    """The newest code of an application, locked."""
    return await connection.fetchrow(
        "select id, signs, code, tries, until, used_at from second_factor "
        "where tenant = $1 and application = $2 order by made_at desc limit 1 for update",
        tenant,
        application,
    )


async def try_factor(connection: Connection, tenant: int, factor: UUID) -> None:
    await connection.execute(
        "update second_factor set tries = tries + 1 where tenant = $1 and id = $2", tenant, factor
    )


async def use_factor(connection: Connection, tenant: int, factor: UUID) -> None:
    await connection.execute(
        "update second_factor set used_at = clock_timestamp() where tenant = $1 and id = $2",
        tenant,
        factor,
    )


async def insert_message(connection: Connection, tenant: int, *values: Any) -> None:
    """id, customer, application, kind, zh, en, at."""
    await connection.execute(
        "insert into phone_message (tenant, id, customer, application, kind, zh, en, at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        *values,
    )


async def list_messages(connection: Connection, tenant: int, customer: int) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select id, application, kind, zh, en, at from phone_message "
        "where tenant = $1 and customer = $2 order by at desc, id desc limit 30",
        tenant,
        customer,
    )
    return rows


async def insert_handoff(connection: Connection, tenant: int, *values: Any) -> None:
    """id, application, customer, made_at, until. Links made before for the application are over."""
    await connection.execute(
        "update handoff set used_at = $3 "
        "where tenant = $1 and application = $2 and used_at is null",
        tenant, values[1], values[3],
    )  # fmt: skip
    await connection.execute(
        "insert into handoff (tenant, id, application, customer, made_at, until) "
        "values ($1, $2, $3, $4, $5, $6)",
        tenant,
        *values,
    )


async def use_handoff(connection: Connection, tenant: int, handoff: UUID) -> bool:
    """Use it up; False where it was used before."""
    used = await connection.fetchval(
        "update handoff set used_at = clock_timestamp() "
        "where tenant = $1 and id = $2 and used_at is null returning 1",
        tenant,
        handoff,
    )
    return used is not None


async def read_handoff(connection: Connection, tenant: int, handoff: UUID) -> Row | None:
    return await connection.fetchrow(
        "select id, application, customer, until, used_at from handoff "
        "where tenant = $1 and id = $2",
        tenant,
        handoff,
    )


async def read_link_key(connection: Connection) -> bytes:
    """The key that signs links, made at the first use."""
    await connection.execute(
        "insert into link_key (id, material) select 1, $1 "
        "where not exists (select from link_key) on conflict do nothing",
        secrets.token_bytes(32),
    )
    return bytes(await connection.fetchval("select material from link_key where id = 1"))


async def insert_talk(connection: Connection, tenant: int, *values: Any) -> None:
    """id, application, side, author, said, at."""
    await connection.execute(
        "insert into talk (tenant, id, application, side, author, said, at) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        *values,
    )


async def list_talk(connection: Connection, tenant: int, application: UUID) -> list[Row]:
    """Oldest first."""
    rows: list[Row] = await connection.fetch(
        "select id, side, author, said, at from talk where tenant = $1 and application = $2 "
        "order by at, id limit 500",
        tenant,
        application,
    )
    return rows
