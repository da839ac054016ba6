"""SQL of applications and grants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from enscene.tenants.apps.app import ActsFor, App
from enscene.tenants.store import Connection

_COLUMNS = """a.tenant, t.ref, a.id, a.name, a.title, a.party, a.scopes, a.acts_for, a.jwks,
       a.level, a.rate, a.burst, a.status"""
_FROM = f"select {_COLUMNS} from app a join tenant t on t.id = a.tenant where a.tenant = $1"
_INSERT = """
insert into app (tenant, name, title, party, scopes, acts_for, jwks, level, rate, burst)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_INSERT_GRANT = """
insert into app_grant (tenant, app, party, scene, actions, expires_at)
values ($1, $2, $3, $4, $5, $6) returning id"""
_REVOKE = """
update app_grant set revoked_at = now() where tenant = $1 and id = $2 and revoked_at is null"""
_GRANTS = """
select id, party, scene, actions, expires_at from app_grant
 where tenant = $1 and app = $2 and party = $3 and revoked_at is null
   and (expires_at is null or expires_at > now())"""


def _app(row: asyncpg.Record) -> App:
    tenant, ref, key, name, title, party, scopes, acts_for, jwks, *rest = row
    roles = tuple(ActsFor(a["scene"], a["role"], tuple(a["actions"])) for a in acts_for)
    return App(tenant, ref, key, name, title, party, tuple(scopes), roles, tuple(jwks), *rest)


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
) -> int:
    key = await connection.fetchval(
        _INSERT_GRANT, tenant, app, party, scene, list(actions), expires_at
    )
    return int(key)


async def revoke(connection: Connection, tenant: int, grant: int) -> bool:
    return bool(await connection.execute(_REVOKE, tenant, grant) == "UPDATE 1")


async def read_grants(
    connection: Connection, tenant: int, app: int, party: str
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_GRANTS, tenant, app, party)
    return rows


async def read_grants_of(connection: Connection, tenant: int, party: str) -> list[asyncpg.Record]:
    """The grants in force of a party, with the title of the application."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "select g.id, g.party, g.scene, g.actions, g.expires_at, a.title from app_grant g "
        "join app a on a.tenant = g.tenant and a.id = g.app "
        "where g.tenant = $1 and g.party = $2 and g.revoked_at is null "
        "and (g.expires_at is null or g.expires_at > now()) order by g.id",
        tenant,
        party,
    )
    return rows
