"""SQL of the operator's figures: sums over what others own, one statement for all tenants."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import asyncpg

from enscene.tenants.store import Connection

_FIGURES = """
select t.id,
       (select count(*) from scene s where s.tenant = t.id and s.state <> 'retired') as scenes,
       (select count(*) from scene s where s.tenant = t.id and s.state = 'live') as live,
       (select count(*) from console_user u where u.tenant = t.id) as users,
       (select count(*) from app a where a.tenant = t.id) as apps,
       coalesce(d.calls, 0) as calls, coalesce(d.errors, 0) as errors,
       (select max(e.at) from scene s cross join lateral (
          select at from event where tenant = s.tenant and scene = s.id
           order by seq desc limit 1) e
         where s.tenant = t.id) as last_event,
       (select count(*) from webhook_delivery w
         where w.tenant = t.id and w.state = 'pending' and w.due < now()) as webhooks,
       (select count(*) from tenant_step p
         where p.tenant = t.id and p.done_at is null
           and p.due < (clock_timestamp() at time zone t.zone)::date) as overdue,
       (select max(m.closed) from contract_day m where m.tenant = t.id) as closed_day,
       (clock_timestamp() + make_interval(secs =>
          coalesce((h.clocks ->> t.id::text)::bigint, 0) / 1e6)) at time zone t.zone as now
  from tenant t join shard h on h.id = t.shard
  left join tenant_call_day d
    on d.tenant = t.id and d.day = (clock_timestamp() at time zone t.zone)::date
 where t.id = any($1::int[])"""
_PACKS = """
select distinct s.tenant, s.pack, p.version, s.state
  from scene s
  join terms r on r.tenant = s.tenant and r.scene = s.id and r.number = s.terms
  join pack_source p on p.digest = r.digest
 where s.tenant = any($1::int[]) and s.state <> 'retired' order by 1, 2, 3"""
_ADOPTION = """
select t.id,
       (select count(*)::int from tenant_call_day d where d.tenant = t.id and d.calls > 0
           and d.day > (clock_timestamp() at time zone t.zone)::date - $2::int) as days,
       (select count(*)::int from ticket k where k.tenant = t.id and k.state = 'open'
           and clock_timestamp() > case when k.answered_at is null then k.answer_due else k.due end)
         as late,
       (clock_timestamp() at time zone t.zone)::date - (t.created_at at time zone t.zone)::date
         as age_days,
       t.renews
  from tenant t where t.id = any($1::int[])"""
_READERS = """
select r.name, r.shard, greatest(0, s.seq - r.seq) as behind
  from reading r join shard s on s.id = r.shard order by 3 desc, 1, 2"""
_DATABASE = """
select current_setting('server_version'), pg_database_size(current_database()),
       (select count(*) from pg_stat_activity where datname = current_database()),
       current_setting('max_connections')::int"""
_DELIVERIES = """
select tenant, count(*), min(due) from webhook_delivery
 where tenant = any($1::int[]) and state = 'pending' and due < now() group by 1 order by 2 desc"""
_RUNS = """
select count(*) from partner_run where tenant = any($1::int[]) and state = 'asked'"""


async def read_figures(connection: Connection, tenants: Collection[int]) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_FIGURES, list(tenants))
    return rows


async def read_packs(connection: Connection, tenants: Collection[int]) -> list[asyncpg.Record]:
    """(tenant, pack, version, state) of the scenes that have not ended."""
    rows: list[asyncpg.Record] = await connection.fetch(_PACKS, list(tenants))
    return rows


async def read_readers(connection: Connection) -> list[asyncpg.Record]:
    """(name, shard, behind): how many numbers of the log each reader has before it."""
    rows: list[asyncpg.Record] = await connection.fetch(_READERS)
    return rows


async def read_database(connection: Connection) -> asyncpg.Record:
    """Version, bytes, connections, the most of them."""
    row = await connection.fetchrow(_DATABASE)
    assert row is not None, "an aggregate has a row"
    return row


async def read_deliveries(connection: Connection, tenants: Collection[int]) -> list[asyncpg.Record]:
    """(tenant, deliveries that are due, since when)."""
    rows: list[asyncpg.Record] = await connection.fetch(_DELIVERIES, list(tenants))
    return rows


async def count_runs(connection: Connection, tenants: Collection[int]) -> int:
    """Conformance runs that nobody has begun."""
    return int(await connection.fetchval(_RUNS, list(tenants)))


async def read_adoption(
    connection: Connection, tenants: Collection[int], days: int
) -> list[asyncpg.Record]:
    """(id, days with calls, late tickets, days since it is there, renews) of each."""
    rows: list[asyncpg.Record] = await connection.fetch(_ADOPTION, list(tenants), days)
    return rows


async def set_renewal(connection: Connection, tenant: int, day: date | None) -> None:
    await connection.execute("update tenant set renews = $2 where id = $1", tenant, day)
