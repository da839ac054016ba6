"""A write is done once for its key, whatever happens to its answer."""

from __future__ import annotations

import asyncio

import pytest

from enscene.api.actions import Running
from enscene.kernel.errors import Conflict

TOP_UP = "/v1/canteen/actions/top_up"


async def test_the_same_request_again_is_answered_and_not_done_again(world):
    first = await world.h5.act("canteen", "top_up", {"amount": "5.00"}, party="ann", key="k")
    again = await world.h5.act("canteen", "top_up", {"amount": "5.00"}, party="ann", key="k")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await world.balance("wallet", "ann") == "5.00"


async def test_another_process_gives_the_same_answer(world):
    from api.partner import ISSUER, Partner
    from enscene.api import ApiSettings, create_app
    from enscene.scenes.runtime import SceneHost

    host = SceneHost(world.pool)
    other = Partner(
        create_app(host, world.pool, ApiSettings(issuer=ISSUER)), world.h5.app, world.h5.token
    )
    first = await world.h5.act("canteen", "top_up", {"amount": "5.00"}, party="ann", key="k")
    again = await other.act("canteen", "top_up", {"amount": "5.00"}, party="ann", key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    await host.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"body": {"amount": "6.00"}}, 422),
        ({"party": "bob"}, 422),
        ({"body": {"amount": 5}}, 400),
    ],
)
async def test_the_key_with_another_request_is_refused(world, change, status):
    good = {"body": {"amount": "5.00"}, "party": "ann", "key": "k"}
    await world.h5.post(TOP_UP, **good)
    answer = await world.h5.post(TOP_UP, **(good | change))
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "idempotency.key_reused"
    assert await world.balance("wallet", "ann") == "5.00"
    assert await world.balance("wallet", "bob") == "0.00"


async def test_invalid_input_keeps_no_answer(world):
    bad = await world.h5.post(TOP_UP, {"amount": "x"}, party="ann", key="k")
    good = await world.h5.post(TOP_UP, {"amount": "5.00"}, party="ann", key="k")
    assert (bad.status_code, good.status_code) == (400, 200)


async def test_keys_of_two_applications_and_of_two_actions_never_meet(world):
    body = {"amount": "5.00"}
    for _ in range(2):
        assert (await world.h5.post(TOP_UP, body, party="ann", key="k")).status_code == 200
    withdrawn = await world.h5.act("canteen", "withdraw", body, party="ann", key="k")
    assert "idempotency-replayed" not in withdrawn.headers
    assert withdrawn.status_code == 200
    menu = {"dish": "D1", "title": "Rice", "price": "1.00", "sold_by": "portion"}
    assert (await world.hall.act("canteen", "offer_dish", menu, key="k")).status_code == 200


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 201, "ключ"])
async def test_a_key_is_needed_and_has_a_form(world, key):
    headers = {"idempotency-key": key.encode()} if key else {"idempotency-key": ""}
    answer = await world.h5.post(TOP_UP, {"amount": "5.00"}, party="ann", headers=headers)
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["code"] == ("idempotency.bad_key" if key else "idempotency.missing_key")
    assert problem["param"] == "Idempotency-Key"
    assert await world.balance("wallet", "ann") == "0.00"


async def test_at_the_same_time_one_is_done_and_the_others_get_its_answer(world):
    answers = await asyncio.gather(
        *(world.h5.post(TOP_UP, {"amount": "5.00"}, party="ann", key="k") for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await world.balance("wallet", "ann") == "5.00"


async def test_different_requests_with_one_key_at_the_same_time(world):
    answers = await asyncio.gather(
        *(world.h5.post(TOP_UP, {"amount": f"{n}.00"}, party="ann", key="k") for n in range(1, 11))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, *[422] * 9]


async def test_a_request_that_waits_too_long_for_the_first_is_told_so():
    running = Running(patience_s=0.0)
    key = (1, "app", "canteen/top_up", "k")
    done = await running.enter(key)
    with pytest.raises(Conflict) as error:
        await running.enter(key)
    assert error.value.code == "idempotency.in_progress"
    running.leave(key, done)
    await running.enter(key)
