"""Running an ASGI application with uvicorn, so that slow clients cannot hold it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from enscene.kernel.errors import Unavailable

REQUEST_S = 20.0
"""How long a client may take to send one whole request, headers and body."""
HEAD_MOST = 64 * 1024
"""Bytes of a request's line and headers."""
KEEP_ALIVE_S = 15
CONNECTIONS_MOST = 2_000
BACKLOG = 1_024


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to patience.

    A connection that has begun a request and not finished it within `REQUEST_S`, has sent nothing
    at all since it was opened, or sends endless headers, is closed; so is a new one beyond
    `CONNECTIONS_MOST`.
    """

    request_s = REQUEST_S
    connections_most = CONNECTIONS_MOST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        super().connection_made(transport)
        if len(self.connections) > self.connections_most:
            transport.close()
            return
        self._start_deadline()

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > HEAD_MOST:
            self._give_up()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._start_deadline()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head_bytes = 0

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._head_bytes = 0

    def on_message_complete(self) -> None:
        self._stop_deadline()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.request_s, self._give_up)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()


def server_config(app: Any, *, host: str = "127.0.0.1", port: int = 8700) -> uvicorn.Config:
    """The settings of uvicorn for the API and the console."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=16_384,
        backlog=BACKLOG,
    )


@asynccontextmanager
async def serving(app: Any, *, host: str = "127.0.0.1", port: int = 8700) -> AsyncIterator[str]:
    """Serve within the block; gives the address. Port 0 takes any that is free.

    At the end requests that have begun are answered, for at most 10 seconds.
    Raises: Unavailable("http.port") when the address cannot be bound.
    """
    server = _Server(server_config(app, host=host, port=port))
    work = asyncio.create_task(server.run_quietly())
    started = asyncio.create_task(server.up.wait())
    await asyncio.wait([work, started], return_when=asyncio.FIRST_COMPLETED)
    if not server.up.is_set():
        started.cancel()
        await work
        raise Unavailable(f"port {port} cannot be used", code="http.port")
    try:
        bound = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{bound[1]}"
    finally:
        server.should_exit = True
        await work


class _Server(uvicorn.Server):
    """Signals are the command line's own business, and so is the end of the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def run_quietly(self) -> None:
        with contextlib.suppress(SystemExit):  # uvicorn's way to say that the port is taken
            await self.serve()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.up.set()

    def capture_signals(self) -> Any:
        return contextlib.nullcontext()
