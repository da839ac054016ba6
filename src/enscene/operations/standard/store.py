"""SQL of the check of scenes: the terms that each runs under, and when packs were first used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from enscene.operations.store import Connection, Row

__all__ = ["Connection", "Row", "first_used", "read_database", "read_running"]

_RUNNING = """
select s.tenant, s.ref, s.name, s.state, s.pack, r.digest, r.variant, r.options, r.parts, r.added,
       r.created_at, p.version, p.files
  from scene s
  join terms r on r.tenant = s.tenant and r.scene = s.id and r.number = s.terms
  join pack_source p on p.digest = r.digest
 where s.tenant = any($1::int[]) and s.state in ('pilot', 'live', 'suspended') order by 1, 2"""


async def read_running(connection: Connection, tenants: Sequence[int]) -> list[Row]:
    """Scenes with customers, with the pack that each runs on."""
    rows: list[Row] = await connection.fetch(_RUNNING, list(tenants))
    return rows


async def first_used(connection: Connection, digests: Sequence[str]) -> dict[str, Any]:
    """When a scene first ran on each of these packs; one that none ran on is not there."""
    rows = await connection.fetch(
        "select digest, created_at from pack_source where digest = any($1::text[])", list(digests)
    )
    return {row["digest"]: row["created_at"] for row in rows}


async def read_database(connection: Connection) -> str:
    """The version of PostgreSQL."""
    version: str = await connection.fetchval("show server_version")
    return version.split(" ")[0]
