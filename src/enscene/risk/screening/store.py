"""SQL of what screening has found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import admit
from enscene.kernel.ids import new_uuid
from enscene.risk.screening.movement import Hit

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"

_INSERT = """
insert into screening_hit (tenant, id, policy, rule, key, purpose, live, customer, at, facts, refs)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11)
on conflict (tenant, rule, key) do nothing"""
_COLUMNS = """h.id, h.policy, h.rule, h.purpose, h.live, h.at, h.facts::text as facts, h.refs,
  h.outcome, h.why, h.decided_by, h.decided_at, p.ref as customer, p.name"""
_LIST = f"""
select {_COLUMNS} from screening_hit h join party p on p.tenant = h.tenant and p.id = h.customer
 where h.tenant = $1 and ($2::bool is null or (h.live and h.outcome is null) = $2)
   and ($3::text is null or h.rule = $3) and ($4::text is null or p.ref = $4)
 order by h.at desc, h.id desc limit $5"""
_ONE = f"""
select {_COLUMNS} from screening_hit h join party p on p.tenant = h.tenant and p.id = h.customer
 where h.tenant = $1 and h.id = $2"""
_FIGURES = """
select rule, count(*)::int as hits,
       count(*) filter (where outcome = 'confirmed')::int as confirmed,
       count(*) filter (where outcome = 'false_alarm')::int as false_alarms
  from screening_hit where tenant = $1 group by rule order by hits desc, rule"""


@asynccontextmanager
async def reading(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant], by_key=True)
        yield connection


@asynccontextmanager
async def writing(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def insert_hits(
    connection: Connection, tenant: int, policy: str, hits: Sequence[Hit]
) -> None:
    """What was found before is left as it is."""
    await connection.executemany(
        _INSERT,
        [
            (tenant, new_uuid(), policy, hit.rule, hit.key, hit.purpose, hit.live, hit.customer,
             hit.at, msgspec.json.encode(hit.facts).decode(), list(hit.refs))
            for hit in hits
        ],
    )  # fmt: skip


async def list_hits(
    connection: Connection, tenant: int, *, waiting: bool | None, rule: str | None,
    customer: str | None, limit: int,
) -> list[Any]:  # fmt: skip
    rows: list[Any] = await connection.fetch(_LIST, tenant, waiting, rule, customer, limit)
    return rows


async def read_hit(connection: Connection, tenant: int, hit: UUID) -> Any | None:
    return await connection.fetchrow(_ONE, tenant, hit)


async def write_outcome(
    connection: Connection, tenant: int, hit: UUID, outcome: str, why: str, by: str
) -> bool:
    """False where it has an outcome already."""
    done = await connection.fetchval(
        "update screening_hit set outcome = $3, why = $4, decided_by = $5, "
        "decided_at = clock_timestamp() "
        "where tenant = $1 and id = $2 and outcome is null returning true",
        tenant, hit, outcome, why, by,
    )  # fmt: skip
    return done is not None


async def read_figures(connection: Connection, tenant: int) -> list[Any]:
    rows: list[Any] = await connection.fetch(_FIGURES, tenant)
    return rows


async def read_refs(connection: Connection, tenant: int, parties: Sequence[int]) -> dict[int, str]:
    """What parties are called, by id."""
    rows = await connection.fetch(
        "select id, ref from party where tenant = $1 and id = any($2)", tenant, list(parties)
    )
    return {row["id"]: row["ref"] for row in rows}


async def read_kinds(connection: Connection, tenant: int) -> tuple[list[int], set[int]]:
    """The bank's own parties, and the persons among the others."""
    rows = await connection.fetch("select id, kind from party where tenant = $1", tenant)
    banks = [row["id"] for row in rows if row["kind"] == "bank"]
    return banks, {row["id"] for row in rows if row["kind"] == "person"}


async def read_zone_and_reach(connection: Connection, tenant: int) -> tuple[str, int]:
    """The tenant's zone, and how far its shard's log goes."""
    row = await connection.fetchrow(
        "select t.zone, s.seq from tenant t join shard s on s.id = t.shard where t.id = $1", tenant
    )
    return row["zone"], row["seq"]
