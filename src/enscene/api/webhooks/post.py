"""Posting to an endpoint over HTTP/1.1, at an address that was checked.

The name is resolved once for a connection, every address is checked, and the connection is made to
one of those checked, with the name in TLS and in `Host`: nothing resolves it a second time. There
are no redirects, proxies or cookies here, and no body that is unpacked. Connections are kept for a
while, since the handshake is dearer than everything else.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from enscene.api.webhooks._answer import Answering
from enscene.api.webhooks.settings import WebhookSettings
from enscene.api.webhooks.target import Target, check_resolved
from enscene.kernel.errors import Invalid

KEPT_S = 10.0
"""Servers close what rests; few do so earlier."""
KEPT_MOST = 32
RESOLVERS = 32

Resolve = Callable[[str, int], Awaitable[list[str]]]
Key = tuple[bool, str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `status` is None when there was no answer: `error` says why."""

    status: int | None
    latency_ms: int
    error: str | None = None
    retry_after_s: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


class Poster:
    """The connections of a process. `connects` counts those that were tried."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")
        self._resolve = resolve or self._look_up
        self._tls = tls or ssl.create_default_context()
        self._kept: dict[Key, list[Answering]] = {}
        self.connects = 0

    async def close(self) -> None:
        """Close every connection."""
        for kept in self._kept.values():
            for connection in kept:
                connection.close()
        self._kept.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def post(
        self, target: Target, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Outcome:
        """Post the body; whatever goes wrong is an outcome."""
        _, outcome = await self._try(target, _request("POST", target, headers, body))
        return outcome

    async def fetch(
        self, target: Target, headers: Sequence[tuple[str, str]]
    ) -> tuple[Outcome, bytes]:
        """Ask for what is there (GET), and keep it: at most 64 KiB; more is an outcome too."""
        answer, outcome = await self._try(target, _request("GET", target, headers, b""), keep=True)
        return outcome, b"" if answer is None else answer.text

    async def _try(
        self, target: Target, request: bytes, *, keep: bool = False
    ) -> tuple[Answering | None, Outcome]:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.whole_s):
                answer = await (self._ask_once if keep else self._exchange)(target, request)
        except TimeoutError:
            return None, _failed("timeout", began)
        except Invalid:
            return None, _failed("address_refused", began)
        except ssl.SSLCertVerificationError:
            return None, _failed("certificate", began)
        except ssl.SSLError:
            return None, _failed("tls", began)
        except socket.gaierror:
            return None, _failed("unknown_host", began)
        except BadAnswer as error:
            return None, _failed(str(error), began)
        except OSError:
            return None, _failed("connection", began)
        latency_ms = round(1000 * (time.monotonic() - began))
        return answer, Outcome(answer.status, latency_ms, None, answer.retry_after_s)

    async def _ask_once(self, target: Target, request: bytes) -> Answering:
        """On a connection of its own, whose answer is kept."""
        connection = await self._connect(target)
        connection.keeps = True
        try:
            if not await connection.ask(request):
                raise ConnectionError
            if connection.problem is not None:
                raise BadAnswer(connection.problem)
        finally:
            connection.close()
        return connection

    async def _exchange(self, target: Target, request: bytes) -> Answering:
        key = (target.tls, target.host, target.port)
        kept = self._take(key)
        if kept is not None and await kept.ask(request):
            return self._judged(key, kept)
        # If there was one, the server had closed it: that says nothing about this message.
        connection = await self._connect(target)
        if not await connection.ask(request):
            raise ConnectionError
        return self._judged(key, connection)

    def _judged(self, key: Key, connection: Answering) -> Answering:
        if connection.problem is not None:
            raise BadAnswer(connection.problem)
        if connection.reusable:
            kept = self._kept.setdefault(key, [])
            if len(kept) < KEPT_MOST:
                kept.append(connection)
                return connection
        connection.close()
        return connection

    def _take(self, key: Key) -> Answering | None:
        kept = self._kept.get(key)
        stale = time.monotonic() - KEPT_S
        while kept:
            connection = kept.pop()
            if connection.reusable and connection.rested_at > stale:
                return connection
            connection.close()
        return None

    async def _connect(self, target: Target) -> Answering:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._settings.connect_s):
            addresses = await self._resolve(target.host, target.port)
            address = check_resolved(target, addresses, self._settings.rules)
            self.connects += 1
            _, connection = await loop.create_connection(
                Answering,
                address,
                target.port,
                ssl=self._tls if target.tls else None,
                server_hostname=target.host if target.tls else None,
            )
        return connection

    async def _look_up(self, host: str, port: int) -> list[str]:
        if ":" in host or host.replace(".", "").isdigit():
            return [host]  # it is an address
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(each[4][0]) for each in found))

    def tidy(self) -> None:
        """Close what has rested long; call it now and then."""
        stale = time.monotonic() - KEPT_S
        for key, kept in list(self._kept.items()):
            rest = [each for each in kept if each.reusable and each.rested_at > stale]
            for connection in kept:
                if connection not in rest:
                    connection.close()
            if rest:
                self._kept[key] = rest
            else:
                del self._kept[key]


class BadAnswer(Exception):
    """What came back is no answer of HTTP, or too long a head."""


def _request(method: str, target: Target, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    head = (
        f"{method} {target.path} HTTP/1.1\r\nhost: {target.authority.decode()}\r\n"
        "user-agent: Enscene-Webhooks/1\r\naccept: */*\r\naccept-encoding: identity\r\n"
        f"content-type: application/json\r\n{''.join(lines)}content-length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _failed(error: str, began: float) -> Outcome:
    return Outcome(None, round(1000 * (time.monotonic() - began)), error)
