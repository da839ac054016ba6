"""SQL of applications and grants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from enscene.tenants.apps.app import ActsFor, App
from enscene.tenants.store import Connection

_COLUMNS = """a.tenant, t.ref, a.id, a.name, a.title, a.party, a.scopes, a.acts_for, a.jwks,
       a.level, a.rate, a.burst, a.status, a.token_binding, a.redirect_uris,
       a.signing"""
_FROM = f"select {_COLUMNS} from app a join tenant t on t.id = a.tenant where a.tenant = $1"
_INSERT = """
insert into app (tenant, name, title, party, scopes, acts_for, jwks, level, rate, burst,
                 token_binding, redirect_uris, signing)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
_INSERT_GRANT = """
insert into app_grant (tenant, app, party, scene, actions, expires_at, purpose, fields)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning id"""
_REVOKE = """
update app_grant set revoked_at = now() where tenant = $1 and id = $2 and revoked_at is null"""
_GRANT = "g.id, g.party, g.scene, g.actions, g.expires_at, g.purpose, g.fields"
_IN_FORCE = "g.revoked_at is null and (g.expires_at is null or g.expires_at > clock_timestamp())"
_GRANTS = f"""
select {_GRANT} from app_grant g
 where g.tenant = $1 and g.app = $2 and g.party = $3 and {_IN_FORCE} order by g.id desc"""
_AMONG = f"""
select {_GRANT}, g.app from app_grant g
 where g.tenant = $1 and g.app = any($2::bigint[]) and g.party = any($3::text[]) and {_IN_FORCE}
 order by g.id desc"""
_BY_ID = f"select {_GRANT} from app_grant g where g.tenant = $1 and g.id = $2 and {_IN_FORCE}"
IN_FORCE_AMONG = f"""
select g.tenant, g.id from unnest($1::int[], $2::bigint[]) as u(tenant, id)
  cross join lateral (
    select * from app_grant g where g.tenant = u.tenant and g.id = u.id and {_IN_FORCE} limit 1) g"""
"""Which grants of (tenant, id) are in force at this very moment."""


def _app(row: asyncpg.Record) -> App:
    tenant, ref, key, name, title, party, scopes, acts_for, jwks, *rest, redirects, signing = row
    roles = tuple(ActsFor(a["scene"], a["role"], tuple(a["actions"])) for a in acts_for)
    level, rate, burst, status, binding = rest
    return App(
        tenant, ref, key, name, title, party, tuple(scopes), roles, tuple(jwks), level, rate, burst,
        status, binding, tuple(redirects), signing,
    )  # fmt: skip


async def insert_app(connection: Connection, tenant: int, *values: Any) -> None:
    await connection.execute(_INSERT, tenant, *values)


async def read_app(connection: Connection, tenant: int, name: str) -> App | None:
    row = await connection.fetchrow(f"{_FROM} and a.name = $2", tenant, name)
    return _app(row) if row else None


async def read_app_by_id(connection: Connection, tenant: int, key: int) -> App | None:
    row = await connection.fetchrow(f"{_FROM} and a.id = $2", tenant, key)
    return _app(row) if row else None


async def read_apps(connection: Connection, tenant: int) -> list[App]:
    return [_app(row) for row in await connection.fetch(f"{_FROM} order by a.id", tenant)]


async def update_status(connection: Connection, tenant: int, key: int, status: str) -> None:
    await connection.execute(
        "update app set status = $3 where tenant = $1 and id = $2", tenant, key, status
    )


async def update_keys(
    connection: Connection, tenant: int, key: int, jwks: Sequence[dict[str, Any]]
) -> None:
    await connection.execute(
        "update app set jwks = $3 where tenant = $1 and id = $2", tenant, key, list(jwks)
    )


async def insert_grant(
    connection: Connection,
    tenant: int,
    app: int,
    party: str,
    scene: str,
    actions: Sequence[str],
    expires_at: datetime | None,
    purpose: str | None = None,
    fields: dict[str, Any] | None = None,
) -> int:
    key = await connection.fetchval(
        _INSERT_GRANT, tenant, app, party, scene, list(actions), expires_at, purpose, fields
    )
    return int(key)


async def revoke(connection: Connection, tenant: int, grant: int) -> bool:
    return bool(await connection.execute(_REVOKE, tenant, grant) == "UPDATE 1")


async def read_grants(
    connection: Connection, tenant: int, app: int, party: str
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_GRANTS, tenant, app, party)
    return rows


async def read_grants_among(
    connection: Connection, tenant: int, apps: Sequence[int], parties: Sequence[str]
) -> list[asyncpg.Record]:
    """The grants in force of these parties to these applications; `app` is the last column."""
    rows: list[asyncpg.Record] = await connection.fetch(_AMONG, tenant, list(apps), list(parties))
    return rows


async def read_grant(connection: Connection, tenant: int, grant: int) -> asyncpg.Record | None:
    """The grant, if it is in force."""
    return await connection.fetchrow(_BY_ID, tenant, grant)


async def read_in_force(connection: Connection, tenant: int, grants: Sequence[int]) -> set[int]:
    """Those of the grants that are in force."""
    rows = await connection.fetch(
        f"select g.id from app_grant g where g.tenant = $1 and g.id = any($2::bigint[]) and {_IN_FORCE}",
        tenant,
        list(grants),
    )
    return {row[0] for row in rows}


async def update_binding(
    connection: Connection, tenant: int, key: int, binding: str, redirects: Sequence[str]
) -> None:
    await connection.execute(
        "update app set token_binding = $3, redirect_uris = $4 where tenant = $1 and id = $2",
        tenant,
        key,
        binding,
        list(redirects),
    )


async def update_party(connection: Connection, tenant: int, key: int, party: str | None) -> None:
    await connection.execute(
        "update app set party = $3 where tenant = $1 and id = $2", tenant, key, party
    )


async def update_signing(connection: Connection, tenant: int, key: int, signing: str) -> None:
    await connection.execute(
        "update app set signing = $3 where tenant = $1 and id = $2", tenant, key, signing
    )


async def read_grants_of(connection: Connection, tenant: int, party: str) -> list[asyncpg.Record]:
    """The grants in force of a party, with the title of the application."""
    rows: list[asyncpg.Record] = await connection.fetch(
        f"select {_GRANT}, a.title from app_grant g "
        "join app a on a.tenant = g.tenant and a.id = g.app "
        f"where g.tenant = $1 and g.party = $2 and {_IN_FORCE} order by g.id",
        tenant,
        party,
    )
    return rows
