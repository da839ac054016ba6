"""A code is good once, for a moment, for one partner at one origin, and tells nobody's name."""

from __future__ import annotations

import asyncio
import json

import pytest

from enscene.kernel import controls


@pytest.fixture
async def shop(outside):
    found = await outside.partner("外卖")
    await found.agree()
    return found


async def test_a_code_tells_a_pseudonym_that_stays_the_same(outside, shop):
    entry = await shop.entry()
    one, two, bob = [await shop.came(entry, who) for who in ("ann", "ann", "bob")]
    assert one["person"] == two["person"] != bob["person"]
    assert one["visit"] != two["visit"]
    told = json.dumps(one)
    for secret in ("ann", str(outside.people["ann"])):
        assert f'"{secret}"' not in told
    assert sorted(one) == ["at", "entry", "language", "person", "visit"]


async def test_partners_know_the_same_customer_by_other_names(outside, shop):
    taxi = await outside.partner("出租车")
    await taxi.agree()
    own = await shop.came(await shop.entry())
    other = await taxi.came(await taxi.entry(class_="taxi"))
    assert own["person"] != other["person"]
    answer = await taxi.tell("t-1", other | {"person": own["person"], "visit": None}, "placed")
    assert (answer.status_code, answer.json()["code"]) == (404, "brought_in.no_person")


async def bad(answer):
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["code"] == "brought_in.bad_code"
    return {k: v for k, v in problem.items() if k != "request_id"}


async def test_replayed_foreign_and_old_codes_are_refused_with_one_answer(outside, shop):
    entry = await shop.entry()
    taxi = await outside.partner("出租车")
    code = await shop.led(entry)
    said = [await bad(await taxi.exchange(code))]
    said.append(await bad(await shop.exchange(code, "https://evil.example")))
    assert (await shop.exchange(code)).status_code == 200
    said.append(await bad(await shop.exchange(code)))
    said.append(await bad(await shop.exchange("x" * 43)))
    old = await shop.led(entry)
    await outside.sql(
        "update brought_in_visit set expires_at = clock_timestamp() where arrived_at is null"
    )
    said.append(await bad(await shop.exchange(old)))
    assert all(each == said[0] for each in said)


async def test_of_twenty_at_once_one_gets_in(shop):
    code = await shop.led(await shop.entry())
    answers = await asyncio.gather(*[shop.exchange(code) for _ in range(20)])
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19


async def test_whoever_is_no_live_partner_brings_nothing_in(outside, shop):
    entry = await shop.entry()
    code = await shop.led(entry)
    await outside.sql("update partner set stage = 'suspended' where id = $1", shop.id)
    answer = await shop.exchange(code)
    assert (answer.status_code, answer.json()["code"]) == (404, "brought_in.no_partner")
    for path in ("entries", "orders"):
        assert (await shop.app.get(f"/v1/brought-in/{path}")).status_code == 404


async def test_the_code_control_off_lets_another_partner_in(outside, shop, monkeypatch):
    taxi = await outside.partner("出租车")
    code = await shop.led(await shop.entry())
    assert (await taxi.exchange(code)).status_code == 400
    monkeypatch.setitem(controls._CONTROLS, "brought_in_code", lambda *_: None)
    assert (await taxi.exchange(code)).status_code == 200


async def test_bad_bodies_are_told_by_field(shop):
    for body, param in [({}, "code"), ({"code": "x"}, "origin"), ({"code": 1, "origin": "x"}, "code"),
                        ({"code": "x", "origin": "x", "more": 1}, "more")]:  # fmt: skip
        answer = await shop.app.post("/v1/brought-in/visits", body)
        assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert (await shop.app.get("/v1/brought-in/visits")).status_code == 405
    assert (await shop.app.get("/v1/brought-in/nothing")).status_code == 404
