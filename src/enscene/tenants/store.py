"""SQL of tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit
from enscene.storage import write_all_the_same

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"
Source: TypeAlias = "Pool | Connection"

_COLUMNS = (
    "id, ref, name, shard, zone, region, currency, sandbox, level, parent, plan, manager, state"
)
_BY_REF = f"select {_COLUMNS} from tenant where ref = $1"
_BY_ID = f"select {_COLUMNS} from tenant where id = $1"
_ALL = f"select {_COLUMNS} from tenant order by id"
_INSERT = f"""
insert into tenant (id, ref, name, shard, zone, region, currency, sandbox, level, parent,
                    parent_level, plan, manager)
select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9,
       (select level from tenant where id = $9), $10, $11 from tenant
returning {_COLUMNS}"""
_LINE = f"""
with recursive line as (
  select tenant.*, 0 as far from tenant where id = $1
  union all
  select p.*, line.far + 1 from tenant p join line on p.id = line.parent)
select {_COLUMNS} from line order by far"""
_BELOW = f"""
with recursive below as (
  select tenant.*, array[id] as way from tenant where id = $1
  union all
  select c.*, below.way || c.id from tenant c join below on c.parent = below.id)
select {_COLUMNS} from below order by way"""
_CLOSE = "update tenant set state = 'closed', closed_at = now() where id = $1 and state = 'open'"


@asynccontextmanager
async def admitted(
    pool: Pool, tenant: int, *, readonly: bool = False, always: bool = False
) -> AsyncIterator[Connection]:
    """A transaction that sees the rows of one tenant; with `always` it may write in any state of
    service, as logging in does."""
    async with pool.acquire() as connection, connection.transaction(readonly=readonly):
        if always:
            await write_all_the_same(connection)
        await admit(connection, [tenant])
        yield connection


@asynccontextmanager
async def within(source: Source) -> AsyncIterator[Connection]:
    """A transaction, or a part of the caller's own: undone alone when it fails, and done when that
    commits."""
    if not isinstance(source, asyncpg.Pool):
        async with source.transaction():
            yield source
        return
    async with source.acquire() as connection, connection.transaction():
        yield connection


async def read_by_ref(pool: Source, ref: str) -> asyncpg.Record | None:
    return await pool.fetchrow(_BY_REF, ref)


async def read_by_id(pool: Source, tenant: int) -> asyncpg.Record | None:
    return await pool.fetchrow(_BY_ID, tenant)


async def read_all(pool: Pool) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await pool.fetch(_ALL)
    return rows


async def insert(connection: Connection, shard: int, ref: str, *rest: object) -> asyncpg.Record:
    """Write the tenant; ids count up, one at a time, under the lock of the table.

    Raises: asyncpg.UniqueViolationError when the ref is taken.
    """
    await connection.execute("insert into shard (id) values ($1) on conflict do nothing", shard)
    await connection.execute("lock table tenant in share row exclusive mode")
    row = await connection.fetchrow(_INSERT, ref, rest[0], shard, *rest[1:])
    assert row is not None, "an insert returns its row"
    return row


async def read_line(source: Source, tenant: int) -> list[asyncpg.Record]:
    """The tenant, then its parent, up to its bank."""
    rows: list[asyncpg.Record] = await source.fetch(_LINE, tenant)
    return rows


async def read_below(source: Source, tenant: int) -> list[asyncpg.Record]:
    """The tenant and all below it, each before its own children."""
    rows: list[asyncpg.Record] = await source.fetch(_BELOW, tenant)
    return rows


async def close(connection: Connection, tenant: int) -> None:
    """Close it; nobody stays logged in. The transaction has admitted the tenant."""
    await connection.execute(_CLOSE, tenant)
    await connection.execute("delete from console_session where tenant = $1", tenant)


async def set_plan(connection: Connection, tenant: int, plan: str, manager: str) -> None:
    await connection.execute(
        "update tenant set plan = $2, manager = $3 where id = $1", tenant, plan, manager
    )


async def count_open_scenes(connection: Connection, tenant: int) -> int:
    """Its scenes that have not ended."""
    found: int = await connection.fetchval(
        "select count(*)::int from scene where tenant = $1 and state <> 'retired'", tenant
    )
    return found
