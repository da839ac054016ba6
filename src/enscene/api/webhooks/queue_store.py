"""SQL of deliveries: put into the queue, taken out, marked, listed. Times are the database's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from enscene.api.store import Connection
from enscene.storage.arrays import numbers, texts, words

_PUT = """
insert into webhook_delivery as d
       (tenant, endpoint, seq, message, scene, type, body, grant_id, party)
select * from unnest($1::text::int[], $2::text::uuid[], $3::text::bigint[], $4::text::text[],
                     $5::text::int[], $6::text::text[], $7::text::text[], $8::text::bigint[],
                     $9::text::text[])
on conflict (tenant, endpoint, seq, message) do """
_PUT_ONCE = f"{_PUT} nothing"
# A consent may be another one by now, or there may be none: then the event is not put here at all.
_PUT_AGAIN = f"""{_PUT} update
   set state = 'pending', tries = 0, due = clock_timestamp(), body = excluded.body,
       grant_id = excluded.grant_id, party = excluded.party, error = null
 where d.state <> 'pending'"""
_CLAIM = """
with picked as (
  select d.tenant, d.endpoint, d.seq, d.message
    from unnest($1::int[], $2::uuid[], $3::int[]) as w(tenant, endpoint, n)
    cross join lateral (
      select * from webhook_delivery q
       where q.tenant = w.tenant and q.endpoint = w.endpoint and q.state = 'pending'
         and q.due <= statement_timestamp()
       order by q.due limit w.n for update skip locked) d)
update webhook_delivery d
   set due = clock_timestamp() + make_interval(secs => $4), tried_at = clock_timestamp()
  from picked p
 where d.tenant = p.tenant and d.endpoint = p.endpoint and d.seq = p.seq and d.message = p.message
returning d.tenant, d.endpoint, d.seq, d.message, d.body, d.tries, d.scene, d.grant_id, d.party"""
# `was` comes from what is joined (`offset 0`): a condition on the table alone would have the plan
# begin with all that waits, and look for each of it among the marks.
_MARK = """
update webhook_delivery d
   set state = u.state, tries = d.tries + u.tried, status = u.status, latency_ms = u.latency,
       error = u.error, due = clock_timestamp() + make_interval(secs => u.delay)
  from (select m.*, 'pending' as was
          from unnest($1::int[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::int[],
                      $7::int[], $8::int[], $9::text[], $10::float8[])
               as m(tenant, endpoint, seq, message, state, tried, status, latency, error, delay)
        offset 0) u
 where d.tenant = u.tenant and d.endpoint = u.endpoint and d.seq = u.seq
   and d.message = u.message and d.state = u.was"""
_COLUMNS = """
seq, message, type, state, tries, due, made_at, tried_at, status, latency_ms, error"""
_LIST = f"""
select {_COLUMNS} from webhook_delivery
 where tenant = $1 and endpoint = $2 and (seq, message) < ($3, $4)
   and ($5::text is null or state = $5)
 order by seq desc, message desc limit $6"""
_ONE = f"""
select {_COLUMNS} from webhook_delivery
 where tenant = $1 and endpoint = $2 and seq = $3 and message = $4"""
_AGAIN = f"""
update webhook_delivery set state = 'pending', tries = 0, due = clock_timestamp(), error = null
 where tenant = $1 and endpoint = $2 and seq = $3 and message = $4
   and (state <> 'pending' or due > clock_timestamp() + interval '1 minute')
returning {_COLUMNS}"""
_HURRY = """
update webhook_delivery set due = clock_timestamp()
 where tenant = $1 and endpoint = $2 and state = 'pending'
   and due > statement_timestamp() + make_interval(secs => $3)"""
_FORGET = """
delete from webhook_delivery
 where ctid = any (array (
   select ctid from webhook_delivery
    where tenant = any($1::int[]) and made_at < clock_timestamp() - $2::interval limit $3))"""
_SUCCEEDED = """
update webhook_endpoint e
   set failures = 0, failing_since = null, opened = 0, open_until = null,
       told_at = clock_timestamp()
  from unnest($1::int[], $2::uuid[]) as u(tenant, id)
 where e.tenant = u.tenant and e.id = u.id"""
_FAILED = """
update webhook_endpoint e
   set failures = e.failures + u.n,
       failing_since = coalesce(e.failing_since, clock_timestamp()),
       opened = e.opened + (u.open_s is not null)::int,
       open_until = coalesce(clock_timestamp() + make_interval(secs => u.open_s), e.open_until)
  from unnest($1::int[], $2::uuid[], $3::int[], $4::float8[]) as u(tenant, id, n, open_s)
 where e.tenant = u.tenant and e.id = u.id
returning e.tenant, e.id, e.failures, e.failing_since, e.opened, e.open_until"""
LAST = (2**62, "~")
"""Before this stands every delivery."""


class Delivery(NamedTuple):
    """What is put into the queue."""

    tenant: int
    endpoint: UUID
    seq: int
    message: str
    scene: int
    type: str
    body: str
    grant: int | None
    party: str | None


class Mark(NamedTuple):
    """What came of a try. `tried` is 0 where none was made; `delay_s` is until the next one."""

    tenant: int
    endpoint: UUID
    seq: int
    message: str
    state: str
    tried: int
    status: int | None
    latency_ms: int | None
    error: str | None
    delay_s: float


async def put(connection: Connection, rows: Sequence[Delivery], *, again: bool = False) -> None:
    """Queue them. What is known already stays as it is, or is begun anew with `again`."""
    if not rows:
        return
    await connection.execute(
        _PUT_AGAIN if again else _PUT_ONCE,
        numbers([row.tenant for row in rows]),
        words([row.endpoint.hex for row in rows]),
        numbers([row.seq for row in rows]),
        words([row.message for row in rows]),
        numbers([row.scene for row in rows]),
        texts([row.type for row in rows]),
        texts([row.body for row in rows]),
        numbers([row.grant for row in rows]),
        texts([row.party for row in rows]),
    )


async def claim(
    connection: Connection, wanted: Sequence[tuple[int, UUID, int]], lease_s: float
) -> list[asyncpg.Record]:
    """Take what is due, up to so many an endpoint; nobody else takes it before the lease is over."""
    rows: list[asyncpg.Record] = await connection.fetch(_CLAIM, *zip(*wanted, strict=True), lease_s)
    return rows


async def mark(connection: Connection, marks: Sequence[Mark]) -> None:
    """Write what came of tries. What another worker has finished meanwhile stays finished."""
    if marks:
        await connection.execute(_MARK, *zip(*marks, strict=True))


async def list_deliveries(
    connection: Connection,
    tenant: int,
    endpoint: UUID,
    before: tuple[int, str],
    state: str | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Newest first."""
    rows: list[asyncpg.Record] = await connection.fetch(
        _LIST, tenant, endpoint, *before, state, limit
    )
    return rows


async def read_delivery(
    connection: Connection, tenant: int, endpoint: UUID, seq: int, message: str
) -> asyncpg.Record | None:
    return await connection.fetchrow(_ONE, tenant, endpoint, seq, message)


async def begin_again(
    connection: Connection, tenant: int, endpoint: UUID, seq: int, message: str
) -> None:
    """Queue one delivery as if it had never been tried; one that is under way stays as it is."""
    await connection.execute(_AGAIN, tenant, endpoint, seq, message)


async def hurry(connection: Connection, tenant: int, endpoint: UUID, beyond_s: float = 0) -> None:
    """Whatever waits for its next try is due now, if that lies further ahead than a lease."""
    await connection.execute(_HURRY, tenant, endpoint, beyond_s)


async def forget(
    connection: Connection, tenants: Collection[int], older: timedelta, most: int
) -> int:
    """Delete some of the old deliveries; how many."""
    done = await connection.execute(_FORGET, list(tenants), older, most)
    return int(done.rpartition(" ")[2])


async def note_success(connection: Connection, endpoints: Sequence[tuple[int, UUID]]) -> None:
    """They answer: their circuits are closed."""
    if endpoints:
        await connection.execute(_SUCCEEDED, *zip(*endpoints, strict=True))


async def note_failures(
    connection: Connection, failed: Sequence[tuple[int, UUID, int, float | None]]
) -> list[asyncpg.Record]:
    """(tenant, endpoint, failures in a row, seconds to leave it alone or None); how their circuits
    stand then."""
    if not failed:
        return []
    rows: list[asyncpg.Record] = await connection.fetch(_FAILED, *zip(*failed, strict=True))
    return rows
