"""SQL of how the platform serves its tenants: one statement for all of them."""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

from enscene.tenants.store import Connection

# A scene that went live without a request (by the command line) tells when on the clock of its
# tenant, which in a sandbox may stand on any day.
_MEASURES = """
select t.id, extract(epoch from coalesce(l.first_live, s.first_live) - t.created_at)::float8,
       l.launch_s, l.acts, l.launches::int, w.configured::int, w.coded::int, w.waiting::int,
       p.day, p.faults::int
  from tenant t
  left join lateral (
    select min(live_at) as first_live, count(live_at) as launches,
           percentile_cont(0.5) within group (order by extract(epoch from live_at - chosen_at))
             filter (where live_at is not null) as launch_s,
           percentile_cont(0.5) within group (order by version - 1)
             filter (where live_at is not null) as acts
      from launch where tenant = t.id and kind = 'new') l on true
  left join lateral (
    select min(live_at) as first_live from scene where tenant = t.id and not t.sandbox) s on true
  left join lateral (
    select count(*) filter (where state in ('solved', 'closed') and release is null) as configured,
           count(*) filter (where state in ('solved', 'closed') and release is not null) as coded,
           count(*) filter (where state in ('open', 'waiting')) as waiting
      from ticket where tenant = t.id and kind = 'wish') w on true
  left join lateral (
    select (at at time zone 'UTC')::date as day, cardinality(faults) as faults from billing_proof
     where tenant = t.id order by day desc limit 1) p on true
 where t.id = any($1::int[])"""
_TABLES = """
select c.oid::regclass::text, c.relrowsecurity and c.relforcerowsecurity
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant'
 where c.relkind in ('r', 'p') and not c.relispartition and not a.attisdropped
   and c.relnamespace = 'public'::regnamespace and has_table_privilege(c.oid, 'select')
 order by 1"""
_SCENES = """
select tenant, pack, state, coalesce(profile ->> 'region', '') from scene
 where tenant = any($1::int[]) and state <> 'retired' order by 1, 2"""


async def read_measures(connection: Connection, tenants: Collection[int]) -> list[asyncpg.Record]:
    """(id, seconds to the first live scene, median seconds of a launch, median acts in it, launches
    that went live, wishes met by configuration, by code, waiting, day of the last proof, its
    faults)."""
    rows: list[asyncpg.Record] = await connection.fetch(_MEASURES, list(tenants))
    return rows


async def read_tables(connection: Connection) -> list[tuple[str, bool]]:
    """The tables with rows of tenants, and whether the database keeps tenants apart in each."""
    return [(row[0], row[1]) for row in await connection.fetch(_TABLES)]


async def read_open(connection: Connection, tables: Collection[str]) -> list[str]:
    """Those of the tables that show a row to this transaction."""
    looks = ", ".join(f"exists (select from {table})" for table in tables)
    row = await connection.fetchrow(f"select {looks}") if tables else ()
    assert row is not None, "a select of values has a row"
    return [table for table, shows in zip(tables, row, strict=True) if shows]


async def read_scenes(connection: Connection, tenants: Collection[int]) -> list[asyncpg.Record]:
    """(tenant, pack, state, region) of the scenes that have not ended."""
    rows: list[asyncpg.Record] = await connection.fetch(_SCENES, list(tenants))
    return rows
