"""A way to the bank on which answers get lost, are late, or are changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

RETRY_AFTER_S = 7
BUSY = b'{"code": "unavailable.busy", "detail": "later", "hint": "wait"}'
_HOP = ("connection", "content-length", "date", "host", "server", "transfer-encoding")


@dataclass
class Lossy:
    """`faults` are those of the next requests that do something: `lost` (done, no answer), `busy`
    (503 with Retry-After, not done), `expired` (401, not done), `changed` (another body), `broken` (done, half of the answer),
    `page` (done, a proxy's page for an answer). `keys` are the Idempotency-Keys, or the bodies at
    the gateway, that came. `kind` is what files are said to be, in place of text/csv."""

    bank: str
    url: str = ""
    faults: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    kind: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in headers.items()}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        answer = await self._answer(method, target, headers, body)
        if answer is not None:
            writer.write(answer)
            await writer.drain()
        writer.close()

    async def _answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> bytes | None:
        fault = ""
        if "/actions/" in target or target == "/gateway":
            self.keys.append(headers.get("idempotency-key") or body.decode())
            fault = self.faults.pop(0) if self.faults else ""
        if fault == "busy":
            return _message(503, {"retry-after": str(RETRY_AFTER_S)}, BUSY)
        if fault == "expired":
            return _message(401, {}, b'{"code": "auth.expired", "detail": "over"}')
        kept = {name: value for name, value in headers.items() if name not in _HOP}
        async with httpx.AsyncClient(base_url=self.bank) as client:
            reply = await client.request(method, target, headers=kept, content=body)
        if fault == "lost":
            return None
        told = {name: value for name, value in reply.headers.items() if name not in _HOP}
        content = reply.content.replace(b"20.00", b"10.00") if fault == "changed" else reply.content
        if fault == "broken":
            content = content[: len(content) // 2]
        if fault == "page":
            return _message(200, {"content-type": "text/html"}, b"<p>Log in to this network")
        if self.kind and told.get("content-type", "").startswith("text/csv"):
            told["content-type"] = self.kind
        return _message(reply.status_code, told, content)


def _message(status: int, headers: dict[str, str], body: bytes) -> bytes:
    told = headers | {"content-length": str(len(body)), "connection": "close"}
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@asynccontextmanager
async def lossy_way(bank: str) -> AsyncIterator[Lossy]:
    """In front of the bank at that address."""
    way = Lossy(bank)
    server = await asyncio.start_server(way.serve, "127.0.0.1", 0)
    way.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield way
    finally:
        server.close()
        await server.wait_closed()
