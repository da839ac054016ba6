"""Asking in one's own words over the open API: led to a service of the scene, or to a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.partner import make_partner
from enscene.commit import admit
from enscene.customers.erasure.store import blank_said
from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        yield found


async def ask(lending: Lending, said: str, rest: str = "", **more: Any) -> Any:
    return await lending.app.post(f"/v1/travel/asking{rest}", {"say": said}, party="ann", **more)


async def test_a_need_leads_to_the_service_that_meets_it(lending: Lending) -> None:
    told = (await ask(lending, "附近有什么优惠")).json()
    assert (told["to"], told["service"]["name"], told["service"]["kind"]) == (
        "service", "nearby", "query",
    )  # fmt: skip
    assert told["service"]["title"] == {"zh": "周边优惠", "en": "Offers nearby"}
    assert (await ask(lending, "cancel my booking please")).json()["service"]["name"] == (
        "cancel_booking"
    )
    assert await lending.sql("select from staff_task") == []


async def test_what_no_service_meets_leads_to_a_person(lending: Lending) -> None:
    told = (await ask(lending, "我的卡被盗刷了")).json()
    assert (told["to"], told["service"], told["others"]) == ("person", None, [])


async def test_a_role_is_led_only_to_what_it_may_call(lending: Lending) -> None:
    answer = await lending.site.post(
        "/v1/travel/asking", {"say": "取消预订"}, headers={"acting-role": "site"}
    )
    assert answer.status_code == 200, answer.text
    led = answer.json()["service"]
    actions = (await lending.trip.host.scene(lending.trip.tenant.id, "travel")).pack.actions
    assert led is None or "site" in actions[led["name"]].by


async def test_a_person_is_asked_for_once(lending: Lending) -> None:
    first, second = await asyncio.gather(
        ask(lending, "请回电话", "/person"), ask(lending, "请回电话", "/person")
    )
    assert first.status_code == second.status_code == 200, (first.text, second.text)
    assert first.json()["task"] == second.json()["task"]
    rows = await lending.sql("select kind, reason, state, staff from staff_task")
    assert [(row["kind"], row["reason"], row["state"]) for row in rows] == [
        ("call_back", "请回电话", "open"),
    ]
    other = await ask(lending, "另一件事", "/person")
    assert other.json()["task"] != first.json()["task"]


async def test_the_same_key_asks_the_same_person(lending: Lending) -> None:
    first = await ask(lending, "请回电话", "/person", key="ask-1")
    again = await ask(lending, "请回电话", "/person", key="ask-1")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    reused = await ask(lending, "改了", "/person", key="ask-1")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency.key_reused")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "say"),
        ({"say": ""}, "say"),
        ({"say": "   "}, "say"),
        ({"say": "长" * 201}, "say"),
        ({"say": 5}, "say"),
        ({"say": "好", "to": "pay"}, "to"),
    ],
)
@pytest.mark.parametrize("rest", ["", "/person"])
async def test_what_is_not_a_phrase_is_refused(
    lending: Lending, body: Any, param: str, rest: str
) -> None:
    answer = await lending.app.post(f"/v1/travel/asking{rest}", body, party="ann")
    assert (answer.status_code, answer.json()["param"]) == (400, param), answer.text
    assert await lending.sql("select from staff_task") == []


async def test_the_scope_is_asking(lending: Lending) -> None:
    trip = lending.trip
    stranger = await make_partner(
        trip.pool, lending.gateway, trip.tenant, "stranger",
        scopes=["scene:travel:nearby"], level="A2",
    )  # fmt: skip
    answer = await stranger.post("/v1/travel/asking", {"say": "附近"}, party="ann")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")


async def test_other_paths_and_methods(lending: Lending) -> None:
    assert (await lending.app.get("/v1/travel/asking", party="ann")).status_code == 405
    answer = await lending.app.post("/v1/travel/asking/machine", {"say": "x"}, party="ann")
    assert answer.status_code == 404


async def test_what_was_said_goes_with_an_erasure(lending: Lending) -> None:
    await ask(lending, "我叫安，电话 13912345678", "/person")
    trip = lending.trip
    rows = await lending.sql("select id from party where ref = 'ann'")
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await blank_said(connection, trip.tenant.id, rows[0][0])
    assert [row["reason"] for row in await lending.sql("select reason from staff_task")] == [""]
