"""SQL of what the topics of one customer are called."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Called = tuple[int, str, str, str]
"""A thing of a scene: the scene's number, its type, its key, and the field that says what it is called."""

_CALLED = """
select t.scene, t.type, t.key, u.field, t.fields ->> u.field
  from unnest($2::int[], $3::text[], $4::text[], $5::text[]) as u(scene, type, key, field)
  join thing t on t.tenant = $1 and t.scene = u.scene and t.type = u.type and t.key = u.key"""


async def read_called(
    connection: Connection, tenant: int, things: Collection[Called]
) -> dict[Called, str]:
    """What these things are called, of those that are there."""
    if not things:
        return {}
    rows = await connection.fetch(_CALLED, tenant, *map(list, zip(*things, strict=True)))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows if row[4]}
