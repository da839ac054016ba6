"""SQL of relations, and of the graph that they and the links of scenes make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
FIRMS = ("employer", "merchant", "firm", "insurer", "authority")

_IDS = "select ref, id from party where tenant = $1 and ref = any($2::text[])"
# One that stands is not stated again, whatever day it is said to have begun on.
_INSERT = """
insert into relation (tenant, source, target, kind, since, said_by)
select $1, u.*, $6 from unnest($2::bigint[], $3::bigint[], $4::text[], $5::date[])
    as u(source, target, kind, since)
 where not exists (select from relation r
                    where r.tenant = $1 and r.source = u.source and r.target = u.target
                      and r.kind = u.kind and r.until is null)
on conflict do nothing returning 1"""
_END = """
update relation set until = $6
 where tenant = $1 and source = $2 and target = $3 and kind = $4 and since = $5 and until is null
returning 1"""
_EDGES = """
select source, target, kind, 'said' as whence from relation
 where tenant = $1 and (source = any($2::bigint[]) or target = any($2::bigint[]))
   and since <= $3 and (until is null or until >= $3)
union
select l.from_party, l.to_party, l.name, s.ref from link l
  join scene s on s.tenant = l.tenant and s.id = l.scene
 where l.tenant = $1 and (l.from_party = any($2::bigint[]) or l.to_party = any($2::bigint[]))
 order by 1, 2, 3, 4"""
_WHO = """
select p.id, p.ref, p.name, p.kind,
       exists (select from contract c
                where c.tenant = p.tenant and c.customer = p.id and c.state = 'open') as has
  from party p where p.tenant = $1 and p.id = any($2::bigint[])"""


async def find_ids(connection: Connection, tenant: int, refs: Collection[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.fetch(_IDS, tenant, list(refs))}


async def insert_relations(
    connection: Connection, tenant: int, rows: Sequence[tuple[int, int, str, date]], who: str
) -> int:
    """How many were new of (source, target, kind, since)."""
    if not rows:
        return 0
    rows = list(dict.fromkeys(rows))
    return len(await connection.fetch(_INSERT, tenant, *zip(*rows, strict=True), who))


async def end_one(
    connection: Connection, tenant: int, source: int | None, target: int | None, kind: str,
    since: date, until: date,
) -> bool:  # fmt: skip
    """Whether there was one that stood."""
    found = await connection.fetch(_END, tenant, source, target, kind, since, until)
    return bool(found)


async def read_edges(
    connection: Connection, tenant: int, parties: Collection[int], day: date
) -> list[Any]:
    """What binds these parties to others on a day: source, target, kind, whence (`said`, or the
    scene that says so)."""
    rows: list[Any] = await connection.fetch(_EDGES, tenant, list(parties), day)
    return rows


async def read_who(connection: Connection, tenant: int, parties: Collection[int]) -> dict[int, Any]:
    """ref, name, kind and whether they have an open contract (`has`), by party."""
    rows = await connection.fetch(_WHO, tenant, list(parties))
    return {row["id"]: row for row in rows}
