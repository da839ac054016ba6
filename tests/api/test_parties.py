"""Parties, links, consents, and the sandbox's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enscene.kernel.clock import format_time, parse_time


async def test_a_new_diner_is_enrolled_linked_and_eats(world):
    answer = await world.bank.put("/v1/canteen/parties/dan", {"role": "diner", "name": "丹"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"party": "dan", "role": "diner", "bound_to": None}
    body = {"to": "acme"}
    assert (await world.bank.put("/v1/canteen/links/works_for/dan", body)).status_code == 200
    await world.top_up("dan", "20.00")
    assert (await world.meal("T1", "dan")).status_code == 200
    assert await world.balance("wallet", "dan") == "8.00"


async def test_once_for_its_key(world):
    path = "/v1/canteen/parties/dan"
    first = await world.bank.put(path, {"role": "diner"}, key="k")
    again = await world.bank.put(path, {"role": "diner"}, key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    for other, body in (
        (path, {"role": "sponsor"}),
        ("/v1/canteen/parties/eve", {"role": "diner"}),
    ):
        answer = await world.bank.put(other, body, key="k")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_reused")
    answer = await world.bank.put(path, {"role": "diner"}, headers={"idempotency-key": ""})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.missing_key")


async def test_a_partner_enrols_persons_and_its_own_devices_only(world):
    hall = world.hall
    attempts = [
        ("p1", {"role": "diner"}, 200),
        ("d1", {"role": "terminal", "bound_to": "hall"}, 200),
        ("d2", {"role": "terminal", "bound_to": "other_hall"}, 403),
        ("d3", {"role": "terminal"}, 403),
        ("m1", {"role": "canteen"}, 403),
        ("hall", {"role": "bank"}, 403),
        ("hall", {"role": "diner"}, 409),
        ("p2", {"role": "nothing"}, 400),
        ("p2", {"role": "diner", "extra": 1}, 400),
        ("p2", {}, 400),
        ("p2", {"role": 1}, 400),
        ("p%20x", {"role": "diner"}, 404),
    ]
    for ref, body, status in attempts:
        answer = await hall.put(f"/v1/canteen/parties/{ref}", body)
        assert answer.status_code == status, (ref, body, answer.text)
    answer = await hall.put("/v1/canteen/links/works_for/ann", {"to": "acme"})
    assert (answer.status_code, answer.json()["code"]) == (403, "party.not_own")


async def test_links_join_who_is_there(world):
    for path, body, status in (
        ("works_for/ann", {"to": "nobody"}, 404),
        ("works_for/nobody", {"to": "acme"}, 404),
        ("works_for/ann", {"to": "hall"}, 404),
        ("nothing/ann", {"to": "acme"}, 404),
        ("works_for/ann", {}, 400),
    ):
        answer = await world.bank.put(f"/v1/canteen/links/{path}", body)
        assert answer.status_code == status, (path, answer.text)


async def test_a_person_gives_and_withdraws_its_own_consent(world):
    path = "/v1/canteen/consents/ann/balance"
    for granted in (True, False):
        answer = await world.h5.put(path, {"granted": granted}, party="ann")
        assert answer.json() == {"party": "ann", "item": "balance", "granted": granted}
    for actor, other, status in (
        ("bob", path, 403),
        (None, path, 403),
        ("ann", "/v1/canteen/consents/ann/nothing", 404),
    ):
        answer = await world.h5.put(other, {"granted": True}, party=actor)
        assert answer.status_code == status
    answer = await world.h5.put(path, {"granted": "yes"}, party="ann")
    assert (answer.status_code, answer.json()["param"]) == (400, "granted")


async def test_the_sandbox_clock_moves_forward_only(world):
    clock = "/v1/sandbox/clock"
    now = parse_time((await world.bank.get(clock)).json()["now"])
    tomorrow = format_time(now + timedelta(days=1))
    answer = await world.bank.put(clock, {"now": tomorrow}, key="k")
    assert answer.status_code == 200, answer.text
    assert 86_000 < answer.json()["ahead_s"] <= 86_400
    again = await world.bank.put(clock, {"now": tomorrow}, key="k")
    assert again.headers["idempotency-replayed"] == "true"
    back = await world.bank.put(clock, {"now": format_time(now)})
    assert (back.status_code, back.json()["code"]) == (409, "clock.backwards")
    await world.top_up("ann", "5.00")
    entry = (await world.h5.get("/v1/canteen/accounts/wallet/ann/entries", party="ann")).json()
    assert parse_time(entry["data"][0]["at"]) >= now + timedelta(days=1)
    # Tokens live in real time.
    assert (await world.h5.ask_token()).status_code == 200


@pytest.mark.parametrize("now", ["", "tomorrow", "2026-11-22", 0, None, "9999-12-31T00:00:00Z"])
async def test_a_moment_has_a_form(world, now):
    answer = await world.bank.put("/v1/sandbox/clock", {"now": now})
    assert answer.status_code == 400


async def test_the_clock_needs_its_scope_and_a_sandbox(world):
    answer = await world.h5.get("/v1/sandbox/clock")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")
    await world.pool.execute("update tenant set sandbox = false")
    answer = await world.bank.put("/v1/sandbox/clock", {"now": "2030-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (403, "clock.not_sandbox")
