"""SQL of the inventory: what stands on the internet for partners, and its known holes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

_PUT = """
insert into partner_asset (tenant, id, partner, kind, name, owner, supplier, version,
                           certificate_until, domain_until, seen_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (tenant, partner, kind, name) do update
   set owner = excluded.owner, supplier = excluded.supplier, version = excluded.version,
       certificate_until = excluded.certificate_until, domain_until = excluded.domain_until,
       seen_by = excluded.seen_by, seen_at = clock_timestamp(), origin = 'person'
returning id"""
_ENTER = """
insert into partner_asset (tenant, id, partner, kind, name, owner, seen_by, origin)
values ($1, $2, $3, $4, $5, $6, $7, 'settings') on conflict (tenant, partner, kind, name) do nothing
returning id"""
_LEAVE = """
select id from partner_asset
 where tenant = $1 and partner = $2 and origin = 'settings' and kind || ' ' || name <> all ($3)"""
_COMPONENTS = """
select c.asset, c.package, c.version, c.supplier, c.seen_at, c.seen_by
  from partner_component c join partner_asset a on a.tenant = c.tenant and a.id = c.asset
 where c.tenant = $1 and ($2::uuid is null or a.partner = $2)
 order by c.asset, c.package, c.version"""
_COUNTS = """
select c.asset, count(*)::int as parts
  from partner_component c join partner_asset a on a.tenant = c.tenant and a.id = c.asset
 where c.tenant = $1 and ($2::uuid is null or a.partner = $2) group by c.asset"""
_ADD_COMPONENTS = """
insert into partner_component (tenant, asset, package, version, supplier, seen_by)
select $1, $2, p, v, s, $6 from unnest($3::text[], $4::text[], $5::text[]) as t(p, v, s)"""
_ADD_HOLE = """
insert into partner_hole (tenant, asset, name, severity, found_by)
select $1, $2, $3, $4, $5 from partner_asset where tenant = $1 and id = $2
    on conflict do nothing"""
_LIST = """
select a.id, a.partner, a.kind, a.name, a.owner, a.supplier, a.version, a.certificate_until,
       a.domain_until, a.seen_at, a.seen_by, a.origin
  from partner_asset a where a.tenant = $1 and ($2::uuid is null or a.partner = $2)
 order by a.partner, a.kind, a.name"""
_HOLES = """
select h.asset, h.name, h.severity, h.found_at, h.found_by, h.fixed_at, h.fixed_by
  from partner_hole h join partner_asset a on a.tenant = h.tenant and a.id = h.asset
 where h.tenant = $1 and ($2::uuid is null or a.partner = $2) order by h.found_at"""


async def put_asset(connection: Connection, *values: Any) -> UUID:
    found: UUID = await connection.fetchval(_PUT, *values)
    return found


async def count_assets(connection: Connection, tenant: int, partner: UUID) -> int:
    return int(
        await connection.fetchval(
            "select count(*) from partner_asset where tenant = $1 and partner = $2", tenant, partner
        )
    )


async def list_assets(connection: Connection, tenant: int, partner: UUID | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST, tenant, partner)
    return rows


async def list_holes(connection: Connection, tenant: int, partner: UUID | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_HOLES, tenant, partner)
    return rows


async def owner_of(connection: Connection, tenant: int, asset: UUID) -> UUID | None:
    """The partner that an asset belongs to."""
    found: UUID | None = await connection.fetchval(
        "select partner from partner_asset where tenant = $1 and id = $2", tenant, asset
    )
    return found


async def enter_address(connection: Connection, *values: Any) -> bool:
    """Whether it was not there."""
    return await connection.fetchval(_ENTER, *values) is not None


async def list_left(
    connection: Connection, tenant: int, partner: UUID, names: Sequence[str]
) -> list[UUID]:
    """Those that entered by themselves and are of none of these `kind name`."""
    rows = await connection.fetch(_LEAVE, tenant, partner, list(names))
    return [row["id"] for row in rows]


async def list_components(connection: Connection, tenant: int, partner: UUID | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_COMPONENTS, tenant, partner)
    return rows


async def count_components(
    connection: Connection, tenant: int, partner: UUID | None
) -> dict[UUID, int]:
    """By asset."""
    rows = await connection.fetch(_COUNTS, tenant, partner)
    return {row["asset"]: row["parts"] for row in rows}


async def replace_components(
    connection: Connection,
    tenant: int,
    asset: UUID,
    parts: Sequence[tuple[str, str, str]],
    who: str,
) -> None:
    await connection.execute(
        "delete from partner_component where tenant = $1 and asset = $2", tenant, asset
    )
    columns = [list(column) for column in zip(*parts, strict=True)]
    await connection.execute(_ADD_COMPONENTS, tenant, asset, *columns, who)


async def add_hole(connection: Connection, *values: Any) -> bool:
    """Whether it was not known, open or fixed."""
    done: str = await connection.execute(_ADD_HOLE, *values)
    return done.endswith(" 1")


async def delete_asset(connection: Connection, tenant: int, asset: UUID) -> None:
    await connection.execute(
        "delete from partner_component where tenant = $1 and asset = $2", tenant, asset
    )
    await connection.execute(
        "delete from partner_hole where tenant = $1 and asset = $2", tenant, asset
    )
    await connection.execute(
        "delete from partner_asset where tenant = $1 and id = $2", tenant, asset
    )


async def insert_hole(connection: Connection, *values: Any) -> None:
    await connection.execute(
        "insert into partner_hole (tenant, asset, name, severity, found_by) "
        "values ($1, $2, $3, $4, $5) on conflict (tenant, asset, name) "
        "do update set severity = excluded.severity, fixed_at = null, fixed_by = null",
        *values,
    )


async def fix_hole(connection: Connection, tenant: int, asset: UUID, name: str, who: str) -> bool:
    done = await connection.execute(
        "update partner_hole set fixed_at = clock_timestamp(), fixed_by = $4 "
        "where tenant = $1 and asset = $2 and name = $3 and fixed_at is null",
        tenant,
        asset,
        name,
        who,
    )
    return bool(done.endswith(" 1"))
