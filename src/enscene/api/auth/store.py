"""SQL of access: keys of the program, assertions that were used."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit
from enscene.storage import Seal, StorageFault, Unsealable, write_all_the_same
from enscene.storage.errors import MISCONFIGURED

Pool: TypeAlias = "asyncpg.Pool[Any]"

_USE = """
insert into used_assertion (tenant, app, digest, expires_at) values ($1, $2, $3, $4)
on conflict do nothing"""
_USE_PROOFS = """
with quick as materialized (select set_config('synchronous_commit', 'off', true))
insert into used_proof (slot, digest)
select u.slot, u.digest from quick, unnest($1::int[], $2::bytea[]) as u(slot, digest)
on conflict do nothing returning digest"""


async def read_keys(pool: Pool, seal: Seal, purpose: str) -> list[tuple[str, bytes, float]]:
    """Keys of a purpose, newest first: id, material, age in seconds.

    Raises: StorageFault when the key of another home has sealed them.
    """
    rows = await pool.fetch(
        "select id, material, extract(epoch from now() - created_at)::float8, seal "
        "from secret_key where purpose = $1 order by created_at desc, id desc",
        purpose,
    )
    return [(key, _opened(seal, key, sealed, by), age_s) for key, sealed, age_s, by in rows]


def _opened(seal: Seal, key: str, material: bytes, sealed_by: str | None) -> bytes:
    if sealed_by is None:  # written by an older program that still runs
        return material
    try:
        return seal.open(key, material)
    except Unsealable as error:
        raise StorageFault(
            f"数据库中的签名密钥由另一把主密钥（{sealed_by}）加密，本机的是 {seal.id}："
            "请把原主目录的 secret.key 复制过来，或以其内容设置 ENSCENE_SECRET_KEY；"
            "若已遗失，请执行 ./enscene psql -c 'delete from secret_key'，程序会另行生成",
            f"the keys in the database were sealed by the key {sealed_by}, the one here is "
            f"{seal.id}: copy secret.key from the home that ran before, or set ENSCENE_SECRET_KEY "
            "to what it holds; if it is lost, ./enscene psql -c 'delete from secret_key' lets new "
            "ones be made, and access tokens and page cursors given out before end",
            exit_code=MISCONFIGURED,
        ) from error


async def seal_keys(pool: Pool, seal: Seal) -> int:
    """Seal the keys that still lie there in plain; how many."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table secret_key in share row exclusive mode")
        rows = await connection.fetch("select id, material from secret_key where seal is null")
        for key, material in rows:
            await connection.execute(
                "update secret_key set material = $2, seal = $3 where id = $1",
                key,
                seal.close(key, material),
                seal.id,
            )
    return len(rows)


async def drop_foreign_keys(connection: asyncpg.Connection[Any], seal: Seal) -> int:
    """Delete the keys that another home's key has sealed; how many. New ones are made."""
    rows = await connection.fetch("delete from secret_key where seal <> $1 returning id", seal.id)
    return len(rows)


async def add_key(
    pool: Pool, seal: Seal, purpose: str, key: str, material: bytes, *, not_before_s: float
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
            "insert into secret_key (id, purpose, material, seal) values ($1, $2, $3, $4)",
            key,
            purpose,
            seal.close(key, material),
            seal.id,
        )
    return True


async def drop_keys(pool: Pool, purpose: str, *, older_than_s: float) -> None:
    await pool.execute(
        "delete from secret_key "
        "where purpose = $1 and created_at < now() - make_interval(secs => $2)",
        purpose,
        older_than_s,
    )


async def use_proofs(pool: Pool, slots: list[int], digests: list[bytes]) -> set[bytes]:
    """Note that these proofs are used now; those that were not used before.

    The commit is not waited for to be on disk: what a crash of the database may forget is the last
    moment, of proofs that live a minute.
    """
    if not pool.is_shut:
        return {row[0] for row in await pool.fetch(_USE_PROOFS, slots, digests)}
    async with pool.acquire() as connection, connection.transaction():
        await write_all_the_same(connection)
        return {row[0] for row in await connection.fetch(_USE_PROOFS, slots, digests)}


async def drop_proofs(pool: Pool, before: int) -> None:
    """Delete what is too old to be taken anyway."""
    await pool.execute("delete from used_proof where slot < $1", before)


async def use_assertion(
    pool: Pool, tenant: int, app: int, digest: bytes, expires_at: datetime
) -> bool:
    """Note that an assertion is used now; False when it was used before."""
    async with pool.acquire() as connection, connection.transaction():
        await write_all_the_same(connection)
        await admit(connection, [tenant])
        status = await connection.execute(_USE, tenant, app, digest, expires_at)
        await connection.execute(
            "delete from used_assertion where tenant = $1 and expires_at < now()", tenant
        )
    return bool(status == "INSERT 0 1")
