"""SQL of what is done with people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from enscene.tenants.store import Connection

_COLUMNS = (
    "id, act, login, name, roles, party, state, asked_by, asked_at, decided_by, decided_at, "
    "password_hash"
)


async def insert(connection: Connection, *values: Any) -> asyncpg.Record:
    row = await connection.fetchrow(
        "insert into user_change (tenant, id, act, login, name, roles, party, password_hash, state, "
        "asked_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
        f"case when $9 = 'done' then clock_timestamp() end) returning {_COLUMNS}",
        *values,
    )
    assert row is not None, "an insert returns its row"
    return row


async def is_waiting(connection: Connection, tenant: int, login: str) -> bool:
    found: bool = await connection.fetchval(
        "select exists (select from user_change where tenant = $1 and login = $2 "
        "and state = 'asked')",
        tenant, login,
    )  # fmt: skip
    return found


async def find_waiting(connection: Connection, tenant: int, login: str) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        "select id from user_change where tenant = $1 and login = $2 and state = 'asked' for update",
        tenant, login,
    )  # fmt: skip
    return found


async def read_waiting(connection: Connection, tenant: int, change: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(
        f"select {_COLUMNS} from user_change where tenant = $1 and id = $2 and state = 'asked' "
        "for update",
        tenant, change,
    )  # fmt: skip


async def decide(
    connection: Connection, tenant: int, change: UUID, state: str, who: str
) -> asyncpg.Record:
    row = await connection.fetchrow(
        "update user_change set state = $3, decided_by = $4, decided_at = clock_timestamp(), "
        f"password_hash = null where tenant = $1 and id = $2 returning {_COLUMNS}",
        tenant, change, state, who,
    )  # fmt: skip
    assert row is not None, "it was locked"
    return row


async def list_changes(connection: Connection, tenant: int, limit: int) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        f"select {_COLUMNS} from user_change where tenant = $1 "
        "order by state <> 'asked', coalesce(decided_at, asked_at) desc, id desc limit $2",
        tenant, limit,
    )  # fmt: skip
    return rows
