"""SQL of what operators ask for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg

from enscene.tenants.store import Connection

_COLUMNS = "tenant, id, act, about, wanted, state, asked_by, asked_at, decided_by, decided_at"
# What customers and partners still have; accounts without a floor stand for the world outside.
_MONEY = """
select currency, sum(abs(posted) + held)::bigint as minor from account
 where tenant = $1 and id > 0 and floor is not null and (posted <> 0 or held <> 0)
 group by 1 order by 1"""


async def insert(connection: Connection, *values: Any) -> asyncpg.Record:
    """(tenant, id, act, about, wanted, who). Raises: UniqueViolationError where one waits."""
    row = await connection.fetchrow(
        "insert into tenant_ask (tenant, id, act, about, wanted, asked_by) "
        f"values ($1, $2, $3, $4, $5, $6) returning {_COLUMNS}",
        *values,
    )
    assert row is not None, "an insert returns its row"
    return row


async def lock_waiting(
    connection: Connection, tenants: Collection[int], ask: UUID
) -> asyncpg.Record | None:
    return await connection.fetchrow(
        f"select {_COLUMNS} from tenant_ask where tenant = any($1::int[]) and id = $2 "
        "and state = 'asked' for update",
        list(tenants), ask,
    )  # fmt: skip


async def decide(
    connection: Connection, tenant: int, ask: UUID, state: str, who: str
) -> asyncpg.Record:
    row = await connection.fetchrow(
        "update tenant_ask set state = $3, decided_by = $4, decided_at = clock_timestamp() "
        f"where tenant = $1 and id = $2 returning {_COLUMNS}",
        tenant, ask, state, who,
    )  # fmt: skip
    assert row is not None, "it was locked"
    return row


async def list_asks(
    connection: Connection, tenants: Collection[int], limit: int
) -> list[asyncpg.Record]:
    """What waits first, oldest first; then what was decided, the newest first."""
    rows: list[asyncpg.Record] = await connection.fetch(
        f"select {_COLUMNS} from tenant_ask where tenant = any($1::int[]) "
        "order by state <> 'asked', decided_at desc, id limit $2",
        list(tenants), limit,
    )  # fmt: skip
    return rows


async def read_money(connection: Connection, tenant: int) -> dict[str, int]:
    """Minor units by currency; the transaction has admitted the tenant."""
    return dict(await connection.fetch(_MONEY, tenant))
