"""SQL of quotas: limits, requests for others, calls by day, and what counts against a limit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, TypeAlias

import asyncpg

from enscene.tenants.store import Connection

Row: TypeAlias = "asyncpg.Record"

# What others own is counted here and never looked at. A scene that has ended counts no more.
_USED = {
    "scenes": "select count(*) from scene where tenant = any($1::int[]) and state <> 'retired'",
    "users": "select count(*) from console_user where tenant = any($1::int[])",
    "apps": "select count(*) from app where tenant = any($1::int[])",
    "calls_day": """
select coalesce(sum(c.calls), 0)::bigint from tenant_call_day c join tenant t on t.id = c.tenant
 where c.tenant = any($1::int[]) and c.day = (clock_timestamp() at time zone t.zone)::date""",
}
_LIMITS = "select tenant, most from tenant_quota where tenant = any($1::int[]) and what = $2"
_SET = """
insert into tenant_quota (tenant, what, most, set_by) values ($1, $2, $3, $4)
on conflict (tenant, what) do update set most = $3, set_by = $4, set_at = now()"""
_ASK = """
insert into tenant_quota_ask (tenant, what, most, asked_by) values ($1, $2, $3, $4)
on conflict (tenant, what) do update set most = $3, asked_by = $4, asked_at = now()"""
_ADD_CALLS = """
insert into tenant_call_day as d (tenant, day, calls, errors)
select u.tenant, (clock_timestamp() at time zone t.zone)::date, u.calls, u.errors
  from unnest($1::int[], $2::bigint[], $3::bigint[]) as u(tenant, calls, errors)
  join tenant t on t.id = u.tenant order by u.tenant
on conflict (tenant, day) do update set calls = d.calls + excluded.calls,
   errors = d.errors + excluded.errors"""


async def lock_limits(connection: Connection, tenants: Collection[int], what: str) -> list[Row]:
    """(tenant, most), held until the transaction ends, so that two at once are counted in turn."""
    sql = f"{_LIMITS} order by tenant for update"
    rows: list[Row] = await connection.fetch(sql, list(tenants), what)
    return rows


async def read_limits(connection: Connection, tenants: Collection[int]) -> list[Row]:
    """(tenant, what, most)."""
    rows: list[Row] = await connection.fetch(
        "select tenant, what, most from tenant_quota where tenant = any($1::int[])", list(tenants)
    )
    return rows


async def count_used(connection: Connection, tenants: Collection[int], what: str) -> int:
    """How much of it these tenants have; the transaction has to see them."""
    return int(await connection.fetchval(_USED[what], list(tenants)))


async def set_limit(
    connection: Connection, tenant: int, what: str, most: int | None, who: str
) -> None:
    """Write the limit, or take it away; a request for another one is over."""
    if most is None:
        sql = "delete from tenant_quota where tenant = $1 and what = $2"
        await connection.execute(sql, tenant, what)
    else:
        await connection.execute(_SET, tenant, what, most, who)
    await drop_ask(connection, tenant, what)


async def insert_ask(connection: Connection, *values: Any) -> None:
    await connection.execute(_ASK, *values)


async def drop_ask(connection: Connection, tenant: int, what: str) -> None:
    await connection.execute(
        "delete from tenant_quota_ask where tenant = $1 and what = $2", tenant, what
    )


async def lock_ask(connection: Connection, tenant: int, what: str) -> Row | None:
    return await connection.fetchrow(
        "select most, asked_by from tenant_quota_ask where tenant = $1 and what = $2 for update",
        tenant,
        what,
    )


async def read_asks(connection: Connection, tenants: Collection[int]) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select tenant, what, most, asked_by, asked_at from tenant_quota_ask "
        "where tenant = any($1::int[]) order by asked_at",
        list(tenants),
    )
    return rows


async def add_calls(connection: Connection, counts: Sequence[tuple[int, int, int]]) -> None:
    """(tenant, calls, errors), to the day that it is in the tenant's zone."""
    await connection.execute(_ADD_CALLS, *([each[n] for each in counts] for n in range(3)))


async def read_calls(connection: Connection, tenants: Collection[int], since: date) -> list[Row]:
    """(tenant, day, calls, errors)."""
    rows: list[Row] = await connection.fetch(
        "select tenant, day, calls, errors from tenant_call_day "
        "where tenant = any($1::int[]) and day >= $2 order by tenant, day",
        list(tenants),
        since,
    )
    return rows
