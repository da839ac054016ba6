"""The real server: slow clients do not hold it."""

from __future__ import annotations

import asyncio
import contextlib

import httpx
import pytest

from enscene.api import server, serving
from enscene.kernel.errors import Unavailable


async def echo(scope, receive, send):
    """Reads a body and answers with its length."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = str(size).encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


def place(address):
    host, _, port = address.removeprefix("http://").partition(":")
    return host, int(port)


async def test_300_slow_connections_do_not_hold_it():
    async with serving(echo, port=0) as address:
        slow = [await asyncio.open_connection(*place(address)) for _ in range(300)]
        for number, (_, writer) in enumerate(slow):
            head = b"POST / HTTP/1.1\r\nHost: x\r\n"
            writer.write(head if number % 2 else head + b"Content-Length: 9\r\n\r\n1")
        async with httpx.AsyncClient() as client:
            answers = await asyncio.gather(
                *(client.post(address, content=b"12345") for _ in range(20))
            )
        assert {answer.text for answer in answers} == {"5"}
        for _, writer in slow:
            writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /",
    ],
)
async def test_a_request_that_never_ends_is_cut(monkeypatch, sent):
    monkeypatch.setattr(server.PatientProtocol, "request_s", 0.05)
    async with serving(echo, port=0) as address:
        reader, writer = await asyncio.open_connection(*place(address))
        writer.write(sent)
        async with asyncio.timeout(10):
            await reader.read()  # ends when the server closes
        writer.close()


async def test_endless_headers_are_cut():
    async with serving(echo, port=0) as address:
        reader, writer = await asyncio.open_connection(*place(address))
        writer.write(b"GET / HTTP/1.1\r\n" + b"X-Header: x\r\n" * 20_000)
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()


async def test_beyond_the_bound_connections_are_closed(monkeypatch):
    monkeypatch.setattr(server.PatientProtocol, "connections_most", 2)
    async with serving(echo, port=0) as address:
        kept = [await asyncio.open_connection(*place(address)) for _ in range(2)]
        reader, writer = await asyncio.open_connection(*place(address))
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        for _, each in (*kept, (reader, writer)):
            each.close()


async def test_a_body_of_many_pieces_and_requests_in_a_row():
    async with serving(echo, port=0) as address, httpx.AsyncClient() as client:
        for size in (0, 5, 300_000):
            answer = await client.post(address, content=b"x" * size)
            assert answer.text == str(size)


async def test_a_taken_port_is_told():
    async with serving(echo, port=0) as address:
        with pytest.raises(Unavailable) as error:
            async with serving(echo, port=place(address)[1]):
                raise AssertionError
        assert error.value.code == "http.port"
