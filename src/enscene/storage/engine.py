"""Connections to PostgreSQL: pools and single ones, with the settings that all of them share."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from enscene.storage.errors import MISCONFIGURED, StorageFault

# Statements are few and run often: planning each of them anew costs a quarter of the CPU.
SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}


async def open_pool(
    url: str,
    *,
    size_min: int = 1,
    size_max: int = 10,
    application_name: str = "enscene",
    schema: str = "public",
    timeout_s: float = 30,
) -> asyncpg.Pool[asyncpg.Record]:
    """Open a pool of connections; `json` and `jsonb` arrive as Python values.

    Raises: StorageFault when the server cannot be reached or refuses the login.
    """
    pool = asyncpg.create_pool(
        url,
        min_size=size_min,
        max_size=size_max,
        init=_prepare,
        server_settings=_settings(application_name, schema),
        timeout=timeout_s,
        reset=_tidy,
        # A connection that has rested keeps its prepared statements; nothing is gained by closing.
        max_inactive_connection_lifetime=0,
    )
    try:
        await pool
    except _FAILURES as error:
        raise connection_fault(error) from error
    return pool


async def connect(
    url: str, *, application_name: str = "enscene", schema: str = "public", timeout_s: float = 30
) -> asyncpg.Connection[asyncpg.Record]:
    """Open one connection with the pool's settings.

    Raises: StorageFault when the server cannot be reached or refuses the login.
    """
    try:
        connection = await asyncpg.connect(
            url, server_settings=_settings(application_name, schema), timeout=timeout_s
        )
    except _FAILURES as error:
        raise connection_fault(error) from error
    await _prepare(connection)
    return connection


_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)


def connection_fault(error: Exception) -> StorageFault:
    """Say in one line why a connection was not made, without showing the password."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return StorageFault(
        f"无法连接数据库：{reason}", f"cannot connect: {reason}", exit_code=MISCONFIGURED
    )


def _settings(application_name: str, schema: str) -> dict[str, str]:
    settings = SETTINGS | {"application_name": application_name}
    return settings if schema == "public" else settings | {"search_path": schema}


async def _prepare(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode
        )


async def _tidy(connection: Any) -> None:
    """Before a connection goes back: nothing here sets anything beyond its own transaction."""
    if connection.is_in_transaction():
        await connection.execute("rollback")


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
