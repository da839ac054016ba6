"""HTTP/1.1 for one city: kept connections, one request at a time on each, nothing else.

A general client spends more time on a request than the server does; a city sends thousands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

TIMEOUT_S = 60.0
LINE_MOST = 256 * 1024


class Broken(ConnectionError):
    """The server closed the connection before it had answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers by their names in small letters, body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Requests to one address, `http://host:port`."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        assert parts.scheme == "http"
        assert parts.hostname is not None
        self.url = url
        self._host = parts.hostname
        self._port = parts.port or 80
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Reply:
        """Send a request and wait for its answer.

        Raises: Broken, TimeoutError. A kept connection that the server has closed meanwhile is
        tried once more on a new one: nothing of the request was answered there.
        """
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method != "GET":
            lines.append(f"content-length: {len(content)}")
        request = "\r\n".join([*lines, "", ""]).encode("latin-1") + content
        async with asyncio.timeout(self._timeout_s):
            while self._idle:
                try:
                    return await self._exchange(self._idle.pop(), request)
                except (Broken, ConnectionError):
                    continue
            fresh = await asyncio.open_connection(self._host, self._port, limit=LINE_MOST)
            return await self._exchange(fresh, request)

    async def _exchange(self, connection: _Connection, request: bytes) -> Reply:
        reader, writer = connection
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers: dict[str, str] = {}
            for line in lines:
                name, _, value = line.partition(":")
                name, value = name.lower(), value.strip()
                # Cookies may be set in several lines; nothing else comes twice.
                headers[name] = f"{headers[name]}\n{value}" if name in headers else value
            content = await reader.readexactly(int(headers["content-length"]))
        except asyncio.IncompleteReadError:
            writer.close()
            raise Broken("the connection was closed before the answer") from None
        except BaseException:
            writer.close()  # half an answer may be under way on it
            raise
        if headers.get("connection") == "close":
            writer.close()
        else:
            self._idle.append(connection)
        return Reply(int(first.split(" ", 2)[1]), headers, content)
