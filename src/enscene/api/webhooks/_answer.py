"""One connection to an endpoint: a request goes out, its answer is read as far as it matters."""

from __future__ import annotations

import asyncio
import time
from typing import cast

import httptools

HEAD_MOST = 16 * 1024
BODY_MOST = 64 * 1024
"""Bytes that are read of an answer. Its body is kept only where somebody `keeps` it."""


class Answering(asyncio.Protocol):
    """`problem` says what was wrong with the answer; `reusable` that another request may follow."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._done: asyncio.Future[bool] | None = None
        self._received = 0
        self._body = 0
        self._headed = False
        self.status = 0
        self.retry_after_s: int | None = None
        self.problem: str | None = None
        self.reusable = False
        self.rested_at = 0.0
        self.keeps = False
        self.text = b""

    async def ask(self, request: bytes) -> bool:
        """Send it and wait for the answer. False: the connection ended before a byte came."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        self._parser = httptools.HttpResponseParser(self)
        self._received = self._body = 0
        self._headed = self.reusable = False
        self.problem, self.retry_after_s = None, None
        self._done = asyncio.get_running_loop().create_future()
        transport.write(request)
        try:
            return await self._done
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._done = None

    def close(self) -> None:
        """End the connection at once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop has classes of its own

    def connection_lost(self, error: Exception | None) -> None:
        self.reusable = False
        self._transport = None
        if self._done is not None and not self._done.done():
            # A body that ends with its connection, or half of one: the status is what counts.
            self.problem = "bad_answer" if self._received and not self._headed else None
            self._done.set_result(self._received > 0)

    def data_received(self, data: bytes) -> None:
        if self._done is None or self._done.done() or self._parser is None:
            self.close()  # it speaks without having been asked
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._finish("bad_answer")
        if not self._headed and self._received > HEAD_MOST:
            self._finish("answer_too_large")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A callback of the parser."""
        if name.lower() == b"retry-after" and value.isdigit() and len(value) <= 6:
            self.retry_after_s = int(value)

    def on_headers_complete(self) -> None:
        """A callback of the parser."""
        assert self._parser is not None
        self.status = self._parser.get_status_code()
        self._headed = self.status >= 200  # before that the answer is still to come

    def on_body(self, body: bytes) -> None:
        """A callback of the parser. Beyond what is read the status alone counts."""
        self._body += len(body)
        if self.keeps:
            self.text += body
        if self._body > BODY_MOST:
            self._finish("answer_too_large" if self.keeps else None)

    def on_message_complete(self) -> None:
        """A callback of the parser."""
        if self._headed and self._parser is not None and self._body <= BODY_MOST:
            self.reusable = bool(self._parser.should_keep_alive())
            self.rested_at = time.monotonic()
            self._finish(None, keep=self.reusable)

    def _finish(self, problem: str | None, *, keep: bool = False) -> None:
        if self._done is not None and not self._done.done():
            self.problem = problem
            self._done.set_result(True)
        if not keep:
            self.close()
