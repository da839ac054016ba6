"""SQL of the counters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from enscene.commit import Script
from enscene.storage.arrays import numbers, texts

if TYPE_CHECKING:
    from enscene.risk.counters import Counter, Key

Connection: TypeAlias = "asyncpg.Connection[Any]"

_READ = """
select c.tenant, c.scene, c.name, c.owner, c.span, c.value
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::bigint[], $5::text::text[])
       as u(tenant, scene, name, owner, span)
  cross join lateral (
    select * from counter c where c.tenant = u.tenant and c.scene = u.scene and c.name = u.name and c.owner = u.owner and c.span = u.span limit 1) c"""

# A counter that was depended on but is not there yet is written too, so that the next writer
# of the same window meets the row.
_INSERT = """
insert into counter (tenant, scene, name, owner, span, value)
select * from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::bigint[], $5::text::text[], $6::text::bigint[])
on conflict do nothing
returning 1"""

_UPDATE = """
update counter c set value = c.value + u.add
  from unnest($1::text::int[], $2::text::int[], $3::text::text[], $4::text::bigint[], $5::text::text[], $6::text::bigint[],
              $7::text::bigint[], $8::text::bigint[])
       as u(tenant, scene, name, owner, span, add, least, most)
 where c.tenant = u.tenant and c.scene = u.scene and c.name = u.name and c.owner = u.owner
   and c.span = u.span and c.value between u.least and u.most
returning 1"""


async def read_counters(connection: Connection, keys: Collection[Key]) -> dict[Key, int]:
    """The values of those that exist."""
    rows = await connection.fetch(_READ, *_key_columns(keys))
    return {(r[0], r[1], r[2], r[3], r[4]): r[5] for r in rows}


def write_counters(script: Script, counters: Sequence[Counter]) -> None:
    """Add to each where it starts within its bounds."""
    new = [c for c in counters if not c.exists]
    if new:
        values = numbers([c.value for c in new])
        script.add(_INSERT, *_key_columns([c.key for c in new]), values, rows=len(new))
    old = [c for c in counters if c.exists]
    if old:
        script.add(
            _UPDATE,
            *_key_columns([c.key for c in old]),
            numbers([c.value - c.value_0 for c in old]),
            numbers([c.least for c in old]),
            numbers([c.most for c in old]),
            rows=len(old),
        )


def _key_columns(keys: Collection[Key]) -> tuple[str, str, str, str, str]:
    return (
        numbers([key[0] for key in keys]),
        numbers([key[1] for key in keys]),
        texts([key[2] for key in keys]),
        numbers([key[3] for key in keys]),
        texts([key[4] for key in keys]),
    )
