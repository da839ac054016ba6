"""SQL of counted calls, reviews and blocks; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

_BUSY_HOURS = """
select distinct date_trunc('hour', c.at, 'UTC') as hour
  from partner_call c join partner p on p.tenant = c.tenant and p.live_app = c.app
 where c.tenant = $1
   and c.at >= coalesce((select max(hour) - interval '1 hour' from partner_call_hour
                          where tenant = $1), '-infinity')
 order by 1"""
_CALLS_OF_HOUR = """
select c.app, c.api, c.status, c.code, width_bucket(c.latency_ms, $3::int[]) as spent,
       count(*) as calls
  from partner_call c join partner p on p.tenant = c.tenant and p.live_app = c.app
 where c.tenant = $1 and c.at >= $2 and c.at < $2 + interval '1 hour'
 group by 1, 2, 3, 4, 5"""
# What the unit of a call has posted, by the number that its reading has in the log.
_MOVED_OF_HOUR = """
select a.id as app, coalesce(s.pack || '.' || r.operation, '') as api, t.currency,
       sum(t.amount)::bigint as moved
  from meter_reading r
  join app a on a.tenant = r.tenant and a.name = r.app
  join partner p on p.tenant = a.tenant and p.live_app = a.id
  join transfer t on t.tenant = r.tenant and t.seq = r.seq and t.kind in (0, 2)
  left join scene s on s.tenant = r.tenant and s.id = r.scene
 where r.tenant = $1 and r.at >= $2 and r.at < $2 + interval '1 hour'
 group by 1, 2, 3"""
_PUT_HOUR = """
insert into partner_call_hour (tenant, hour, app, api, calls, failed, broken, spent, codes, moved)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (tenant, hour, app, api) do update
   set calls = $5, failed = $6, broken = $7, spent = $8, codes = $9, moved = $10"""
_HOURS = """
select h.hour, h.app, h.api, h.calls, h.failed, h.broken, h.spent, h.codes, h.moved,
       p.id as partner, p.name
  from partner_call_hour h join partner p on p.tenant = h.tenant and p.live_app = h.app
 where h.tenant = $1 and h.hour >= $2 and h.hour < $3 order by h.hour, h.app, h.api"""
_FIRST_CALLS = """
update partner p set first_call = f.at
  from (select q.id, (select min(c.at) from partner_call c
                       where c.tenant = q.tenant and c.app = q.live_app and c.status < 400) as at
          from partner q
         where q.tenant = $1 and q.live_app is not null and q.first_call is null) f
 where p.tenant = $1 and p.id = f.id and f.at is not null returning p.id"""
_TO_FIRST_CALL = """
select p.id, p.first_call,
       (select min(s.at) from partner_stage s
         where s.tenant = p.tenant and s.partner = p.id and s.stage = 'applied') as applied
  from partner p where p.tenant = $1 and p.first_call is not null order by p.first_call"""
_CALLS = """
select at, method, path, status, code, request, latency_ms from partner_call
 where tenant = $1 and app = $2 and ($3::text is null or api = $3) and at >= $4 and at < $5
   and (not $6 or status >= 400) order by at desc limit $7"""
_GROUPS = """
select c.app, c.status, c.code, count(*) as calls from partner_call c
 where c.tenant = $1 and c.app = $2 and c.at > clock_timestamp() - $3::interval
   and c.at > coalesce((select max(least(coalesce(b.lifted_at, b.until), b.until))
                          from partner_block b
                         where b.tenant = $1 and b.app = $2 and b.rule = $4), '-infinity')
 group by 1, 2, 3"""
_EXAMPLES = """
select at, method, path, status, code, request from partner_call
 where tenant = $1 and app = $2 and at > clock_timestamp() - $3::interval
   and (code = any($4::text[]) or status = any($5::int[])) order by at desc limit 10"""
_REVIEW = """
insert into partner_call_review (tenant, day, who, note, calls, failed)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning day"""
_BLOCK = """
insert into partner_block (tenant, id, partner, app, rule, evidence, until)
values ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(mins => $7))"""
_BLOCKS = """
select id, partner, app, rule, evidence, at, until, lifted_at, lifted_by, why,
       lifted_at is null and until > clock_timestamp() as lasts
  from partner_block where tenant = $1 order by at desc limit $2"""
_LIFT = """
update partner_block set lifted_at = clock_timestamp(), lifted_by = $3, why = $4
 where tenant = $1 and id = $2 and lifted_at is null and until > clock_timestamp()
returning app"""


async def find_busy_hours(connection: Connection, tenant: int) -> list[datetime]:
    """Hours with calls that are not counted, or may have more by now."""
    return [row["hour"] for row in await connection.fetch(_BUSY_HOURS, tenant)]


async def read_calls_of_hour(
    connection: Connection, tenant: int, hour: datetime, bounds: Sequence[int]
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_CALLS_OF_HOUR, tenant, hour, list(bounds))
    return rows


async def read_moved_of_hour(connection: Connection, tenant: int, hour: datetime) -> list[Row]:
    rows: list[Row] = await connection.fetch(_MOVED_OF_HOUR, tenant, hour)
    return rows


async def put_hours(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    await connection.executemany(_PUT_HOUR, rows)


async def read_hours(
    connection: Connection, tenant: int, begin: datetime, end: datetime
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_HOURS, tenant, begin, end)
    return rows


async def note_first_calls(connection: Connection, tenant: int) -> list[UUID]:
    """Keep the first good call of whoever has none yet; calls themselves are forgotten later."""
    return [row["id"] for row in await connection.fetch(_FIRST_CALLS, tenant)]


async def read_first_calls(connection: Connection, tenant: int) -> list[Row]:
    rows: list[Row] = await connection.fetch(_TO_FIRST_CALL, tenant)
    return rows


async def list_calls(connection: Connection, *values: Any) -> list[Row]:
    rows: list[Row] = await connection.fetch(_CALLS, *values)
    return rows


async def read_groups(
    connection: Connection, tenant: int, app: int, within: timedelta, rule: str
) -> list[Row]:
    """Calls by their answer, since the last block by this rule was over."""
    rows: list[Row] = await connection.fetch(_GROUPS, tenant, app, within, rule)
    return rows


async def read_examples(
    connection: Connection,
    tenant: int,
    app: int,
    within: timedelta,
    codes: Sequence[str],
    statuses: Sequence[int],
) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        _EXAMPLES, tenant, app, within, list(codes), list(statuses)
    )
    return rows


async def read_live(connection: Connection, tenant: int) -> list[Row]:
    """(id, name, live_app) of whoever is live."""
    rows: list[Row] = await connection.fetch(
        "select id, name, live_app from partner "
        "where tenant = $1 and stage = 'live' and live_app is not null order by id",
        tenant,
    )
    return rows


async def find_watched(connection: Connection, tenants: Sequence[int]) -> list[int]:
    """Those of the tenants that have, or had, live partners."""
    rows = await connection.fetch(
        "select distinct tenant from partner "
        "where tenant = any($1::int[]) and live_app is not null order by tenant",
        list(tenants),
    )
    return [row["tenant"] for row in rows]


async def insert_review(connection: Connection, *values: Any) -> bool:
    """False: the day was reviewed before."""
    return await connection.fetchval(_REVIEW, *values) is not None


async def read_first_day(connection: Connection, tenant: int) -> date:
    """The day, at the bank's place, from which the bank is there."""
    found: date = await connection.fetchval(
        "select (created_at at time zone zone)::date from tenant where id = $1", tenant
    )
    return found


async def read_reviews(connection: Connection, tenant: int, since: date) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select day, who, note, calls, failed, at from partner_call_review "
        "where tenant = $1 and day >= $2 order by day desc",
        tenant,
        since,
    )
    return rows


async def insert_block(connection: Connection, *values: Any) -> None:
    await connection.execute(_BLOCK, *values)


async def is_blocked(connection: Connection, tenant: int, app: int, rule: str) -> bool:
    found = await connection.fetchval(
        "select exists (select from partner_block where tenant = $1 and app = $2 and rule = $3 "
        "and lifted_at is null and until > clock_timestamp())",
        tenant,
        app,
        rule,
    )
    return bool(found)


async def list_blocks(connection: Connection, tenant: int, limit: int) -> list[Row]:
    rows: list[Row] = await connection.fetch(_BLOCKS, tenant, limit)
    return rows


async def lift(connection: Connection, tenant: int, block: UUID, who: str, why: str) -> bool:
    """Whether there was something to lift."""
    return await connection.fetchval(_LIFT, tenant, block, who, why) is not None
