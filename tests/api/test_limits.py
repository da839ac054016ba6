"""Limits: bodies, headers, rate, the queue; and that nothing is ever a stack trace."""

from __future__ import annotations

import asyncio

import pytest

from api.partner import ISSUER, Partner
from enscene.api import ApiSettings, create_app
from enscene.kernel import controls
from enscene.kernel.errors import Unavailable

PAY = "/v1/canteen/actions/pay_by_code"


async def chunks(total, size=65_536):
    """A body in pieces, of no declared length."""
    for _ in range(0, total, size):
        yield b" " * size


async def test_a_body_has_at_most_a_megabyte(world):
    answer = await world.till.post(PAY, content=b" " * 1_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "http.too_large")
    answer = await world.till.send("POST", PAY, content=chunks(2_000_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "http.too_large")
    answer = await world.till.post(PAY, content=b" " * 1_000_000)
    assert (answer.status_code, answer.json()["code"]) == (400, "json.malformed")
    body = b"client_assertion=" + b"x" * 1_000_001
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await world.till.http.post("/oauth/token", content=body, headers=form)
    assert answer.status_code == 413


async def test_a_body_in_pieces_is_one_body(world):
    async def pieces():
        for piece in (b'{"amou', b'nt": "5', b'.00"}', b""):
            yield piece

    path = "/v1/canteen/actions/top_up"
    answer = await world.h5.send("POST", path, content=pieces(), party="ann")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("application/json; charset=gbk", 415),
        ("text/json", 415),
        ("text/plain", 415),
        ("application/jsonx", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
async def test_the_content_type_is_checked(world, kind, status):
    answer = await world.h5.act(
        "canteen", "top_up", {"amount": "1.00"}, party="ann", headers={"content-type": kind}
    )
    assert answer.status_code == status


async def test_an_application_has_its_rate(world):
    slow = await world.partner("slow", party="BANK", rate=1, burst=3, scopes=["scene:canteen:*"])
    answers = [await slow.get("/v1/scenes") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["code"] == "unavailable.rate"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert (await world.h5.get("/v1/scenes")).status_code == 200


async def test_beyond_the_bound_one_is_told_to_come_again(world):
    settings = ApiSettings(issuer=ISSUER, in_flight_most=4)
    small = Partner(create_app(world.host, world.pool, settings), world.h5.app, world.h5.token)
    sends = (
        small.act("canteen", "top_up", {"amount": "1.00"}, party="ann", key=f"k{n}")
        for n in range(40)
    )
    answers = await asyncio.gather(*sends)
    busy = [answer for answer in answers if answer.status_code == 429]
    done = [answer for answer in answers if answer.status_code == 200]
    assert busy, [answer.text for answer in answers][:3]
    assert len(busy) + len(done) == 40
    assert all(answer.headers["retry-after"] == "1" for answer in busy)
    assert all(answer.json()["code"] == "unavailable.busy" for answer in busy)
    assert await world.balance("wallet", "ann") == f"{len(done)}.00"


async def test_a_full_queue_of_the_write_path_is_429(world, monkeypatch):
    async def full(call):
        raise Unavailable("too many requests are waiting", code="unavailable.busy")

    monkeypatch.setattr(world.host, "perform", full)
    answer = await world.h5.act("canteen", "top_up", {"amount": "1.00"}, party="ann")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_an_unknown_error_tells_nothing_but_where_to_ask(world, monkeypatch, caplog):
    async def broken(call):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(world.host, "perform", broken)
    answer = await world.h5.act(
        "canteen", "top_up", {"amount": "1.00"}, party="ann", headers={"x-request-id": "r-1"}
    )
    assert answer.status_code == 500
    assert answer.json()["request_id"] == "r-1"
    assert "secret" not in answer.text
    assert "r-1" in caplog.text
    assert "secret of the house" in caplog.text


@pytest.mark.parametrize("given", ["abc-1", "A.b_c-9", "x" * 64])
async def test_a_request_id_is_taken_over(world, given):
    answer = await world.h5.get("/v1/scenes", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["a b", "x" * 65, "<x>", "ä"])
async def test_or_made_when_it_has_no_form(world, given):
    headers = {"x-request-id": given.encode("latin-1")}
    answer = await world.h5.get("/v1/scenes", headers=headers)
    made = answer.headers["x-request-id"]
    assert made
    assert made != given


async def test_every_answer_is_guarded(world):
    for answer in (
        await world.h5.get("/v1/scenes"),
        await world.h5.get("/nothing"),
        await world.h5.http.get("/docs"),
        await world.h5.http.get("/health/live"),
    ):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers


async def test_a_header_that_counts_stands_once(world):
    for name in ("authorization", "idempotency-key", "acting-party"):
        headers = [
            ("authorization", f"Bearer {world.h5.token}"),
            ("idempotency-key", "k"),
            ("acting-party", "ann"),
            ("content-type", "application/json"),
            (name, "second"),
        ]
        path = "/v1/canteen/actions/top_up"
        answer = await world.h5.http.post(path, content=b'{"amount":"1.00"}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "http.duplicate_header")


async def test_health(world):
    assert (await world.h5.http.get("/health/live")).json() == {"status": "live"}
    assert (await world.h5.http.get("/health/ready")).json() == {"status": "ready"}
    assert (await world.h5.http.post("/health/live")).status_code == 405


async def test_not_ready_without_a_database(world, monkeypatch):
    class Broken:
        async def fetchval(self, query):
            raise ConnectionRefusedError

    monkeypatch.setattr(world.gateway, "_pool", Broken())
    answer = await world.h5.http.get("/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable.database")
    assert answer.headers["retry-after"]
    assert (await world.h5.http.get("/health/live")).status_code == 200


async def test_without_its_control_an_application_has_no_rate(world, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "request_rate", lambda wait_s: None)
    with pytest.raises(AssertionError, match="429"):
        await test_an_application_has_its_rate(world)
