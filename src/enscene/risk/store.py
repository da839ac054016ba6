"""SQL of the counters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from enscene.risk.counters import Counter, Key

Connection: TypeAlias = "asyncpg.Connection[Any]"

_READ = """
select c.tenant, c.scene, c.name, c.owner, c.span, c.value
  from unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::text[])
       as u(tenant, scene, name, owner, span)
  join counter c on c.tenant = u.tenant and c.scene = u.scene and c.name = u.name
                and c.owner = u.owner and c.span = u.span"""

# A counter that was depended on but is not there yet is written too, so that the next writer
# of the same window meets the row.
_INSERT = """
insert into counter (tenant, scene, name, owner, span, value)
select * from unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])
on conflict do nothing"""

_UPDATE = """
update counter c set value = c.value + u.add
  from unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::text[], $6::bigint[],
              $7::bigint[], $8::bigint[])
       as u(tenant, scene, name, owner, span, add, least, most)
 where c.tenant = u.tenant and c.scene = u.scene and c.name = u.name and c.owner = u.owner
   and c.span = u.span and c.value between u.least and u.most"""


async def read_counters(connection: Connection, keys: Collection[Key]) -> dict[Key, int]:
    """The values of those that exist."""
    rows = await connection.fetch(_READ, *zip(*keys, strict=True))
    return {(r[0], r[1], r[2], r[3], r[4]): r[5] for r in rows}


async def write_counters(connection: Connection, counters: Sequence[Counter]) -> bool:
    """Add to each where it starts within its bounds; False if one does not."""
    new = [(*c.key, c.value) for c in counters if not c.exists]
    if new and await _affected(connection, _INSERT, new) != len(new):
        return False
    old = [(*c.key, c.value - c.value_0, c.least, c.most) for c in counters if c.exists]
    return not old or await _affected(connection, _UPDATE, old) == len(old)


async def _affected(connection: Connection, query: str, rows: Sequence[tuple[Any, ...]]) -> int:
    status = await connection.execute(query, *zip(*rows, strict=True))
    return int(status.rsplit(" ", 1)[1])
