"""SQL of metering: raw readings, their sums by minute, hour and day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, TypeAlias

import asyncpg
import msgspec

from enscene.commit import Script, Stamp, admit
from enscene.metering.reading import Reading
from enscene.storage.arrays import column, moments, numbers, texts, words

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
Act = tuple[int, int, str, str, int, str | None, str, str]
"""Place, tenant, app, operation, scene, party, meters and quantities as array literals."""
CURSOR = "meters"

_encode = msgspec.json.Encoder().encode

_INSERT_ACTS = """
insert into meter_reading (seq, tenant, at, app, operation, scene, party, meters, quantities)
select u.seq, coalesce(u.tenant, $3), coalesce(u.at, $5), coalesce(u.app, $7),
       coalesce(u.operation, $9), coalesce(u.scene, $11), u.party,
       coalesce(u.meters, $14)::text[], coalesce(u.quantities, $16)::bigint[]
  from unnest($1::text::bigint[], $2::text::int[], $4::text::timestamptz[], $6::text::text[],
              $8::text::text[], $10::text::int[], $12::text::text[], $13::text::text[],
              $15::text::text[])
       as u(seq, tenant, at, app, operation, scene, party, meters, quantities)"""

_INSERT_READINGS = """
insert into meter_reading (seq, tenant, at, app, operation, scene, party, meters, quantities,
                           source, id, print, facts)
select u.seq, u.tenant, u.at, u.app, u.operation, u.scene, u.party, array[u.meter],
       array[u.quantity], u.source, u.id, u.print, u.facts
  from unnest($1::text::bigint[], $2::text::int[], $3::text::timestamptz[], $4::text::text[],
              $5::text::text[], $6::text::int[], $7::text::text[], $8::text::text[],
              $9::text::bigint[], $10::text::text[], $11::text::text[], $12::text::uuid[],
              $13::text::jsonb[])
       as u(seq, tenant, at, app, operation, scene, party, meter, quantity, source, id, print,
            facts)"""

_PRINTS = """
select r.tenant, r.source, r.id, r.print
  from unnest($1::int[], $2::text[], $3::text[]) as u(tenant, source, id)
  cross join lateral (
    select * from meter_reading m
     where m.tenant = u.tenant and m.source = u.source and m.id = u.id and m.source is not null
     limit 1) r"""

_FRESH = """
fresh as materialized (
  select r.tenant, date_trunc('minute', r.at, 'UTC') as at, m.meter, r.app, r.scene, r.operation,
         sum(m.quantity)::bigint as quantity, count(*) as readings, max(r.seq) as seq
    from meter_reading r cross join lateral unnest(r.meters, r.quantities) m(meter, quantity)
   where r.tenant = any($1::int[]) and r.seq > $2 and r.seq <= $3
   group by 1, 2, 3, 4, 5, 6)"""
_ADD = """
on conflict ({key}) do update set quantity = t.quantity + excluded.quantity,
   readings = t.readings + excluded.readings, seq = greatest(t.seq, excluded.seq)"""
_ADD_AT = _ADD.format(key="tenant, at, meter, app, scene, operation")
_ADD_DAY = _ADD.format(key="tenant, day, meter, app, scene, operation")
_ROLL = f"""
with {_FRESH},
minutes as (insert into meter_minute as t select * from fresh {_ADD_AT} returning 1),
hours as (
  insert into meter_hour as t
  select tenant, date_trunc('hour', at, 'UTC'), meter, app, scene, operation, sum(quantity),
         sum(readings), max(seq)
    from fresh group by 1, 2, 3, 4, 5, 6 {_ADD_AT} returning 1),
days as (
  insert into meter_day as t
  select f.tenant, (f.at at time zone z.zone)::date, meter, app, scene, operation, sum(quantity),
         sum(readings), max(seq)
    from fresh f join tenant z on z.id = f.tenant group by 1, 2, 3, 4, 5, 6 {_ADD_DAY} returning 1)
select coalesce(sum(readings), 0)::bigint from fresh"""

_USAGE = """
select day, meter, app, scene, operation, quantity, readings from meter_day
 where tenant = $1 and day >= $2 and day < $3 and ($4::text is null or meter = $4)
   and ($5 = '' or app = $5)
 order by day, meter, app, scene, operation"""
_USAGE_AT = """
select at, meter, sum(quantity)::bigint, sum(readings)::bigint from {table}
 where tenant = $1 and at >= $2 and at < $3 and ($4::text is null or meter = $4)
   and ($6 = '' or app = $6)
 group by at, meter order by at, meter limit $5"""
_BY_DAY = """
select day, meter, sum(quantity)::bigint, max(seq) from meter_day
 where tenant = $1 and day >= $2 and day < $3 and ($4 = '' or app = $4) group by day, meter"""
_LATE_MONTHS = """
select distinct date_trunc('month', day)::date from meter_day
 where tenant = $1 and day < $2 and seq > $3 and ($4 = '' or app = $4)"""
_READINGS = """
select r.seq, r.at, r.app, r.operation, r.scene, r.party, m.quantity, r.source, r.id
  from meter_reading r cross join lateral unnest(r.meters, r.quantities) m(meter, quantity)
 where r.tenant = $1 and m.meter = $2 and r.seq > $3 and r.seq <= $4
   and r.at >= $5 and r.at < $6 and ($7 = '' or r.app = $7)
 order by r.seq limit $8"""
_RAW_SUM = """
select coalesce(sum(m.quantity), 0)::bigint
  from meter_reading r cross join lateral unnest(r.meters, r.quantities) m(meter, quantity)
 where r.tenant = $1 and m.meter = $2 and r.seq > $3 and r.seq <= $4
   and r.at >= $5 and r.at < $6 and ($7 = '' or r.app = $7)"""
_DIFFER = """
with raw as (
  select (r.at at time zone z.zone)::date as day, date_trunc('minute', r.at, 'UTC') as at, m.meter, r.app,
         r.scene, r.operation, sum(m.quantity)::bigint as quantity, count(*) as readings
    from tenant z join meter_reading r on r.tenant = z.id
    cross join lateral unnest(r.meters, r.quantities) m(meter, quantity)
   where z.id = $1 and r.tenant = $1 and r.seq <= $2 group by 1, 2, 3, 4, 5, 6),
minutes as (
  select coalesce(r.at, s.at) as place from raw r full join
    (select * from meter_minute where tenant = $1) s using (at, meter, app, scene, operation)
   where (r.quantity, r.readings) is distinct from (s.quantity, s.readings)),
hours as (
  select 1 from (select date_trunc('hour', at, 'UTC') as at, meter, app, scene, operation,
                        sum(quantity)::bigint as quantity, sum(readings)::bigint as readings
                   from raw group by 1, 2, 3, 4, 5) r
    full join (select * from meter_hour where tenant = $1) s
         using (at, meter, app, scene, operation)
   where (r.quantity, r.readings) is distinct from (s.quantity, s.readings)),
days as (
  select 1 from (select day, meter, app, scene, operation, sum(quantity)::bigint as quantity,
                        sum(readings)::bigint as readings from raw group by 1, 2, 3, 4, 5) r
    full join (select * from meter_day where tenant = $1) s
         using (day, meter, app, scene, operation)
   where (r.quantity, r.readings) is distinct from (s.quantity, s.readings))
select (select coalesce(sum(readings), 0)::bigint from raw), (select count(*) from minutes),
       (select count(*) from hours), (select count(*) from days)"""
_COUNTING = """
insert into meter_counter as t (id, ended) values ($1, $2)
on conflict (id) do update set counted_to = now(), ended = t.ended or excluded.ended"""
_GAPS = """
select id, begun, counted_to from meter_counter
 where not ended and counted_to < now() - make_interval(secs => $1) order by counted_to"""


@asynccontextmanager
async def reading(pool: Pool, tenants: Collection[int]) -> AsyncIterator[Connection]:
    """A snapshot that sees these tenants."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await admit(connection, tenants)
        yield connection


def insert_acts(script: Script, stamp: Stamp, acts: Sequence[Act]) -> None:
    """Write what the acts of a batch are billed by."""
    tenants = [act[1] for act in acts]
    script.add(
        _INSERT_ACTS,
        numbers([stamp.seq(act[0]) for act in acts]),
        *column(tenants, numbers),
        *column([stamp.time(tenant) for tenant in tenants], moments),
        *column([act[2] for act in acts], texts),
        *column([act[3] for act in acts], texts),
        *column([act[4] for act in acts], numbers),
        texts([act[5] for act in acts]),
        *column([act[6] for act in acts], texts),
        *column([act[7] for act in acts], texts),
    )


def insert_readings(
    script: Script, stamp: Stamp, taken: Sequence[tuple[int, int, Reading]]
) -> None:
    """Write readings of other sources."""
    readings = [reading for _, _, reading in taken]
    script.add(
        _INSERT_READINGS,
        numbers([stamp.seq(unit) for unit, _, _ in taken]),
        numbers([tenant for _, tenant, _ in taken]),
        moments([reading.at or stamp.time(tenant) for _, tenant, reading in taken]),
        texts([r.app for r in readings]),
        texts([r.operation for r in readings]),
        numbers([r.scene for r in readings]),
        texts([r.party for r in readings]),
        texts([r.meter for r in readings]),
        numbers([r.quantity for r in readings]),
        texts([r.source for r in readings]),
        texts([r.id for r in readings]),
        words([r.print for r in readings]),
        texts([_encode(r.facts).decode() if r.facts else None for r in readings]),
    )


async def read_prints(
    connection: Connection, keys: Collection[tuple[int, str, str]]
) -> dict[tuple[int, str, str], str]:
    rows = await connection.fetch(_PRINTS, *zip(*keys, strict=True))
    return {(row[0], row[1], row[2]): row[3].hex for row in rows}


# -- sums ----------------------------------------------------------------------------------


async def lock_cursor(connection: Connection, shard: int, *, wait: bool) -> int | None:
    """How far the shard's readings are summed up; nobody else adds any until the transaction
    ends. None: somebody else does."""
    await connection.execute(
        "insert into reading (name, shard) values ($1, $2) on conflict do nothing", CURSOR, shard
    )
    found: int | None = await connection.fetchval(
        "select seq from reading where name = $1 and shard = $2 for update"
        + ("" if wait else " skip locked"),
        CURSOR,
        shard,
    )
    return found


async def move_cursor(connection: Connection, shard: int, seq: int) -> None:
    await connection.execute(
        "update reading set seq = $3 where name = $1 and shard = $2", CURSOR, shard, seq
    )


async def read_cursor(connection: Connection, tenant: int) -> int:
    """How far the readings of the tenant's shard are summed up."""
    found: int | None = await connection.fetchval(
        "select r.seq from tenant t join reading r on r.shard = t.shard and r.name = $2 "
        "where t.id = $1",
        tenant,
        CURSOR,
    )
    return found or 0


async def read_reach(connection: Connection, shard: int) -> tuple[int, list[int]]:
    """The last number that was given, and whose they are: first how far, then whose."""
    reach = await connection.fetchval("select seq from shard where id = $1", shard)
    rows = await connection.fetch("select id from tenant where shard = $1 order by id", shard)
    return reach or 0, [row[0] for row in rows]


async def roll(connection: Connection, tenants: Collection[int], after: int, to: int) -> int:
    """Add readings to the sums; how many there were."""
    found: int = await connection.fetchval(_ROLL, list(tenants), after, to)
    return found


async def drop_sums(connection: Connection, tenants: Collection[int]) -> None:
    for table in ("meter_minute", "meter_hour", "meter_day"):
        await connection.execute(
            f"delete from {table} where tenant = any($1::int[])", list(tenants)
        )


# -- reading -------------------------------------------------------------------------------


async def read_usage(
    connection: Connection,
    tenant: int,
    first: date,
    until: date,
    meter: str | None,
    app: str = "",
) -> list[Any]:
    """Of one application, or of all (empty)."""
    rows: list[Any] = await connection.fetch(_USAGE, tenant, first, until, meter, app)
    return rows


async def read_usage_at(
    connection: Connection,
    tenant: int,
    by: str,
    first: datetime,
    until: datetime,
    meter: str | None,
    app: str,
    limit: int,
) -> list[Any]:
    table = {"minute": "meter_minute", "hour": "meter_hour"}[by]
    rows: list[Any] = await connection.fetch(
        _USAGE_AT.format(table=table), tenant, first, until, meter, limit, app
    )
    return rows


async def read_by_day(
    connection: Connection, tenant: int, first: date, until: date, app: str = ""
) -> list[Any]:
    """Of one application, or of all (empty)."""
    rows: list[Any] = await connection.fetch(_BY_DAY, tenant, first, until, app)
    return rows


async def read_late_months(
    connection: Connection, tenant: int, before: date, seq: int, app: str = ""
) -> list[date]:
    rows = await connection.fetch(_LATE_MONTHS, tenant, before, seq, app)
    return sorted(row[0] for row in rows)


async def read_readings(
    connection: Connection,
    tenant: int,
    meter: str,
    after: int,
    reach: int,
    first: datetime,
    until: datetime,
    app: str,
    limit: int,
) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        _READINGS, tenant, meter, after, reach, first, until, app, limit
    )
    return rows


async def sum_readings(
    connection: Connection,
    tenant: int,
    meter: str,
    after: int,
    reach: int,
    first: datetime,
    until: datetime,
    app: str,
) -> int:
    found: int = await connection.fetchval(_RAW_SUM, tenant, meter, after, reach, first, until, app)
    return found


async def compare(connection: Connection, tenant: int, reach: int) -> tuple[int, int, int, int]:
    """Readings, and how many minutes, hours and days do not say what they add up to."""
    row = await connection.fetchrow(_DIFFER, tenant, reach)
    assert row is not None
    return tuple(row)


async def note_counter(pool: Pool, counter: str, *, ended: bool) -> None:
    await pool.execute(_COUNTING, counter, ended)


async def read_gaps(pool: Pool, older_s: float) -> list[Any]:
    rows: list[Any] = await pool.fetch(_GAPS, older_s)
    return rows
