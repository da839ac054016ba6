"""A load of HTTP/1.1 requests over kept connections, as lean as Python allows."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import cast

from bench.measure import Loop

Make = Callable[[int], bytes]


class _Connection(asyncio.Protocol):
    """One connection: sends a request, reads its answer, sends the next."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""
        self._start = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)  # uvloop has classes of its own
        self.transport = transport
        self._send()

    def _send(self) -> None:
        try:
            request = self._load.next()
        except Exception as error:
            # Told by the run, which would wait for an answer for ever.
            self._load.broken(error)
            raise
        assert self.transport is not None
        if request is None:
            self.transport.close()
            return
        self._start = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = buffer.lower().find(b"content-length:", 0, end)
        length = int(buffer[at + 15 : buffer.find(b"\r\n", at)]) if at >= 0 else 0
        if len(buffer) < end + 4 + length:
            return
        self._buffer = b""
        self._load.answered(buffer[9:12], time.perf_counter() - self._start, buffer)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._load.left()


class Load:
    """A closed loop of so many connections for so many seconds.

    It is not measured while the connections are opened, and for the first `ramp_s` after that.
    """

    def __init__(
        self, make: Make, connections: int, seconds: float, first: int, *, ramp_s: float = 0.0
    ) -> None:
        self._make = make
        self._connections = connections
        self._seconds = seconds
        self._ramp_s = ramp_s
        self._begin = 0.0
        self.number = first
        self._end = 0.0
        self._latencies: list[float] = []
        self.errors = 0
        self.first_error = b""
        self._open = connections
        self._done: asyncio.Future[None] | None = None

    def next(self) -> bytes | None:
        if time.perf_counter() >= self._end:
            return None
        number, self.number = self.number, self.number + 1
        return self._make(number)

    def answered(self, status: bytes, took_s: float, answer: bytes) -> None:
        if status[:1] == b"2":
            if time.perf_counter() - took_s >= self._begin:
                self._latencies.append(took_s)
        else:
            self.errors += 1
            self.first_error = self.first_error or answer

    def broken(self, error: Exception) -> None:
        """A request could not be made: the run ends with it."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)

    def left(self) -> None:
        self._open -= 1
        if self._open == 0 and self._done is not None and not self._done.done():
            self._done.set_result(None)

    async def run(self, host: str, port: int) -> Loop:
        """Run it and wait for the last answer."""
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        self._begin = self._end = math.inf
        for _ in range(self._connections):
            await loop.create_connection(lambda: _Connection(self), host, port)
        self._begin = time.perf_counter() + self._ramp_s
        self._end = self._begin + self._seconds
        await self._done
        took = time.perf_counter() - self._begin
        ordered = sorted(self._latencies)
        done = len(ordered)
        return Loop(
            per_s=done / took,
            p50_ms=1000 * ordered[done // 2] if done else 0.0,
            p99_ms=1000 * ordered[int(done * 0.99)] if done else 0.0,
            errors=self.errors,
            cpu_us=0.0,
        )
