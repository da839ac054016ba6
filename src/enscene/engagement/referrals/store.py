"""SQL of referrals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"

_NOW = """
select greatest(clock_timestamp(), s.at)
         + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6)
  from tenant t join shard s on s.id = t.shard where t.id = $1"""
_INSERT_CODE = """
insert into referral_code (tenant, scene, customer, code, made_at) values ($1, $2, $3, $4, $5)
on conflict do nothing"""
_CODE = """
select c.code, c.made_at, (select count(*)::int from referral_claim k
                            where k.tenant = c.tenant and k.code = c.code) as came,
       (select count(*)::int from referral_claim k
         where k.tenant = c.tenant and k.code = c.code and k.at > $4) as lately
  from referral_code c
 where c.tenant = $1 and c.scene = $2 and c.customer = $3"""
_OF_CODE = """
select c.scene, c.customer, s.ref, s.name, s.state from referral_code c
  join scene s on s.tenant = c.tenant and s.id = c.scene
 where c.tenant = $1 and c.code = $2"""
_CAME_BY = """
select count(*)::int from referral_claim k
  join referral_code c on c.tenant = k.tenant and c.code = k.code
 where k.tenant = $1 and k.scene = $2 and c.customer = any($3::bigint[]) and k.at > $4"""
_CLAIMED = """
select code from referral_claim where tenant = $1 and scene = $2 and customer = any($3::bigint[])
 order by at limit 1"""
_SINCE = """
select min(since) from enrolment
 where tenant = $1 and scene = $2 and party = any($3::bigint[])"""
# A scene's time never goes back: the first event of a time is found by halving.
_DID = """
with recursive edge (low, high) as (
  select 0::bigint, coalesce((select seq + 1 from event where tenant = $1 and scene = $2
                               order by seq desc limit 1), 0)
  union all
  select case when p.at < $3 then p.seq + 1 else e.low end,
         case when p.at < $3 then e.high else e.middle end
    from (select low, high, (low + high) / 2 as middle from edge where low < high) e
    left join lateral (
      select seq, at from event
       where tenant = $1 and scene = $2 and seq >= e.middle and seq < e.high
       order by seq limit 1) p on true)
select exists (
  select from event
   where tenant = $1 and scene = $2 and seq >= (select high from edge where low >= high)
     and position('.' in action) = 0
     and (split_part(actor, ':', 1) not in ('clock', 'trigger')
          and substring(actor from position(':' in actor) + 1) = any($4::text[])
          or exists (select from jsonb_each_text(
                       case when jsonb_typeof(facts -> 'parties') = 'object' then facts -> 'parties'
                            else '{}' end) v
                      where v.value = any($4::text[])
                        and exists (select from party d where d.tenant = $1 and d.kind = 'device'
                          and d.ref = substring(actor from position(':' in actor) + 1)))))"""


async def read_now(connection: Connection, tenant: int) -> datetime:
    """The tenant's time."""
    found: datetime = await connection.fetchval(_NOW, tenant)
    return found


async def lock_scene(connection: Connection, tenant: int, scene: int) -> None:
    """Nobody else refers in the scene until the caller's transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('referral:' || $1::int || ':' || $2::int, 0))",
        tenant, scene,
    )  # fmt: skip


async def insert_code(connection: Connection, tenant: int, *values: object) -> None:
    """scene, customer, code, made_at; one that has a code keeps it."""
    await connection.execute(_INSERT_CODE, tenant, *values)


async def read_code(
    connection: Connection, tenant: int, scene: int, customer: int, since: datetime
) -> Row | None:
    """code, made_at, came, lately (since that time)."""
    return await connection.fetchrow(_CODE, tenant, scene, customer, since)


async def find_code(connection: Connection, tenant: int, code: str) -> Row | None:
    """scene, customer, and ref, name and state of the scene."""
    return await connection.fetchrow(_OF_CODE, tenant, code)


async def count_came_by(
    connection: Connection, tenant: int, scene: int, parties: Sequence[int], since: datetime
) -> int:
    """How many came by any code of these parties."""
    found: int = await connection.fetchval(_CAME_BY, tenant, scene, parties, since)
    return found


async def find_claim(
    connection: Connection, tenant: int, scene: int, parties: Sequence[int]
) -> Row | None:
    """By which code one of these parties came first."""
    return await connection.fetchrow(_CLAIMED, tenant, scene, parties)


async def insert_claim(connection: Connection, tenant: int, *values: object) -> None:
    """scene, customer, code, at."""
    await connection.execute(
        "insert into referral_claim (tenant, scene, customer, code, at) values ($1, $2, $3, $4, $5)",
        tenant, *values,
    )  # fmt: skip


async def read_since(
    connection: Connection, tenant: int, scene: int, parties: Sequence[int]
) -> datetime | None:
    """Since when the first of these parties takes part in the scene."""
    found: datetime | None = await connection.fetchval(_SINCE, tenant, scene, parties)
    return found


async def did_anything(
    connection: Connection, tenant: int, scene: int, since: datetime, refs: Sequence[str]
) -> bool:
    """Whether one of them has used the scene since then, or a device with one of them."""
    found: bool = await connection.fetchval(_DID, tenant, scene, since, refs)
    return found
