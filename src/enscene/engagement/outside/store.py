"""SQL of events from outside, as they stand in the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
Row: TypeAlias = "asyncpg.Record"

# The condition of the two partial indexes, word for word.
_OUTSIDE = "action like 'outside.%'"
# The number stays, so that whoever has a copy of the log (the lake) reads there that nothing is left.
_BLANK = "action = 'event.gone', subject = '', actor = '', facts = '{}'"


class Party(NamedTuple):
    """Its number and what it is: person, device, merchant…"""

    id: int
    kind: str


class Said(NamedTuple):
    """What was said of a permission, and when by the database's clock."""

    granted: bool
    at: datetime


async def read_shard(connection: Connection, tenant: int) -> int:
    shard: int = await connection.fetchval("select shard from tenant where id = $1", tenant)
    return shard


async def read_parties(
    connection: Connection, tenant: int, refs: Collection[str]
) -> dict[str, Party]:
    """Parties by reference."""
    rows = await connection.fetch(
        "select ref, id, kind from party where tenant = $1 and ref = any($2::text[])",
        tenant, list(refs),
    )  # fmt: skip
    return {row[0]: Party(row[1], row[2]) for row in rows}


async def read_scenes(connection: Connection, tenant: int, refs: Collection[str]) -> dict[str, int]:
    """Scenes by reference."""
    if not refs:
        return {}
    rows = await connection.fetch(
        "select ref, id from scene where tenant = $1 and ref = any($2::text[])", tenant, list(refs)
    )
    return {row[0]: row[1] for row in rows}


async def read_said(
    connection: Connection, tenant: int, parties: Collection[int]
) -> dict[int, dict[tuple[int, str], Said]]:
    """By party, what was said of each permission of each scene."""
    rows = await connection.fetch(
        "select party, scene, item, granted, at from consent "
        "where tenant = $1 and party = any($2::bigint[])",
        tenant, list(parties),
    )  # fmt: skip
    found: dict[int, dict[tuple[int, str], Said]] = {}
    for row in rows:
        found.setdefault(row[0], {})[row[1], row[2]] = Said(row[3], row[4])
    return found


async def read_of(
    connection: Connection, tenant: int, refs: Collection[str], limit: int
) -> list[Row]:
    """seq, at, action, facts of what came from outside about these parties, the newest first."""
    rows: list[Row] = await connection.fetch(
        f"select seq, at, action, facts from event where tenant = $1 and {_OUTSIDE} "
        "and subject = any($2::text[]) order by seq desc limit $3",
        tenant, [f"party:{ref}" for ref in refs], limit,
    )  # fmt: skip
    return rows


async def blank_of(
    connection: Connection, tenant: int, ref: str, actions: Sequence[str] | None,
    scene: int | None, grant: int | None,
) -> list[int]:  # fmt: skip
    """Blank what came from outside about a party: of these actions, of a scene (0: all of them), or
    under a consent; None is no condition. Their numbers."""
    rows = await connection.fetch(
        f"update event set {_BLANK} where tenant = $1 and {_OUTSIDE} and subject = $2 "
        "and ($3::text[] is null or action = any($3)) "
        "and ($4::int is null or (facts -> 'outside' ->> 'scene')::int = $4) "
        "and ($5::bigint is null or (facts ->> 'grant')::bigint = $5) returning seq",
        tenant, f"party:{ref}", actions, scene or None, grant,
    )  # fmt: skip
    return [row[0] for row in rows]


async def blank_before(
    connection: Connection, tenant: int, action: str, before: datetime, limit: int
) -> list[int]:
    """Blank the oldest of an action, so many at once; their numbers."""
    rows = await connection.fetch(
        f"update event set {_BLANK} where ctid = any(array(select ctid from event "
        f"where tenant = $1 and {_OUTSIDE} and action = $2 and at < $3 order by at limit $4)) "
        "returning seq",
        tenant, action, before, limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def find_kept(connection: Connection, shard: int, tenant: int | None) -> dict[int, datetime]:
    """The time of each tenant of a shard, or of one."""
    rows = await connection.fetch(
        "select t.id, clock_timestamp() + make_interval("
        "  secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6) "
        "from tenant t join shard s on s.id = t.shard "
        "where t.shard = $1 and ($2::int is null or t.id = $2)",
        shard, tenant,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}
