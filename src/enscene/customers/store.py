"""SQL of parties, enrolments, links and consents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import Stamp, lock_shard

Connection: TypeAlias = "asyncpg.Connection[Any]"

_INSERT_PARTIES = """
insert into party (tenant, ref, kind, name)
select $1, u.* from unnest($2::text[], $3::text[], $4::text[]) as u on conflict do nothing"""

# Since when is told by the tenant's clock, as all else that happens to a customer.
_UPSERT_ENROLMENTS = """
insert into enrolment as e (tenant, scene, role, party, bound_to, since)
select $1, $2, u.*,
       (select now() + coalesce((s.clocks ->> t.id::text)::bigint, 0) * interval '1 microsecond'
          from tenant t join shard s on s.id = t.shard where t.id = $1)
  from unnest($3::text[], $4::bigint[], $5::bigint[]) as u
on conflict (tenant, scene, role, party) do update
   set bound_to = excluded.bound_to, active = true
 where e.bound_to is distinct from excluded.bound_to or not e.active
returning xmax <> 0"""

_UPSERT_LINKS = """
insert into link as l (tenant, scene, name, from_party, to_party)
select $1, $2, $3, u.* from unnest($4::bigint[], $5::bigint[]) as u
on conflict (tenant, scene, name, from_party) do update set to_party = excluded.to_party
 where l.to_party <> excluded.to_party
returning xmax <> 0"""


async def lock(connection: Connection, tenant: int) -> Stamp:
    """Hold the tenant's shard until the transaction ends; one number is taken."""
    shard = await connection.fetchval("select shard from tenant where id = $1", tenant)
    return await lock_shard(connection, shard, [tenant], 1)


async def insert_parties(
    connection: Connection, tenant: int, rows: Sequence[tuple[str, str, str]]
) -> None:
    """Register those (ref, kind, name) that are not known."""
    if rows:
        await connection.execute(_INSERT_PARTIES, tenant, *zip(*rows, strict=True))


async def find_parties(
    connection: Connection, tenant: int, refs: Collection[str]
) -> dict[str, tuple[int, str]]:
    """Id and kind by reference, of those that exist."""
    rows = await connection.fetch(
        "select ref, id, kind from party where tenant = $1 and ref = any($2::text[])",
        tenant,
        list(refs),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def upsert_enrolments(
    connection: Connection,
    tenant: int,
    scene: int,
    rows: Sequence[tuple[str, int, int | None]],
) -> bool:
    """Enrol (role, party, bound to); true if one was enrolled otherwise before."""
    if not rows:
        return False
    changed = await connection.fetch(_UPSERT_ENROLMENTS, tenant, scene, *zip(*rows, strict=True))
    return any(row[0] for row in changed)


async def upsert_links(
    connection: Connection, tenant: int, scene: int, name: str, rows: Sequence[tuple[int, int]]
) -> bool:
    """Link (from, to); true if one was linked elsewhere before."""
    if not rows:
        return False
    changed = await connection.fetch(_UPSERT_LINKS, tenant, scene, name, *zip(*rows, strict=True))
    return any(row[0] for row in changed)


async def upsert_consent(
    connection: Connection, tenant: int, scene: int, party: int, item: str, granted: bool
) -> None:
    """Keep the last word."""
    await connection.execute(
        """
insert into consent (tenant, scene, party, item, granted) values ($1, $2, $3, $4, $5)
on conflict (tenant, scene, party, item) do update set granted = excluded.granted, at = now()""",
        tenant,
        scene,
        party,
        item,
        granted,
    )


async def add_profiles(
    connection: Connection, tenant: int, refs: Sequence[str], profiles: Sequence[dict[str, Any]]
) -> None:
    """Add to the profiles of these parties."""
    await connection.execute(
        "update party p set profile = p.profile || u.profile "
        "from unnest($2::text[], $3::jsonb[]) as u(ref, profile) "
        "where p.tenant = $1 and p.ref = u.ref",
        tenant,
        list(refs),
        list(profiles),
    )
