"""Requests over kept connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from enscene.simulator.wire import Broken, Wire


class Server:
    """Answers every request with its first line; closes a connection after `most` of them."""

    def __init__(self) -> None:
        self.most = 100
        self.connections = 0
        self.silent = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        for _ in range(self.most):
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            except asyncio.IncompleteReadError:
                break
            if self.silent:
                break
            length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
            body = await reader.readexactly(int(length or 0))
            told = head.partition("\r\n")[0].encode() + b"|" + body
            lines = f"HTTP/1.1 200 OK\r\nContent-Length: {len(told)}\r\nX-Told: yes\r\n\r\n"
            writer.write(lines.encode() + told)
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    """A server on loopback."""
    answers = Server()
    listening = await asyncio.start_server(answers.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield answers, f"http://127.0.0.1:{port}"
    listening.close()
    await listening.wait_closed()


async def test_one_connection_serves_one_request_after_another(server):
    answers, url = server
    async with Wire(url) as wire:
        for _ in range(3):
            reply = await wire.send("POST", "/a", {"x": "y"}, b"body")
            assert reply.status == 200
            assert reply.content == b"POST /a HTTP/1.1|body"
            assert reply.headers["x-told"] == "yes"
    assert answers.connections == 1


async def test_a_connection_that_was_closed_meanwhile_is_replaced(server):
    answers, url = server
    answers.most = 1
    async with Wire(url) as wire:
        await wire.send("GET", "/a", {})
        assert (await wire.send("GET", "/b", {})).content == b"GET /b HTTP/1.1|"
    assert answers.connections == 2


async def test_an_answer_that_does_not_come_is_told(server):
    answers, url = server
    answers.silent = True
    async with Wire(url) as wire:
        with pytest.raises(Broken):
            await wire.send("GET", "/a", {})
