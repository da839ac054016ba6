"""SQL of the engine at work: states, decisions, and what runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from enscene.engagement.benefits.promise import promise_benefits
from enscene.scenes.reactions import Event

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
GENERAL = 0

# What changes when campaigns, rules of contact or scenes do.
_MARKS = """
select t.id, t.zone, t.ref,
       coalesce((select array_agg(array[c.version::text, c.ref, c.state] order by c.ref, c.version)::text
                   from campaign c where c.tenant = t.id and c.state in ('approved', 'stopped')), ''),
       coalesce((select string_agg(s.id || ':' || s.terms || ':' || s.state, ',' order by s.id)
                   from scene s where s.tenant = t.id), '')
  from tenant t where t.id = any($1::int[])"""
_TURNS = (
    "select tenant, turn, state from engine_state where tenant = any($1::int[]) and customer = 0"
)
_STATES = """
select customer, state from engine_state
 where tenant = $1 and customer <> 0 and customer = any($2::bigint[])"""
_DUE = """
select customer, due from engine_state
 where tenant = $1 and customer <> 0 and due < $2 order by due, customer limit $3"""
_TENANTS_DUE = """
select distinct e.tenant from engine_state e join tenant t on t.id = e.tenant
  join shard s on s.id = t.shard
 where s.id = $1 and e.customer <> 0
   and e.due < clock_timestamp()
             + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6)"""
_FIRST_DUE = """
select min(due) from engine_state where tenant = $1 and customer <> 0 and due is not null"""
_KEEP = """
insert into engine_state as e (tenant, customer, state, due, turn)
select $1, u.*, $5 from unnest($2::bigint[], $3::bytea[], $4::timestamptz[]) as u
on conflict (tenant, customer) do update
   set state = excluded.state, due = excluded.due, turn = excluded.turn"""
_PARTIES = "select id, ref from party where tenant = $1 and id = any($2::bigint[])"
_SHARE = """
select from party where tenant = $1 and id = any($2::bigint[]) order by id for share"""
# Who has taken consent back meanwhile is told nothing, though it was decided before that, and what
# was weighed of them is not kept.
_DECISIONS = """
insert into decision (tenant, id, scene, moment, customer, seq, at, product, rights, state)
select $1, u.id, u.scene, u.moment, u.customer, u.seq, u.at, u.product,
       case when w.withdrawn then u.rights::jsonb - 'features' else u.rights::jsonb end,
       case when w.withdrawn and u.state = 'offered' and not u.news then 'dismissed' else u.state end
  from unnest($2::uuid[], $3::int[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[],
              $8::text[], $9::text[], $10::text[], $11::boolean[])
       as u(id, scene, moment, customer, seq, at, product, rights, state, news)
  cross join lateral (
    select exists (select from consent c where c.tenant = $1 and c.party = u.customer
                      and c.item = $12 and not c.granted and c.scene in (0, u.scene)) as withdrawn) w
on conflict do nothing"""


Row: TypeAlias = tuple[UUID, int, str, int, int, datetime, str | None, dict[str, Any], str, bool]
"""id, scene, moment, party, seq, at, product, rights, state, whether it must be said."""


async def read_marks(
    connection: Connection, tenants: Collection[int]
) -> dict[int, tuple[str, str, str, str]]:
    """By tenant: zone, ref, and what changes with its campaigns and with its scenes."""
    rows = await connection.fetch(_MARKS, list(tenants))
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


async def read_clock(connection: Connection, tenant: int) -> tuple[datetime, str]:
    """The tenant's time and zone."""
    row = await connection.fetchrow(
        "select clock_timestamp() + make_interval(secs => "
        "  coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6), t.zone "
        "from tenant t join shard s on s.id = t.shard where t.id = $1", tenant,
    )  # fmt: skip
    assert row is not None
    return row[0], row[1]


async def read_log(connection: Connection, tenant: int, since: datetime, limit: int) -> list[Event]:
    """What has happened since, in order; of more than the limit the first."""
    rows = await connection.fetch(
        "select e.shard, e.seq, e.tenant, e.at, e.scene, e.action, e.subject, e.actor, "
        "e.facts::text from event e join tenant t on t.id = e.tenant and t.shard = e.shard "
        "where e.tenant = $1 and e.at >= $2 order by e.seq limit $3",
        tenant, since, limit,
    )  # fmt: skip
    return [
        Event(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7],
              msgspec.json.decode(row[8]))
        for row in rows
    ]  # fmt: skip


async def read_scene_refs(
    connection: Connection, tenant: int, states: Collection[str]
) -> list[str]:
    """Scenes of a tenant in these states, in order."""
    rows = await connection.fetch(
        "select ref from scene where tenant = $1 and state = any($2::text[]) order by id",
        tenant, list(states),
    )  # fmt: skip
    return [row[0] for row in rows]


async def share_parties(connection: Connection, tenant: int, parties: Collection[int]) -> None:
    """Who speaks to these, or takes a consent of theirs back, waits until this transaction ends."""
    await connection.execute(_SHARE, tenant, sorted(set(parties)))


async def read_turns(
    connection: Connection, tenants: Collection[int]
) -> dict[int, tuple[int, bytes]]:
    """How many pages were written, and the general row, by tenant."""
    rows = await connection.fetch(_TURNS, list(tenants))
    return {row[0]: (row[1], row[2]) for row in rows}


async def read_states(
    connection: Connection, tenant: int, customers: Collection[int]
) -> list[tuple[int, bytes]]:
    rows = await connection.fetch(_STATES, tenant, list(customers))
    return [(row[0], row[1]) for row in rows]


async def find_due(
    connection: Connection, tenant: int, before: datetime, most: int
) -> dict[int, datetime]:
    """Customers with a deadline before a time, the first ones, and when it is."""
    return dict(await connection.fetch(_DUE, tenant, before, most))


async def find_tenants_due(connection: Connection, shard: int) -> list[int]:
    """Tenants of a shard of whom a deadline has passed by their own clock."""
    return [row[0] for row in await connection.fetch(_TENANTS_DUE, shard)]


async def find_parties(
    connection: Connection, tenant: int, refs: Collection[str]
) -> dict[str, int]:
    """Parties by reference."""
    rows = await connection.fetch(
        "select ref, id from party where tenant = $1 and ref = any($2::text[])", tenant, list(refs)
    )
    return {row[0]: row[1] for row in rows}


async def first_due(connection: Connection, tenant: int) -> datetime | None:
    found: datetime | None = await connection.fetchval(_FIRST_DUE, tenant)
    return found


async def keep_states(
    connection: Connection,
    tenant: int,
    turn: int,
    states: Sequence[tuple[int, bytes, datetime | None]],
) -> None:
    """Write (customer, row, next deadline)."""
    await connection.execute(_KEEP, tenant, *zip(*states, strict=True), turn)


async def turn_over(connection: Connection, tenant: int) -> None:
    """Whoever holds states of the tenant in memory forgets them: a row of them was taken away."""
    await connection.execute(
        "update engine_state set turn = turn + 1 where tenant = $1 and customer = 0", tenant
    )


async def read_refs(
    connection: Connection, tenant: int, parties: Collection[int]
) -> dict[int, str]:
    """The references of parties."""
    return {row[0]: row[1] for row in await connection.fetch(_PARTIES, tenant, list(parties))}


async def insert_decisions(
    connection: Connection, tenant: int, rows: Sequence[Row], consent: str
) -> None:
    """Keep decisions; one that is there stays. Whoever withdraws a consent waits, or was first."""
    await share_parties(connection, tenant, {row[3] for row in rows})
    columns = list(zip(*rows, strict=True))
    rights = [msgspec.json.encode(each, order="sorted").decode() for each in columns[7]]
    await connection.execute(
        _DECISIONS, tenant, *columns[:7], rights, columns[8], columns[9], consent
    )
    said = [(row[0], row[7]) for row in rows if row[8] == "offered"]
    await promise_benefits(connection, tenant, said)
