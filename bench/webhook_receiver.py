"""The partners' servers of the webhook benchmark: `python -m bench.webhook_receiver LIVING DEAD`.

Real HTTP on loopback in a process of its own, one port a partner. The first line that it prints has
the ports as JSON. Dead ones take turns: one accepts and never answers, one refuses connections, one
answers 500. After that each line that it reads is a command: `secrets {…}` gives the secret of each
port, to check one signature in `SAMPLE`; `told` prints what came, by port: [number, when].
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from typing import cast

import uvloop

from enscene.api.webhooks import BadWebhook, verify

SAMPLE = 20
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"


class Partner:
    """What one port has been sent."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.secret = ""
        self.told: list[tuple[int, float]] = []
        self.checked = 0
        self.bad = 0

    def take(self, head: str, body: bytes) -> None:
        """Note a request."""
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        message = headers["webhook-id"]
        self.told.append((int(message.rpartition("_")[2]), time.monotonic()))
        if len(self.told) % SAMPLE == 1 and self.secret:
            self.checked += 1
            try:
                verify(self.secret, headers, body)
                whole = json.loads(body)["data"]["id"] == self.told[-1][0]
            except BadWebhook:
                whole = False
            self.bad += not whole


class Connection(asyncio.Protocol):
    """HTTP/1.1, as much of it as the sender speaks."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        end = buffer.find(b"\r\n\r\n")
        if end >= 0:
            at = buffer.find(b"content-length: ", 0, end + 2)
            length = int(buffer[at + 16 : buffer.find(b"\r\n", at)])
            if len(buffer) >= end + 4 + length:
                body, buffer = buffer[end + 4 : end + 4 + length], buffer[end + 4 + length :]
                self._partner.take(self._head(end, data), body)
                if self._partner.answer is not None and self._transport is not None:
                    self._transport.write(self._partner.answer)
        self._buffer = buffer

    def _head(self, end: int, data: bytes) -> str:
        return (self._buffer + data)[:end].decode()


async def main(living: int, dead: int) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    partners: dict[int, Partner] = {}
    closed = []
    for number in range(living + dead):
        kind = (number - living) % 3 if number >= living else -1
        if kind == 1:
            taken = socket.socket()  # bound and not listened at: it refuses
            taken.bind(("127.0.0.1", 0))
            closed.append(taken)
            partners[taken.getsockname()[1]] = Partner(None)
            continue
        partner = Partner({-1: OK, 0: None, 2: FAILED}[kind])
        server = await loop.create_server(lambda p=partner: Connection(p), "127.0.0.1", 0)
        partners[server.sockets[0].getsockname()[1]] = partner
    print(json.dumps(list(partners)), flush=True)
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode():
        word, _, rest = line.strip().partition(" ")
        if word == "secrets":
            for port, secret in json.loads(rest).items():
                partners[int(port)].secret = secret
        told = {} if word == "secrets" else {port: p.told for port, p in partners.items()}
        checked = [sum(p.checked for p in partners.values()), sum(p.bad for p in partners.values())]
        print(json.dumps({"told": told, "checked": checked}), flush=True)
        if word == "told":
            for partner in partners.values():
                partner.told = []


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
