"""SQL of things: set-based, conditional on versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import Stamp
from enscene.scenes.things.thing import Key, Thing

Connection: TypeAlias = "asyncpg.Connection[Any]"

_READ = """
select t.tenant, t.scene, t.type, t.key, t.state, t.version, t.terms, t.fields::text,
       t.money::text, t.bind, t.due, t.timer, t.born, t.seq
  from unnest($1::int[], $2::int[], $3::text[], $4::text[]) as u(tenant, scene, type, key)
  join thing t on t.tenant = u.tenant and t.scene = u.scene and t.type = u.type
              and t.key = u.key"""

_INSERT = """
insert into thing (tenant, scene, type, key, state, version, terms, fields, money, bind, due,
                   timer, born, seq)
select u.tenant, u.scene, u.type, u.key, u.state, u.version, u.terms, u.fields::jsonb,
       u.money::jsonb, u.bind, u.due, u.timer, u.seq, u.seq
  from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[],
              $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::text[],
              $13::bigint[])
       as u(tenant, scene, type, key, state, version, terms, fields, money, bind, due, timer, seq)
on conflict do nothing"""

_UPDATE = """
update thing t
   set state = u.state, version = u.version, fields = u.fields::jsonb, money = u.money::jsonb,
       bind = u.bind, due = u.due, timer = u.timer, seq = u.seq
  from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[],
              $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::bigint[], $13::int[])
       as u(tenant, scene, type, key, state, version, fields, money, bind, due, timer, seq,
            version_0)
 where t.tenant = u.tenant and t.scene = u.scene and t.type = u.type and t.key = u.key
   and t.version = u.version_0"""

_CHECK = """
select count(*)
  from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::int[])
       as u(tenant, scene, type, key, version)
  join thing t on t.tenant = u.tenant and t.scene = u.scene and t.type = u.type
              and t.key = u.key and t.version = u.version"""


async def read_things(connection: Connection, keys: Collection[Key]) -> list[Thing]:
    """The things that exist of those keys."""
    rows = await connection.fetch(_READ, *zip(*keys, strict=True))
    return [Thing((r[0], r[1], r[2], r[3]), *r[4:]) for r in rows]


async def insert_things(connection: Connection, stamp: Stamp, things: Sequence[Thing]) -> bool:
    """Write the new ones; False if one is there already."""
    if not things:
        return True
    rows = [
        (*t.key, t.state, t.version, t.terms, t.fields, t.money, t.bind, _due(t, stamp), t.timer,
         stamp.seq(t.unit))
        for t in things
    ]  # fmt: skip
    return await _affected(connection, _INSERT, rows) == len(rows)


async def update_things(connection: Connection, stamp: Stamp, things: Sequence[Thing]) -> bool:
    """Write the changed ones; False if one has another version than was read."""
    if not things:
        return True
    rows = [
        (*t.key, t.state, t.version, t.fields, t.money, t.bind, _due(t, stamp), t.timer,
         stamp.seq(t.unit), t.version_0)
        for t in things
    ]  # fmt: skip
    return await _affected(connection, _UPDATE, rows) == len(rows)


async def check_things(connection: Connection, things: Sequence[Thing]) -> bool:
    """Whether the ones that were only read are still as they were."""
    if not things:
        return True
    rows = [(*t.key, t.version) for t in things]
    count = await connection.fetchval(_CHECK, *zip(*rows, strict=True))
    return bool(count == len(rows))


def _due(thing: Thing, stamp: Stamp) -> datetime | None:
    """When the timer fires; a wait counts from the time of the batch."""
    if isinstance(thing.due, timedelta):
        thing.due = stamp.time(thing.key[0]) + thing.due
    return thing.due


async def _affected(connection: Connection, query: str, rows: Sequence[tuple[Any, ...]]) -> int:
    status = await connection.execute(query, *zip(*rows, strict=True))
    return int(status.rsplit(" ", 1)[1])
