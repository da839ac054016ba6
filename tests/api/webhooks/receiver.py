"""A partner's server on loopback, and the worker that calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from enscene.api.webhooks import Rules, WebhookSettings, WebhookWorker

LOOPBACK = WebhookSettings(rules=Rules(loopback=frozenset({"127.0.0.1", "localhost"})))
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
Answer = Callable[["Received"], bytes | None]


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers every request as it is told; None: it never does."""

    port: int = 0
    answer: Answer = lambda received: OK
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.received]

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                headers = {
                    name.lower(): value for name, value in (line.split(": ", 1) for line in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                got = Received(first.split(" ")[1], headers, body)
                self.received.append(got)
                said = self.answer(got)
                if said is None:
                    await reader.read()
                    return
                writer.write(said)
                await writer.drain()
                if b"connection: close" in said.lower():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(answer: Answer = lambda received: OK, **more: Any) -> AsyncIterator[Receiver]:
    """A receiver for the length of the block."""
    receiver = Receiver(answer=answer)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, **more)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None


@asynccontextmanager
async def working(
    world: Any, settings: WebhookSettings = LOOPBACK, **more: Any
) -> AsyncIterator[WebhookWorker]:
    """A worker that does nothing by itself: `settle` does all there is to do."""
    from enscene.storage import seal_of_environment

    worker = WebhookWorker(
        world.pool, world.host, seal_of_environment(), settings, [world.tenant.shard], **more
    )
    try:
        yield worker
    finally:
        await worker.stop()
