"""SQL of what became of campaigns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"

# The customer of a party, where several are one: both sides of an experiment are counted so.
_OF_CAMPAIGNS = "d.tenant = $1 and d.moment like '%/%'"
_SAID = f"""
select split_part(d.rights ->> 'offer', '/', 1) as ref, split_part(d.rights ->> 'offer', '/', 2) as offer,
       d.state, count(*)::int as count
  from decision d
 where {_OF_CAMPAIGNS} and d.state <> 'none' and ($2::timestamptz is null or d.at >= $2)
 group by 1, 2, 3"""
_HELD = f"""
select split_part(s.key, '/', 1) as ref, count(distinct d.customer)::int as held
  from decision d cross join lateral jsonb_each_text(d.rights -> 'suppressed') s
 where {_OF_CAMPAIGNS} and s.value in ('holdout', 'campaign_holdout')
   and ($2::timestamptz is null or d.at >= $2)
 group by 1"""
_NOT_SAID = f"""
select s.value as why, count(*)::int as count
  from decision d cross join lateral jsonb_each_text(d.rights -> 'suppressed') s
 where {_OF_CAMPAIGNS} and starts_with(s.key, $2 || '/') and ($3::timestamptz is null or d.at >= $3)
 group by 1 order by 2 desc, 1"""
_BY_DAY = f"""
select (d.at at time zone $3)::date as day, d.state, count(*)::int as count
  from decision d
 where {_OF_CAMPAIGNS} and starts_with(d.rights ->> 'offer', $2 || '/') and d.state <> 'none'
 group by 1, 2 order by 1"""
# Consent, service and what the customer has come before the lot: whoever got as far as the lot was
# asked the same, whichever side it fell on.
_ASKED = f"""
select d.customer, min(d.at) as first
  from decision d
 where {_OF_CAMPAIGNS}
   and (starts_with(d.rights ->> 'offer', $2 || '/') or exists (
         select from jsonb_each_text(d.rights -> 'suppressed') s
          where starts_with(s.key, $2 || '/')
            and s.value not in ('consent', 'not_served_yet', 'has_it')))
   and ($3::timestamptz is null or d.at >= $3) and ($5::timestamptz is null or d.at < $5)
 group by 1 order by 2, 1 limit $4"""
_OPENED = """
select customer, product, opened_at from contract
 where tenant = $1 and customer = any($2::bigint[]) and customer > 0"""
_LINES = "select * from unnest($2::text[], $3::text[]) as c(ref, line)"
_TOLD = f"""
told as materialized (
  select coalesce(i.customer, d.customer) as who, c.line, count(*)::int as said
    from decision d
    join ({_LINES}) c on c.ref = split_part(d.rights ->> 'offer', '/', 1)
    left join identity i on i.tenant = d.tenant and i.party = d.customer
   where {_OF_CAMPAIGNS} and d.state <> 'none' and d.at >= $4
   group by 1, 2)"""
_SAID_BY_LINE = f"with {_TOLD} select line, sum(said)::int from told group by 1"
_SHARED = f"""
with {_TOLD} select a.line, b.line, count(*)::int
  from told a join told b on b.who = a.who and b.line >= a.line group by 1, 2"""
_SEVERAL = f"""
with {_TOLD}, each as (select who, count(*) as lines from told group by 1)
select count(*)::int, count(*) filter (where lines > 1)::int from each"""
# A line gives way to another one that was said, or to a rule that all lines share.
_GAVE_WAY = f"""
with line as ({_LINES})
select l.line, w.line, s.value as why, count(*)::int as times
  from decision d
  cross join lateral jsonb_each_text(d.rights -> 'suppressed') s
  join line l on l.ref = split_part(s.key, '/', 1)
  left join line w on d.state <> 'none' and w.ref = split_part(d.rights ->> 'offer', '/', 1)
 where {_OF_CAMPAIGNS} and d.at >= $4
   and s.value in ('another_fits_better', 'cap', 'fatigue', 'same_benefit', 'quiet_hours')
   and w.line is distinct from l.line
 group by 1, 2, 3 order by 4 desc, 1, 2, 3"""
_GENERAL = "select state from engine_state where tenant = $1 and customer = 0"


async def read_said(
    connection: Connection, tenant: int, since: datetime | None
) -> list[asyncpg.Record]:
    """ref, offer, state, count of what was said."""
    rows: list[asyncpg.Record] = await connection.fetch(_SAID, tenant, since)
    return rows


async def read_held(connection: Connection, tenant: int, since: datetime | None) -> dict[str, int]:
    """How many customers a lot has held out, by campaign."""
    return {row[0]: row[1] for row in await connection.fetch(_HELD, tenant, since)}


async def read_not_said(
    connection: Connection, tenant: int, ref: str, since: datetime | None
) -> list[tuple[str, int]]:
    """Why offers of a campaign were not said, and how often, the most frequent first."""
    return [tuple(row) for row in await connection.fetch(_NOT_SAID, tenant, ref, since)]


async def read_days(
    connection: Connection, tenant: int, ref: str, zone: str
) -> list[asyncpg.Record]:
    """day, state, count of what a campaign said."""
    rows: list[asyncpg.Record] = await connection.fetch(_BY_DAY, tenant, ref, zone)
    return rows


async def read_asked(
    connection: Connection, tenant: int, ref: str, since: datetime | None, limit: int,
    until: datetime | None = None,
) -> list[tuple[int, datetime]]:  # fmt: skip
    """Parties that got as far as the lot, with when they first did; the first ones first."""
    rows = await connection.fetch(_ASKED, tenant, ref, since, limit, until)
    return [tuple(row) for row in rows]


async def read_opened(
    connection: Connection, tenant: int, parties: Collection[int]
) -> list[tuple[int, str, datetime]]:
    """party, product and time of every contract that these have opened."""
    return [tuple(row) for row in await connection.fetch(_OPENED, tenant, list(parties))]


async def read_lines(
    connection: Connection, tenant: int, lines: Mapping[str, str], since: datetime
) -> tuple[dict[str, int], list[tuple[str, str, int]], tuple[int, int]]:
    """How often each line has spoken; pairs of lines (a line with itself too) with the customers to whom
    both have; how many customers heard of any, and of several. `lines` is the line by campaign."""
    given = (tenant, list(lines), list(lines.values()), since)
    said = {row[0]: row[1] for row in await connection.fetch(_SAID_BY_LINE, *given)}
    shared = [tuple(row) for row in await connection.fetch(_SHARED, *given)]
    row = await connection.fetchrow(_SEVERAL, *given)
    assert row is not None
    return said, shared, (row[0], row[1])


async def read_gave_way(
    connection: Connection, tenant: int, lines: Mapping[str, str], since: datetime
) -> list[tuple[str, str | None, str, int]]:
    """line, the line that spoke instead, why, how often."""
    given = (tenant, list(lines), list(lines.values()), since)
    return [tuple(row) for row in await connection.fetch(_GAVE_WAY, *given)]


async def read_general(connection: Connection, tenant: int) -> bytes | None:
    """The row of what the engine has learnt, if it has run."""
    found: bytes | None = await connection.fetchval(_GENERAL, tenant)
    return found
