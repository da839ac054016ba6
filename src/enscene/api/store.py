"""SQL of what the API reads: things, balances, events; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"

_THING = "key, state, version, terms, fields::text, born, seq"
_READ_THING = f"""
select {_THING} from thing where tenant = $1 and scene = $2 and type = $3 and key = $4"""
# Newest first. `$7` null: every thing; else those with the party in one of the fields `$8`.
_LIST_THINGS = f"""
select {_THING} from thing
 where tenant = $1 and scene = $2 and type = $3
   and born > 0 and (born, key) < ($4, $5)
   and ($6::text is null or state = $6)
   and ($7::text is null or exists (select from unnest($8::text[]) f where fields->>f = $7))
 order by born desc, key desc limit $9"""
_BALANCE = """
select a.id, a.currency, a.posted, a.held, a.floor, s.at, s.clocks::text
  from account a join tenant t on t.id = a.tenant join shard s on s.id = t.shard
 where a.tenant = $1 and a.scene = $2 and a.name = $3 and a.owner = $4 and a.id > 0"""
_EVENTS = """
select seq, at, action, subject, actor, facts from event
 where tenant = $1 and scene = $2 and seq > $3 order by seq limit $4"""
_SCENES = """
select ref, name, pack, state from scene where tenant = $1 order by ref"""
_LAST_SEQ = """
select coalesce(max(seq), 0) from event where tenant = $1 and scene = $2"""


@asynccontextmanager
async def reading(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    """A read-only transaction that sees one tenant."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        yield connection


@asynccontextmanager
async def writing(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    """A transaction that sees one tenant."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def read_thing(
    connection: Connection, tenant: int, scene: int, kind: str, key: str
) -> asyncpg.Record | None:
    return await connection.fetchrow(_READ_THING, tenant, scene, kind, key)


async def list_things(
    connection: Connection,
    tenant: int,
    scene: int,
    kind: str,
    *,
    before: tuple[int, str],
    state: str | None,
    party: str | None,
    fields: Sequence[str],
    limit: int,
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        _LIST_THINGS, tenant, scene, kind, *before, state, party, list(fields), limit
    )
    return rows


async def read_balance(
    connection: Connection, tenant: int, scene: int, name: str, owner: int
) -> asyncpg.Record | None:
    return await connection.fetchrow(_BALANCE, tenant, scene, name, owner)


async def read_events(
    connection: Connection, tenant: int, scene: int, after: int, limit: int
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_EVENTS, tenant, scene, after, limit)
    return rows


async def list_scenes(connection: Connection, tenant: int) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_SCENES, tenant)
    return rows


async def read_clock(connection: Connection, tenant: int) -> asyncpg.Record:
    """The shard's time and offsets, the tenant's shard and whether it is a sandbox."""
    row = await connection.fetchrow(
        "select clock_timestamp() as at, s.clocks::text as clocks, t.shard, t.sandbox "
        "from tenant t join shard s on s.id = t.shard where t.id = $1",
        tenant,
    )
    assert row is not None, "the tenant of a token exists"
    return row


async def write_offset(connection: Connection, shard: int, tenant: int, offset_us: int) -> None:
    """Let the tenant's clock run ahead by so much; the shard's row is locked already."""
    await connection.execute(
        "update shard set clocks = clocks || jsonb_build_object($2::text, $3::bigint) "
        "where id = $1",
        shard,
        str(tenant),
        offset_us,
    )


async def find_party(connection: Connection, tenant: int, ref: str) -> int | None:
    """The id of a party."""
    found: int | None = await connection.fetchval(
        "select id from party where tenant = $1 and ref = $2", tenant, ref
    )
    return found
