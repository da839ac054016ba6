"""SQL of releases, each of the tenant whose operators tell of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"

_COLUMNS = """r.id, r.what, r.version, r.zh, r.en, r.made_by, r.made_at, r.begun_by, r.begun_at,
  r.ended_at,
  count(s.scene) filter (where s.state = 'waiting')::int as waiting,
  count(s.scene) filter (where s.state = 'done')::int as done,
  count(s.scene) filter (where s.state = 'same')::int as same,
  count(s.scene) filter (where s.state = 'refused')::int as refused"""
_LIST = f"""
select {_COLUMNS} from release r
  left join release_scene s on s.tenant = r.tenant and s.release = r.id
 where r.tenant = $1 and ($2::uuid is null or r.id = $2)
 group by r.tenant, r.id order by r.made_at desc limit 100"""
_INSERT = """
insert into release (tenant, id, what, version, zh, en, made_by) values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing returning id"""
_BEGIN = """
update release set begun_by = $3, begun_at = clock_timestamp()
 where tenant = $1 and id = $2 and begun_at is null returning id"""
_END = """
update release r set ended_at = clock_timestamp()
 where tenant = $1 and id = $2 and ended_at is null and begun_at is not null
   and not exists (select from release_scene s where s.tenant = r.tenant and s.release = r.id
                      and s.state = 'waiting')
returning id"""
_SCENES = """
select s.tenant, s.ref, p.version from scene s
  join terms r on r.tenant = s.tenant and r.scene = s.id and r.number = s.terms
  join pack_source p on p.digest = r.digest
 where s.tenant = any($1::int[]) and s.pack = $2 and s.state <> 'retired' order by 1, 2"""
_VERSIONS = """
select s.pack, p.version, p.digest, count(*)::int as scenes,
       count(distinct s.tenant)::int as tenants
  from scene s
  join terms r on r.tenant = s.tenant and r.scene = s.id and r.number = s.terms
  join pack_source p on p.digest = r.digest
 where s.tenant = any($1::int[]) and s.state <> 'retired'
 group by 1, 2, 3 order by 1, 4 desc, 2"""
_TARGETS = """
select s.target, t.ref, t.name, s.scene, s.before, s.state, s.why, s.at
  from release_scene s join tenant t on t.id = s.target
 where s.tenant = $1 and s.release = $2
 order by case s.state when 'refused' then 0 when 'waiting' then 1 else 2 end, t.ref, s.scene"""
_NEXT = """
select target, scene from release_scene
 where tenant = $1 and release = $2 and state = 'waiting' order by target, scene limit $3"""
_SETTLE = """
update release_scene set state = $5, why = $6, at = clock_timestamp()
 where tenant = $1 and release = $2 and target = $3 and scene = $4 and state = 'waiting'"""
_TERMS = """
select s.id, s.name, r.digest, r.variant, r.options, r.parts, r.added, r.products
  from scene s join terms r on r.tenant = s.tenant and r.scene = s.id and r.number = s.terms
 where s.tenant = $1 and s.ref = $2"""


async def list_releases(connection: Connection, tenant: int, one: UUID | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST, tenant, one)
    return rows


async def insert_release(connection: Connection, *values: Any) -> bool:
    """False where there is one of that version."""
    return await connection.fetchval(_INSERT, *values) is not None


async def begin(connection: Connection, tenant: int, release: UUID, who: str) -> bool:
    return await connection.fetchval(_BEGIN, tenant, release, who) is not None


async def end(connection: Connection, tenant: int, release: UUID) -> bool:
    """True for the one who ends it."""
    return await connection.fetchval(_END, tenant, release) is not None


async def read_scenes(connection: Connection, tenants: Collection[int], pack: str) -> list[Row]:
    rows: list[Row] = await connection.fetch(_SCENES, list(tenants), pack)
    return rows


async def read_versions(connection: Connection, tenants: Collection[int]) -> list[Row]:
    rows: list[Row] = await connection.fetch(_VERSIONS, list(tenants))
    return rows


async def insert_targets(
    connection: Connection, tenant: int, release: UUID, scenes: Collection[Row]
) -> None:
    await connection.executemany(
        "insert into release_scene (tenant, release, target, scene, before, state) "
        "values ($1, $2, $3, $4, $5, 'waiting')",
        [(tenant, release, row["tenant"], row["ref"], row["version"]) for row in scenes],
    )


async def read_targets(connection: Connection, tenant: int, release: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(_TARGETS, tenant, release)
    return rows


async def next_targets(
    connection: Connection, tenant: int, release: UUID, most: int
) -> list[tuple[int, str]]:
    return [tuple(row) for row in await connection.fetch(_NEXT, tenant, release, most)]


async def settle(
    connection: Connection,
    tenant: int,
    release: UUID,
    target: int,
    scene: str,
    state: str,
    why: str,
) -> None:
    await connection.execute(_SETTLE, tenant, release, target, scene, state, why)


async def read_terms(connection: Connection, tenant: int, scene: str) -> Row | None:
    return await connection.fetchrow(_TERMS, tenant, scene)
