"""Posting: at the address that was checked, once resolved, never anywhere else; within limits."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from api.webhooks.receiver import LOOPBACK, OK, receiving
from enscene.api.webhooks import Poster, WebhookSettings
from enscene.api.webhooks._answer import BODY_MOST, HEAD_MOST
from enscene.api.webhooks.target import read_target
from enscene.kernel import controls
from enscene.storage.cluster.account import server_account
from selfsigned import write_certificate

PUBLIC = WebhookSettings()
BODY = b'{"type":"x"}'
HEADERS = [("webhook-id", "evt_1_1")]


@asynccontextmanager
async def posting(settings=LOOPBACK, **more):
    poster = Poster(settings, **more)
    try:
        yield poster
    finally:
        await poster.close()


async def send(poster, url, settings=LOOPBACK):
    target = read_target(url, settings.rules, sandbox=True)
    return await poster.post(target, HEADERS, BODY)


class Resolver:
    """Answers each question with the next of its answers, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_a_post_is_what_the_standard_says_and_connections_are_kept():
    async with receiving() as receiver, posting() as poster:
        for _ in range(3):
            outcome = await send(poster, receiver.url("/in?a=1"))
            assert (outcome.status, outcome.error, outcome.taken) == (200, None, True)
        assert (receiver.connections, poster.connects) == (1, 1)
        got = receiver.received[0]
        assert (got.path, got.body) == ("/in?a=1", BODY)
        assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert got.headers["content-type"] == "application/json"
        assert got.headers["webhook-id"] == "evt_1_1"


@pytest.mark.parametrize(
    "answers",
    [
        [["127.0.0.1"]],
        [["169.254.169.254"]],
        [["10.0.0.8"]],
        [["::1"]],
        [["::ffff:127.0.0.1"]],
        [["93.184.216.34", "127.0.0.1"]],
        [["127.0.0.1", "93.184.216.34"]],
        [["0.0.0.0"]],
        [[]],
    ],
)
async def test_a_name_that_leads_inside_is_never_connected_to(answers):
    async with receiving() as receiver, posting(PUBLIC, resolve=Resolver(*answers)) as poster:
        outcome = await send(poster, "https://partner.example/", PUBLIC)
        assert (outcome.status, outcome.error) == (None, "address_refused")
        assert (poster.connects, receiver.connections) == (0, 0)


async def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once_for_a_connection(
    monkeypatch,
):
    """Rebinding: public when it is checked, loopback when it is connected to. There is no second
    question: the connection goes to what was checked."""
    connected = []

    async def connect(factory, host, port, **more):
        connected.append((host, port, more["server_hostname"]))
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", connect)
    resolver = Resolver(["93.184.216.34"], ["127.0.0.1"])
    async with posting(PUBLIC, resolve=resolver) as poster:
        first = await send(poster, "https://partner.example/", PUBLIC)
        assert first.error == "connection"
        assert connected == [("93.184.216.34", 443, "partner.example")]
        assert len(resolver.asked) == 1
        second = await send(poster, "https://partner.example/", PUBLIC)
        assert second.error == "address_refused"
        assert len(connected) == 1


async def test_without_the_control_the_inside_would_be_connected_to(monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "webhook_address", lambda *args: None)
    async with posting(PUBLIC, resolve=Resolver(["127.0.0.1"])) as poster:
        outcome = await send(poster, "https://partner.example/", PUBLIC)
        assert poster.connects == 1
        assert outcome.error != "address_refused"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_failures_and_not_followed(status):
    async with receiving() as inside:
        told = f"HTTP/1.1 {status} Moved\r\nlocation: {inside.url()}\r\ncontent-length: 0\r\n\r\n"
        async with receiving(lambda got: told.encode()) as receiver, posting() as poster:
            outcome = await send(poster, receiver.url())
        assert (outcome.status, outcome.taken) == (status, False)
        assert inside.connections == 0


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        (b"HTTP/1.1 202 Accepted\r\nconnection: close\r\n\r\n", 202, None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, None),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, None),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + OK, 200, None),
        (b"HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nuntil the end", 200, None),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", 500, None),
        (
            b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            None,
            "bad_answer",
        ),
        (b"SSH-2.0-OpenSSH_9.0\r\n", None, "bad_answer"),
        (b"220 mail.example ESMTP\r\n", None, "bad_answer"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", None, "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * (HEAD_MOST + 1), None, "answer_too_large"),
        (b"HTTP/1.1 200 OK\r\nx: y\r\nconnection: close", None, "bad_answer"),
    ],
)
async def test_answers_are_judged_by_their_status(answer, status, error):
    async with receiving(lambda got: answer) as receiver, posting() as poster:
        outcome = await send(poster, receiver.url())
        assert (outcome.status, outcome.error) == (status, error)


async def test_of_a_body_64_kib_are_read():
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n" + b"x" * (4 * BODY_MOST)
    async with receiving(lambda got: endless) as receiver, posting() as poster:
        outcome = await send(poster, receiver.url())
        assert outcome.taken
        await send(poster, receiver.url())
        assert receiver.connections == 2  # the first one was closed, unread


async def test_silence_ends_with_the_time_for_the_whole():
    short = replace(LOOPBACK, whole_s=0.05)
    async with receiving(lambda got: None) as receiver, posting(short) as poster:
        outcome = await send(poster, receiver.url())
        assert (outcome.status, outcome.error) == (None, "timeout")
        assert outcome.latency_ms >= 40


async def test_a_connection_that_was_closed_meanwhile_is_replaced():
    async with receiving() as receiver, posting() as poster:
        await send(poster, receiver.url())
        ((kept,),) = poster._kept.values()
        lost = asyncio.get_running_loop().create_future()
        kept.connection_lost, before = (
            lambda error: (before(error), lost.set_result(None)),
            (kept.connection_lost),
        )
        kept._transport.abort()
        await lost
        assert (await send(poster, receiver.url())).taken
        assert receiver.connections == 2


async def test_nobody_there_is_an_outcome():
    async with receiving() as receiver:
        url = receiver.url()
    async with posting() as poster:
        assert (await send(poster, url)).error == "connection"


async def test_tls_is_checked_against_the_name(tmp_path: Path):
    write_certificate(tmp_path / "tls", owner=server_account())
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "tls" / "server.crt", tmp_path / "tls" / "server.key")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "tls" / "server.crt"))
    names = []
    serving.sni_callback = lambda sock, name, context: names.append(name)
    local = Resolver(["127.0.0.1"])
    async with receiving(ssl=serving) as receiver:
        url = f"https://localhost:{receiver.port}/"
        async with posting(tls=trusting, resolve=local) as poster:
            assert (await send(poster, url)).status == 200
        assert names == ["localhost"]
        async with posting(resolve=local) as poster:  # nobody vouches for it
            assert (await send(poster, url)).error == "certificate"
        rules = replace(LOOPBACK.rules, loopback=frozenset({"other"}))
        other = replace(LOOPBACK, rules=rules)
        async with posting(other, tls=trusting, resolve=local) as poster:
            outcome = await send(poster, f"https://other:{receiver.port}/", other)
            assert outcome.error == "certificate"
        assert len(receiver.received) == 1
