"""SQL of benefits: what was promised, what is to be booked, and the subsidy ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
Row: TypeAlias = "asyncpg.Record"
WITHIN = "7 days"
"""What is not taken by then is not taken: the engine's own rule."""

_PROMISE = """
insert into benefit (tenant, decision, campaign, line, offer, kind, minor, currency, said_at)
select d.tenant, d.id, u.campaign, u.line, u.offer, u.kind, u.minor, u.currency, d.at
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])
       as u(id, campaign, line, offer, kind, minor, currency)
  join decision d on d.tenant = $1 and d.id = u.id and d.state <> 'none'
 where exists (select from account a where a.tenant = $1 and a.scene = 0 and a.owner = 0
                  and a.name = 'benefits.left@' || u.campaign and a.currency = u.currency)
on conflict do nothing"""
_OPEN = f"""
select b.decision, b.campaign, b.line, b.minor, b.currency, b.state,
       case when d.state = 'taken' then 'taken'
            when d.state = 'dismissed' or b.said_at + interval '{WITHIN}' <= $2 then 'released' end
         as becomes
  from benefit b join decision d on d.tenant = b.tenant and d.id = b.decision
 where b.tenant = $1 and b.state in ('said', 'aside')
   and (b.state = 'said' or d.state in ('taken', 'dismissed') or b.said_at + interval '{WITHIN}' <= $2)
 order by b.said_at, b.decision limit $3"""
_SHORT = """
with short as (update benefit set state = 'short' where tenant = $1 and decision = $2 and state = 'said'
               returning decision)
update decision d set state = 'dismissed' from short s
 where d.tenant = $1 and d.id = s.decision and d.state in ('offered', 'seen')"""
_OVER = """
with last as (
  select distinct on (ref) ref, version, state, body ->> 'currency' as currency,
         (body ->> 'ends')::date as ends
    from campaign where tenant = $1 and ref <> '' and state in ('approved', 'stopped')
   order by ref, version desc)
select l.ref, l.version, a.currency,
       (select count(*) from benefit b where b.tenant = $1 and b.campaign = l.ref
           and b.state in ('taken', 'released', 'short'))::int as closed
  from last l
  join account a on a.tenant = $1 and a.scene = 0 and a.owner = 0 and a.id > 0
       and a.name = 'benefits.left@' || l.ref and a.posted > 0
 where (l.state = 'stopped' or l.ends < $2)"""
_LINES = """
select distinct body ->> 'line' from campaign where tenant = $1 and ref = $2
union select distinct line from benefit where tenant = $1 and campaign = $2"""
_BALANCES = """
select name, currency, posted from account
 where tenant = $1 and scene = 0 and owner = 0 and id > 0 and starts_with(name, 'benefits.')
 order by currency, name"""
_ACCOUNTS = """
select id, name, currency, posted from account
 where tenant = $1 and scene = 0 and owner = 0 and id > 0 and starts_with(name, 'benefits.')
   and split_part(split_part(name, '@', 2), '/', case when name like '%/%' then 2 else 1 end) = $2
 order by currency, name"""
_COUNTS = """
select campaign, line, coalesce(kind, '') as kind, currency, state, count(*)::int as offers,
       sum(minor)::bigint as minor
  from benefit where tenant = $1 group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"""
_ORDER = (
    "id, currency, amount, reason, proposed_by, proposed_at, state, decided_by, decided_at, seq"
)
_INSERT_ORDER = f"""
with made as (
  insert into pool_order (tenant, id, key, currency, amount, reason, proposed_by, proposed_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (tenant, proposed_by, key) do nothing returning {_ORDER})
select {_ORDER} from made
union all select {_ORDER} from pool_order where tenant = $1 and proposed_by = $7 and key = $3"""
_READ_ORDER = f"select {_ORDER} from pool_order where tenant = $1 and id = $2"
_LIST_ORDERS = f"""
select {_ORDER} from pool_order where tenant = $1
 order by state <> 'proposed', proposed_at desc, id limit $2"""
_CLOSE_ORDER = f"""
update pool_order set state = $3, decided_by = $4, decided_at = $5
 where tenant = $1 and id = $2 and state = 'proposed' returning {_ORDER}"""
_NOW = """
select clock_timestamp()
         + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6) as now,
       t.zone, t.shard, t.sandbox
  from tenant t join shard s on s.id = t.shard where t.id = $1"""

Promise: TypeAlias = tuple[UUID, str, str, str, str | None, int, str]
"""decision, campaign, line, offer, kind, minor, currency."""


async def keep_promises(connection: Connection, tenant: int, promises: Sequence[Promise]) -> None:
    """Write down what offers that were said may cost; of campaigns that were funded alone."""
    if promises:
        await connection.execute(_PROMISE, tenant, *map(list, zip(*promises, strict=True)))


async def read_open(
    connection: Connection, tenant: int, now: datetime, most: int
) -> list[asyncpg.Record]:
    """What is to be booked now, the oldest first."""
    rows: list[asyncpg.Record] = await connection.fetch(_OPEN, tenant, now, most)
    return rows


async def mark_short(connection: Connection, tenant: int, decision: UUID) -> None:
    """The campaign had not enough: the offer is withdrawn."""
    await connection.execute(_SHORT, tenant, decision)


async def read_over(connection: Connection, tenant: int, today: Any) -> list[asyncpg.Record]:
    """Campaigns that are over and have money left: ref, version, currency, how many are closed."""
    rows: list[asyncpg.Record] = await connection.fetch(_OVER, tenant, today)
    return rows


async def read_lines(connection: Connection, tenant: int, ref: str) -> set[str]:
    """All lines that have run a campaign."""
    return {row[0] for row in await connection.fetch(_LINES, tenant, ref)}


async def read_balances(connection: Connection, tenant: int) -> list[tuple[str, str, int]]:
    """name, currency and balance of every account of benefits."""
    return [tuple(row) for row in await connection.fetch(_BALANCES, tenant)]


async def read_accounts(connection: Connection, tenant: int, ref: str) -> list[asyncpg.Record]:
    """Those of a campaign: id, name, currency and balance."""
    rows: list[asyncpg.Record] = await connection.fetch(_ACCOUNTS, tenant, ref)
    return rows


async def read_counts(connection: Connection, tenant: int) -> list[asyncpg.Record]:
    """Offers and their sums by campaign, line, kind of benefit and state."""
    rows: list[asyncpg.Record] = await connection.fetch(_COUNTS, tenant)
    return rows


async def lock_order(connection: Connection, tenant: int, order: UUID) -> None:
    """One decides after the other; the row itself stays free for the unit that approves it."""
    await connection.execute(
        "select pg_advisory_xact_lock(7303, hashtext($1::text || ':' || $2))",
        str(tenant), str(order),
    )  # fmt: skip


async def insert_order(
    connection: Connection, tenant: int, order: UUID, key: str, currency: str, minor: int,
    reason: str, who: str, at: datetime,
) -> asyncpg.Record:  # fmt: skip
    """The order, or the one that was made with that key before."""
    values = (tenant, order, key, currency, minor, reason, who, at)
    row = await connection.fetchrow(_INSERT_ORDER, *values)
    # Another made it at the same moment: it is seen by the next statement.
    row = row or await connection.fetchrow(_INSERT_ORDER, *values)
    assert row is not None
    return row


async def read_order(connection: Connection, tenant: int, order: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(_READ_ORDER, tenant, order)


async def list_orders(connection: Connection, tenant: int, limit: int) -> list[asyncpg.Record]:
    """Those that wait, then the newest."""
    rows: list[asyncpg.Record] = await connection.fetch(_LIST_ORDERS, tenant, limit)
    return rows


async def close_order(
    connection: Connection, tenant: int, order: UUID, state: str, who: str, at: datetime
) -> asyncpg.Record:
    """Of one that waits, under its lock: rejected or withdrawn."""
    row = await connection.fetchrow(_CLOSE_ORDER, tenant, order, state, who, at)
    assert row is not None
    return row


async def read_now(connection: Connection, tenant: int) -> asyncpg.Record:
    """The tenant's time, zone and shard, and whether it is a sandbox."""
    row = await connection.fetchrow(_NOW, tenant)
    assert row is not None
    return row
