"""SQL of access: keys of the program, assertions that were used."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit

Pool: TypeAlias = "asyncpg.Pool[Any]"

_USE = """
insert into used_assertion (tenant, app, digest, expires_at) values ($1, $2, $3, $4)
on conflict do nothing"""


async def read_keys(pool: Pool, purpose: str) -> list[asyncpg.Record]:
    """Keys of a purpose, newest first: id, material, age in seconds."""
    rows: list[asyncpg.Record] = await pool.fetch(
        "select id, material, extract(epoch from now() - created_at)::float8 as age_s "
        "from secret_key where purpose = $1 order by created_at desc, id desc",
        purpose,
    )
    return rows


async def add_key(
    pool: Pool, purpose: str, key: str, material: bytes, *, not_before_s: float
) -> bool:
    """Add a key unless another process has just done so. Old ones are deleted by `drop_keys`."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table secret_key in share row exclusive mode")
        fresh = await connection.fetchval(
            "select exists (select from secret_key where purpose = $1 "
            "and created_at > now() - make_interval(secs => $2))",
            purpose,
            not_before_s,
        )
        if fresh:
            return False
        await connection.execute(
            "insert into secret_key (id, purpose, material) values ($1, $2, $3)",
            key,
            purpose,
            material,
        )
    return True


async def drop_keys(pool: Pool, purpose: str, *, older_than_s: float) -> None:
    await pool.execute(
        "delete from secret_key "
        "where purpose = $1 and created_at < now() - make_interval(secs => $2)",
        purpose,
        older_than_s,
    )


async def use_assertion(
    pool: Pool, tenant: int, app: int, digest: bytes, expires_at: datetime
) -> bool:
    """Note that an assertion is used now; False when it was used before."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        status = await connection.execute(_USE, tenant, app, digest, expires_at)
        await connection.execute(
            "delete from used_assertion where tenant = $1 and expires_at < now()", tenant
        )
    return bool(status == "INSERT 0 1")
