"""SQL of brands."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.tenants.store import Connection, Pool

_LINE = """
with recursive line as (
  select id, ref, brand, parent, 0 as far from tenant where id = $1
  union all
  select p.id, p.ref, p.brand, p.parent, line.far + 1 from tenant p join line on p.id = line.parent)
select ref, brand from line order by far"""


async def read_line(pool: Pool, tenant: int) -> list[asyncpg.Record]:
    """(ref, brand) of the tenant, then of those above it."""
    rows: list[asyncpg.Record] = await pool.fetch(_LINE, tenant)
    return rows


async def write_brand(connection: Connection, tenant: int, brand: dict[str, Any]) -> None:
    await connection.execute("update tenant set brand = $2 where id = $1", tenant, brand)


async def put_logo(connection: Connection, tenant: int, *values: Any) -> None:
    await connection.execute(
        "insert into tenant_logo (tenant, kind, content, digest) values ($1, $2, $3, $4) "
        "on conflict (tenant) do update set kind = excluded.kind, content = excluded.content, "
        "digest = excluded.digest",
        tenant, *values,
    )  # fmt: skip


async def drop_logo(connection: Connection, tenant: int) -> None:
    await connection.execute("delete from tenant_logo where tenant = $1", tenant)


async def read_digest(connection: Connection, tenant: int) -> str:
    found = await connection.fetchval("select digest from tenant_logo where tenant = $1", tenant)
    return found or ""


async def read_logo(connection: Connection, tenant: int) -> asyncpg.Record | None:
    return await connection.fetchrow(
        "select kind, content, digest from tenant_logo where tenant = $1", tenant
    )
