"""SQL of partners, their stages, votes and calls; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.partners.partner import COLUMNS
from enscene.tenants.store import admitted

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"
__all__ = ["Connection", "Pool", "Row", "admitted"]

_INSERT = f"""
insert into partner (tenant, id, ref, name, contact, email, purpose, level, scopes, stage, access)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', $10) returning {COLUMNS}"""
_LOG = """
insert into partner_stage (tenant, partner, n, stage, who, why)
select $1, $2, coalesce(max(n), 0) + 1, $3, $4, $5
  from partner_stage where tenant = $1 and partner = $2"""
_STAGES = """
select partner, n, stage, at, who, why from partner_stage
 where tenant = $1 and ($2::uuid is null or partner = $2) order by partner, n"""
_LIST = f"""
select {COLUMNS} from partner
 where tenant = $1 and ($2::text[] is null or stage = any($2)) order by made_at desc limit $3"""
_VOTE = """
insert into partner_vote (tenant, partner, round, who, approver, admit, why)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant, partner, round, who)
  do update set approver = excluded.approver, admit = excluded.admit, why = excluded.why,
                at = clock_timestamp()"""
_VOTES = """
select round, who, approver, admit, why, at from partner_vote
 where tenant = $1 and partner = $2 order by round, at"""
_CALLS = """
insert into partner_call (tenant, app, at, method, path, status, code, request, latency_ms, api)
select * from unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[],
                     $6::int[], $7::text[], $8::text[], $9::int[], $10::text[])"""
_LIST_CALLS = """
select id, at, method, path, status, code, request, latency_ms from partner_call
 where tenant = $1 and app = $2 and id < $3 order by id desc limit $4"""
_FORGET_CALLS = """
delete from partner_call where tenant = any($1::int[]) and at < clock_timestamp() - $2::interval"""


async def insert(connection: Connection, *values: Any) -> Row:
    row = await connection.fetchrow(_INSERT, *values)
    assert row is not None, "an insert returns its row"
    return row


async def read(
    connection: Connection, tenant: int, partner: UUID, *, lock: bool = False
) -> Row | None:
    more = " for update" if lock else ""
    return await connection.fetchrow(
        f"select {COLUMNS} from partner where tenant = $1 and id = $2{more}", tenant, partner
    )


async def read_by_access(connection: Connection, tenant: int, digest: bytes) -> Row | None:
    return await connection.fetchrow(
        f"select {COLUMNS} from partner where tenant = $1 and access = $2", tenant, digest
    )


async def read_by_app(connection: Connection, tenant: int, app: int) -> Row | None:
    """The partner of an application of `tenant`, among those of the tenants that are admitted."""
    return await connection.fetchrow(
        f"select {COLUMNS} from partner where (tenant = $1 and live_app = $2) "
        "or (sandbox = $1 and sandbox_app = $2) limit 1",
        tenant, app,
    )  # fmt: skip


async def list_partners(
    connection: Connection, tenant: int, stages: Sequence[str] | None, limit: int
) -> list[Row]:
    wanted = None if stages is None else list(stages)
    rows: list[Row] = await connection.fetch(_LIST, tenant, wanted, limit)
    return rows


async def update(
    connection: Connection, tenant: int, partner: UUID, values: Mapping[str, Any]
) -> None:
    """Set columns."""
    assert all(name.isidentifier() for name in values), values
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 3))
    await connection.execute(
        f"update partner set {sets} where tenant = $1 and id = $2",
        tenant,
        partner,
        *values.values(),
    )


async def mark_admitted(connection: Connection, tenant: int, partner: UUID) -> None:
    await connection.execute(
        "update partner set admitted_at = clock_timestamp(), renewing = false "
        "where tenant = $1 and id = $2",
        tenant,
        partner,
    )


async def end_admission(connection: Connection, tenant: int, partner: UUID, days: int) -> None:
    """Let it have ended so many days ago, and one."""
    await connection.execute(
        "update partner set admitted_at = least(admitted_at, clock_timestamp() - "
        "make_interval(days => $3 + 1)) where tenant = $1 and id = $2",
        tenant,
        partner,
        days,
    )


async def has_firm(connection: Connection, tenant: int, ref: str) -> bool:
    return bool(
        await connection.fetchval(
            "select exists (select from party where tenant = $1 and ref = $2 and kind <> 'person')",
            tenant,
            ref,
        )
    )


async def log_stage(
    connection: Connection, tenant: int, partner: UUID, stage: str, who: str, why: str
) -> None:
    await connection.execute(_LOG, tenant, partner, stage, who, why)


async def read_stages(connection: Connection, tenant: int, partner: UUID | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_STAGES, tenant, partner)
    return rows


async def write_vote(connection: Connection, *values: Any) -> None:
    await connection.execute(_VOTE, *values)


async def read_votes(connection: Connection, tenant: int, partner: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(_VOTES, tenant, partner)
    return rows


async def count_drafts(connection: Connection, tenant: int) -> int:
    return int(
        await connection.fetchval(
            "select count(*) from partner where tenant = $1 and stage = 'draft'", tenant
        )
    )


async def forget_drafts(connection: Connection, tenant: int, older: datetime) -> None:
    """Forget whoever signed up and never applied."""
    gone = await connection.fetch(
        "delete from partner where tenant = $1 and stage = 'draft' and made_at < $2 returning id",
        tenant,
        older,
    )
    await connection.execute(
        "delete from partner_stage where tenant = $1 and partner = any($2::uuid[])",
        tenant,
        [row[0] for row in gone],
    )


async def write_calls(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    await connection.execute(_CALLS, *[list(column) for column in zip(*rows, strict=True)])


async def list_calls(
    connection: Connection, tenant: int, app: int, before: int, limit: int
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST_CALLS, tenant, app, before, limit)
    return rows


async def forget_calls(connection: Connection, tenants: Sequence[int], older: Any) -> None:
    await connection.execute(_FORGET_CALLS, list(tenants), older)
