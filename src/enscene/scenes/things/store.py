"""SQL of things: set-based, conditional on versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import Script, Stamp
from enscene.scenes.things.thing import Key, Thing
from enscene.storage.arrays import moments, numbers, texts

Connection: TypeAlias = "asyncpg.Connection[Any]"

_READ = """
select t.tenant, t.scene, t.type, t.key, t.state, t.version, t.terms, t.fields::text,
       t.money::text, t.bind, t.due, t.timer, t.born, t.seq
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::text[]) as u(tenant, scene, type, key)
  cross join lateral (
    select * from thing t where t.tenant = u.tenant and t.scene = u.scene and t.type = u.type and t.key = u.key limit 1) t"""

_INSERT = """
insert into thing (tenant, scene, type, key, state, version, terms, fields, money, bind, due,
                   timer, born, seq)
select u.tenant, u.scene, u.type, u.key, u.state, u.version, u.terms, u.fields,
       u.money, u.bind, u.due, u.timer, u.born, u.seq
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::text[],
              $5::text::text[], $6::text::int[], $7::text::int[],
              $8::text::jsonb[], $9::text::jsonb[], $10::text::text[],
              $11::text::timestamptz[], $12::text::text[],
              $13::text::bigint[], $14::text::bigint[])
       as u(tenant, scene, type, key, state, version, terms, fields, money, bind, due, timer,
            born, seq)
on conflict do nothing
returning 1"""

_UPDATE = """
update thing t
   set state = u.state, version = u.version, fields = u.fields, money = u.money,
       bind = u.bind, due = u.due, timer = u.timer, seq = u.seq
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::text[],
              $5::text::text[], $6::text::int[], $7::text::jsonb[], $8::text::jsonb[],
              $9::text::text[], $10::text::timestamptz[], $11::text::text[],
              $12::text::bigint[], $13::text::int[])
       as u(tenant, scene, type, key, state, version, fields, money, bind, due, timer, seq,
            version_0)
 where t.tenant = u.tenant and t.scene = u.scene and t.type = u.type and t.key = u.key
   and t.version = u.version_0
returning 1"""

_CHECK = """
select
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::text[], $5::text::int[])
       as u(tenant, scene, type, key, version)
  cross join lateral (
    select * from thing t where t.tenant = u.tenant and t.scene = u.scene and t.type = u.type and t.key = u.key and t.version = u.version limit 1) t"""


_FIND = """
select
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::text[])
       as u(tenant, scene, type, key)
  cross join lateral (
    select * from thing t where t.tenant = u.tenant and t.scene = u.scene and t.type = u.type and t.key = u.key limit 1) t"""


async def read_things(connection: Connection, keys: Collection[Key]) -> list[Thing]:
    """The things that exist of those keys."""
    rows = await connection.fetch(_READ, *_key_columns(keys))
    return [Thing((r[0], r[1], r[2], r[3]), *r[4:]) for r in rows]


def insert_things(script: Script, stamp: Stamp, things: Sequence[Thing]) -> None:
    """Write the new ones, none of which may be there already."""
    if not things:
        return
    script.add(
        _INSERT,
        *_key_columns([t.key for t in things]),
        texts([t.state for t in things]),
        numbers([t.version for t in things]),
        numbers([t.terms for t in things]),
        texts([t.fields for t in things]),
        texts([t.money for t in things]),
        texts([t.bind for t in things]),
        moments([_due(t, stamp) for t in things]),
        texts([t.timer for t in things]),
        numbers([stamp.seq(t.unit_0) for t in things]),
        numbers([stamp.seq(t.unit) for t in things]),
        rows=len(things),
    )


def update_things(script: Script, stamp: Stamp, things: Sequence[Thing]) -> None:
    """Write the changed ones, each of which must have the version that was read."""
    if not things:
        return
    script.add(
        _UPDATE,
        *_key_columns([t.key for t in things]),
        texts([t.state for t in things]),
        numbers([t.version for t in things]),
        texts([t.fields for t in things]),
        texts([t.money for t in things]),
        texts([t.bind for t in things]),
        moments([_due(t, stamp) for t in things]),
        texts([t.timer for t in things]),
        numbers([stamp.seq(t.unit) for t in things]),
        numbers([t.version_0 for t in things]),
        rows=len(things),
    )


def check_things(script: Script, things: Sequence[Thing]) -> None:
    """The ones that were only read must still be as they were."""
    if things:
        columns = _key_columns([t.key for t in things])
        script.add(_CHECK, *columns, numbers([t.version for t in things]), rows=len(things))


def check_absent(script: Script, keys: Collection[Key]) -> None:
    """Those that were looked for in vain must still not be there."""
    if keys:
        script.add(_FIND, *_key_columns(keys), rows=0)


def _key_columns(keys: Collection[Key]) -> tuple[str, str, str, str]:
    return (
        numbers([key[0] for key in keys]),
        numbers([key[1] for key in keys]),
        texts([key[2] for key in keys]),
        texts([key[3] for key in keys]),
    )


def _due(thing: Thing, stamp: Stamp) -> datetime | None:
    """When the timer fires; a wait counts from the time of the batch."""
    if isinstance(thing.due, timedelta):
        thing.due = stamp.time(thing.key[0]) + thing.due
    return thing.due
