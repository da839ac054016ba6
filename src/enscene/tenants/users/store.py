"""SQL of people, sessions and failed logins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg

from enscene.tenants.store import Connection

Row: TypeAlias = "asyncpg.Record"

_COLUMNS = "u.tenant, t.ref, u.id, u.login, u.name, u.roles, u.party, u.status, u.must_change"
_USERS = f"""
select {_COLUMNS}, u.password_hash from console_user u join tenant t on t.id = u.tenant
 where u.tenant = $1"""
_SESSION = f"""
select {_COLUMNS}, s.csrf, s.created_at, s.seen_at < now() - interval '1 minute'
  from console_session s
  join console_user u on u.tenant = s.tenant and u.id = s."user"
  join tenant t on t.id = s.tenant
 where s.tenant = $1 and s.digest = $2 and u.status = 'active'
   and s.seen_at > now() - make_interval(secs => $3)
   and s.created_at > now() - make_interval(secs => $4)"""
# Judged and counted in one statement, so that guesses sent at once cannot slip through together.
_ATTEMPT = """
insert into login_failure (tenant, login, failures, until)
values ($1, $2, 1, clock_timestamp())
on conflict (tenant, login) do update
   set failures = case when login_failure.at < clock_timestamp() - interval '1 hour' then 1
                       else login_failure.failures + 1 end,
       at = clock_timestamp(),
       until = clock_timestamp() + make_interval(secs => case
         when login_failure.at < clock_timestamp() - interval '1 hour' then 0
         when login_failure.failures + 1 < $3 then 0
         else least(3600, 30 * power(2, least(7, login_failure.failures + 1 - $3))) end)
 where login_failure.until <= clock_timestamp()
returning failures"""
_WAIT = """
select coalesce(max(ceil(extract(epoch from until - clock_timestamp()))), 1)::int
  from login_failure where tenant = $1 and login = $2"""


async def insert_user(connection: Connection, tenant: int, *values: Any) -> None:
    await connection.execute(
        "insert into console_user (tenant, login, name, password_hash, roles, party, must_change) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        *values,
    )


async def read_user(connection: Connection, tenant: int, login: str) -> Row | None:
    return await connection.fetchrow(f"{_USERS} and u.login = $2", tenant, login)


async def lock_users(connection: Connection, tenant: int) -> Sequence[Row]:
    """All people of the tenant; nobody else changes them until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(7331, $1)", tenant)
    return await read_users(connection, tenant)


async def read_users(connection: Connection, tenant: int) -> Sequence[Row]:
    rows: list[Row] = await connection.fetch(f"{_USERS} order by u.id", tenant)
    return rows


async def update_password(
    connection: Connection, tenant: int, user: int, password_hash: str, *, must_change: bool = False
) -> None:
    await connection.execute(
        "update console_user set password_hash = $3, must_change = $4 "
        "where tenant = $1 and id = $2",
        tenant, user, password_hash, must_change,
    )  # fmt: skip
    await delete_sessions(connection, tenant, user)


async def update_status(connection: Connection, tenant: int, user: int, status: str) -> None:
    await connection.execute(
        "update console_user set status = $3 where tenant = $1 and id = $2", tenant, user, status
    )
    if status != "active":
        await delete_sessions(connection, tenant, user)


async def update_roles(
    connection: Connection, tenant: int, user: int, roles: Sequence[str], party: str | None
) -> None:
    await connection.execute(
        "update console_user set roles = $3, party = $4 where tenant = $1 and id = $2",
        tenant, user, list(roles), party,
    )  # fmt: skip


async def delete_sessions(connection: Connection, tenant: int, user: int) -> None:
    await connection.execute(
        'delete from console_session where tenant = $1 and "user" = $2', tenant, user
    )


async def insert_session(
    connection: Connection, tenant: int, digest: bytes, user: int, csrf: str
) -> None:
    await connection.execute(
        'insert into console_session (tenant, digest, "user", csrf) values ($1, $2, $3, $4)',
        tenant,
        digest,
        user,
        csrf,
    )


async def read_session(
    connection: Connection, tenant: int, digest: bytes, idle_s: float, absolute_s: float
) -> Row | None:
    return await connection.fetchrow(_SESSION, tenant, digest, idle_s, absolute_s)


async def touch_session(connection: Connection, tenant: int, digest: bytes) -> None:
    await connection.execute(
        "update console_session set seen_at = now() where tenant = $1 and digest = $2",
        tenant,
        digest,
    )


async def delete_session(connection: Connection, tenant: int, digest: bytes) -> None:
    await connection.execute(
        "delete from console_session where tenant = $1 and digest = $2", tenant, digest
    )


async def delete_old_sessions(connection: Connection, tenant: int, absolute_s: float) -> None:
    await connection.execute(
        "delete from console_session "
        "where tenant = $1 and created_at < now() - make_interval(secs => $2)",
        tenant,
        absolute_s,
    )


async def begin_attempt(connection: Connection, tenant: int, login: str, free: int) -> int:
    """Count one more failure until it proves otherwise; else the seconds this name has to wait.

    From the failure number `free` on the wait doubles, from 30 s to an hour.
    """
    if await connection.fetchval(_ATTEMPT, tenant, login, free) is not None:
        return 0
    wait_s: int = await connection.fetchval(_WAIT, tenant, login)
    return max(1, wait_s)


async def clear_failures(connection: Connection, tenant: int, login: str) -> None:
    await connection.execute(
        "delete from login_failure where tenant = $1 and login = $2", tenant, login
    )
