"""Connections to PostgreSQL: pools and single ones, with the settings that all of them share."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import asyncpg
import msgspec

from enscene.storage.errors import MISCONFIGURED, StorageFault

# Statements are few and run often: planning each of them anew costs a quarter of the CPU.
SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}

PATIENCE_S = 5.0
"""How long a server waits for a statement, a connection, or a place in the pool."""
_CANCEL_S = 1.0
_SHUT = "set default_transaction_read_only = on"
_OPEN = "reset default_transaction_read_only"

# Whoever is at the other end of a connection that nothing passes any more is given up after about
# ten seconds: here, so that callers are told; there, so that the locks it held are let go.
_IDLE_S, _INTERVAL_S, _PROBES, _UNHEARD_MS = 4, 2, 3, 10_000
_LIVENESS = {
    "tcp_keepalives_idle": str(_IDLE_S),
    "tcp_keepalives_interval": str(_INTERVAL_S),
    "tcp_keepalives_count": str(_PROBES),
    "tcp_user_timeout": str(_UNHEARD_MS),
}
_SOCKET_OPTIONS = {
    socket.TCP_KEEPIDLE: _IDLE_S,
    socket.TCP_KEEPINTVL: _INTERVAL_S,
    socket.TCP_KEEPCNT: _PROBES,
    socket.TCP_USER_TIMEOUT: _UNHEARD_MS,
}


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that is given up when the server does not answer a cancellation either."""

    __slots__ = ("is_shut",)

    async def _cancel(self, *waiters: Any) -> None:
        # asyncpg waits here as long as for a statement, and its pool waits for this.
        async with asyncio.timeout(_CANCEL_S) as patience:
            await super()._cancel(*waiters)
        if patience.expired():
            self.terminate()


class _Pool(asyncpg.Pool):  # type: ignore[misc]
    """A pool whose places are not waited for without end either. While it `is_shut`, the database
    itself refuses whatever its connections would write."""

    __slots__ = ("is_shut", "patience_s")
    patience_s: float | None
    is_shut: bool

    def acquire(self, *, timeout: float | None = None) -> Any:
        return super().acquire(timeout=self.patience_s if timeout is None else timeout)


async def open_pool(
    url: str,
    *,
    size_min: int = 1,
    size_max: int = 10,
    application_name: str = "enscene",
    schema: str = "public",
    timeout_s: float = 30,
    patience_s: float | None = None,
) -> asyncpg.Pool[asyncpg.Record]:
    """Open a pool of connections; `json` and `jsonb` arrive as Python values.

    `patience_s` is how long a statement, a connection and a place in the pool are waited for;
    then it is a TimeoutError (`PATIENCE_S` for whoever serves others; None: `timeout_s` for a
    connection, and no end to a statement). Raises: StorageFault when the server cannot be reached
    or refuses the login.
    """

    async def turn(lent: Any) -> None:
        connection = lent._con
        if getattr(connection, "is_shut", False) is not pool.is_shut:
            await connection.execute(_SHUT if pool.is_shut else _OPEN)
            connection.is_shut = pool.is_shut

    pool = _Pool(
        url,
        min_size=size_min,
        max_size=size_max,
        max_queries=50_000,
        loop=None,
        connection_class=_Connection,
        record_class=asyncpg.Record,
        init=_prepare,
        setup=turn,
        server_settings=_settings(application_name, schema),
        timeout=patience_s or timeout_s,
        command_timeout=patience_s,
        reset=_tidy,
        # A connection that has rested keeps its prepared statements; nothing is gained by closing.
        max_inactive_connection_lifetime=0,
    )
    pool.patience_s = patience_s
    pool.is_shut = False
    try:
        await pool
    except _FAILURES as error:
        raise connection_fault(error) from error
    return pool


def shut_pool(pool: Any, *, shut: bool) -> None:
    """Let nothing be written through a pool from now on, or again: each connection follows when it
    is lent the next time."""
    pool.is_shut = shut


async def write_all_the_same(lent: Any) -> None:
    """Let the transaction that has just begun write although its pool is shut: for what guards the
    doors, and for whoever opens the pool again."""
    if getattr(lent._con, "is_shut", False):
        try:
            await lent.execute("set transaction read write")
        except asyncpg.FeatureNotSupportedError as error:  # a replica
            raise asyncpg.ReadOnlySQLTransactionError(str(error)) from error


async def connect(
    url: str, *, application_name: str = "enscene", schema: str = "public", timeout_s: float = 30
) -> asyncpg.Connection[asyncpg.Record]:
    """Open one connection with the pool's settings.

    Raises: StorageFault when the server cannot be reached or refuses the login.
    """
    try:
        connection = await asyncpg.connect(
            url,
            server_settings=_settings(application_name, schema),
            timeout=timeout_s,
            connection_class=_Connection,
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
    settings = SETTINGS | _LIVENESS | {"application_name": application_name}
    return settings if schema == "public" else settings | {"search_path": schema}


async def _prepare(connection: Any) -> None:
    _watch(connection)
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode
        )


def _watch(connection: Any) -> None:
    """Let the machine notice when nothing comes through any more."""
    wire = connection._transport.get_extra_info("socket")
    if wire is None or wire.family == socket.AF_UNIX:
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _SOCKET_OPTIONS.items():
        wire.setsockopt(socket.IPPROTO_TCP, option, value)


async def _tidy(connection: Any) -> None:
    """Before a connection goes back: nothing here sets anything beyond its own transaction."""
    if connection.is_in_transaction():
        await connection.execute("rollback")


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
