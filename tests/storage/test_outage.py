"""An outage of the database is told as one, in time; nothing else is."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import asyncpg
import pytest

from enscene.kernel.errors import NotFound
from enscene.storage import PATIENCE_S, Database, connect, engine, open_pool, unavailable_of
from silentproxy import silent_proxy


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.DeadlockDetectedError("x"), "unavailable.contended"),
        (asyncpg.SerializationError("x"), "unavailable.contended"),
        (asyncpg.ConnectionDoesNotExistError("x"), "unavailable.database"),
        (asyncpg.AdminShutdownError("x"), "unavailable.database"),
        (asyncpg.CannotConnectNowError("x"), "unavailable.database"),
        (asyncpg.TooManyConnectionsError("x"), "unavailable.database"),
        (asyncpg.DiskFullError("x"), "unavailable.database"),
        (asyncpg.ReadOnlySQLTransactionError("x"), "service.read_only"),
        (asyncpg.InterfaceError("x"), "unavailable.database"),
        (ConnectionResetError("x"), "unavailable.database"),
        (TimeoutError(), "unavailable.database"),
    ],
)
def test_what_passes_is_told_as_unavailable(error: Exception, code: str) -> None:
    told = unavailable_of(error)
    assert told is not None
    assert (told.code, told.__cause__) == (code, error)
    assert "try again" in str(told.hint)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError("x"), asyncpg.CheckViolationError("x"),
        asyncpg.UndefinedTableError("x"), asyncpg.InsufficientPrivilegeError("x"),
        KeyError("x"), NotFound("x"),
    ],
)  # fmt: skip
def test_what_stays_is_not(error: Exception) -> None:
    assert unavailable_of(error) is None


async def test_nothing_is_waited_for_without_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement, a place in the pool, a new connection; afterwards the pool is as before."""
    monkeypatch.setattr(engine, "_CANCEL_S", 0.1)
    async with silent_proxy(database.url_app) as (proxy, url):
        pool = await open_pool(url, size_max=2, patience_s=0.3)
        assert await pool.fetchval("select 1") == 1
        proxy.silence()
        async with asyncio.timeout(10):
            for _ in range(3):
                told = await asyncio.gather(
                    *(pool.fetchval("select 1") for _ in range(5)), return_exceptions=True
                )
                assert {unavailable_of(error).code for error in told} == {"unavailable.database"}
        proxy.resume()
        async with asyncio.timeout(10):
            while (await asyncio.gather(pool.fetchval("select 1"), return_exceptions=True)) != [1]:
                pass
        await pool.close()


async def test_a_statement_that_takes_its_time_is_cancelled_and_the_connection_kept(
    database: Database,
) -> None:
    pool = await open_pool(database.url_app, size_max=1, patience_s=0.3)
    pid = await pool.fetchval("select pg_backend_pid()")
    with pytest.raises(TimeoutError):
        await pool.execute("select pg_sleep(60)")
    assert await pool.fetchval("select pg_backend_pid()") == pid
    await pool.close()


async def test_the_machine_watches_over_connections(database: Database) -> None:
    """On both sides: whoever has vanished is given up, and so are its locks."""
    async with silent_proxy(database.url_app) as (_, url):
        connection = await connect(url)
        wire: Any = connection._transport.get_extra_info("socket")
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        for option, value in engine._SOCKET_OPTIONS.items():
            assert wire.getsockopt(socket.IPPROTO_TCP, option) == value
        for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"):
            assert int(await connection.fetchval(f"show {name}")) > 0
        assert await connection.fetchval("show tcp_user_timeout") in ("10000", "10s")
        await connection.close()


def test_a_caller_is_told_within_fifteen_seconds() -> None:
    """At worst it waits for a place, for a batch that hangs, and for its own."""
    assert 3 * PATIENCE_S <= 15
