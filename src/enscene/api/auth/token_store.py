"""SQL of tokens: families that come of one code, refresh tokens, tokens that were given back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.api.auth.store import Pool
from enscene.commit import admit

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"

_IS_ENDED = """
select exists (select from revoked_token where tenant = $1 and jti = $2)
    or exists (select from token_family where tenant = $1 and id = $3 and revoked_at is not null)"""
_READ_REFRESH = """
select t.until, t.used_at, f.id as family, f.app, f.grant_id, f.party, f.scopes, f.revoked_at,
       f.jkt, f.x5t
  from refresh_token t join token_family f on f.tenant = t.tenant and f.id = t.family
 where t.tenant = $1 and t.digest = $2"""


@asynccontextmanager
async def admitted(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    """A transaction that sees one tenant."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def is_ended(pool: Pool, tenant: int, jti: str, family: UUID | None) -> bool:
    """Whether the token was given back, or its family withdrawn."""
    async with admitted(pool, tenant) as connection:
        return bool(await connection.fetchval(_IS_ENDED, tenant, jti, family))


async def insert_family(
    connection: Connection, tenant: int, family: UUID, app: int, grant: int, party: str,
    scopes: Sequence[str], jkt: str | None, x5t: str | None,
) -> None:  # fmt: skip
    await connection.execute(
        "insert into token_family (tenant, id, app, grant_id, party, scopes, jkt, x5t) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        family,
        app,
        grant,
        party,
        list(scopes),
        jkt,
        x5t,
    )


async def insert_refresh(
    connection: Connection, tenant: int, digest: bytes, family: UUID, until: datetime
) -> None:
    """Keep one; what is long over is deleted."""
    await connection.execute(
        "insert into refresh_token (tenant, digest, family, until) values ($1, $2, $3, $4)",
        tenant,
        digest,
        family,
        until,
    )
    await connection.execute(
        "delete from refresh_token where tenant = $1 and until < now() - interval '1 day'", tenant
    )


async def read_refresh(
    connection: Connection, tenant: int, digest: bytes, *, lock: bool = False
) -> Row | None:
    """The token with its family; locked, so that of two tries one comes first."""
    statement = f"{_READ_REFRESH} for update of t" if lock else _READ_REFRESH
    return await connection.fetchrow(statement, tenant, digest)


async def use_refresh(connection: Connection, tenant: int, digest: bytes) -> None:
    await connection.execute(
        "update refresh_token set used_at = clock_timestamp() where tenant = $1 and digest = $2",
        tenant,
        digest,
    )


async def end_family(connection: Connection, tenant: int, family: UUID) -> None:
    """Withdraw all tokens of a family."""
    await connection.execute(
        "update token_family set revoked_at = clock_timestamp() "
        "where tenant = $1 and id = $2 and revoked_at is null",
        tenant,
        family,
    )


async def end_token(connection: Connection, tenant: int, jti: str, until: datetime) -> None:
    """Withdraw one access token."""
    await connection.execute(
        "insert into revoked_token (tenant, jti, until) values ($1, $2, $3) on conflict do nothing",
        tenant,
        jti,
        until,
    )
    await connection.execute(
        "delete from revoked_token where tenant = $1 and until < now()", tenant
    )
