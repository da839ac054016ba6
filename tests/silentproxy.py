"""A TCP proxy on loopback that can stop forwarding, as a network does that drops everything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


class SilentProxy:
    """Takes connections and bytes even when it is silent: nothing is ever refused or reset."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def silence(self) -> None:
        """From now on nothing comes through."""
        self._open.clear()

    def resume(self) -> None:
        """Everything comes through again, also what was held back."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there, here = await asyncio.open_connection("127.0.0.1", self._port)
            await asyncio.gather(self._pass_on(reader, here), self._pass_on(there, writer))
        self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()

    async def close(self) -> None:
        """Let go of all connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def silent_proxy(url: str) -> AsyncIterator[tuple[SilentProxy, str]]:
    """A proxy before the server of a database's address, and the address through it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.pop("host", None)
    proxy = SilentProxy(int(query.pop("port", 0) or parts.port or 0))
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    place = f"{login}@127.0.0.1:{proxy.port}"
    yield proxy, urlunsplit(parts._replace(netloc=place, query=urlencode(query, safe="/")))
    await proxy.close()
    server.close()
    await server.wait_closed()
