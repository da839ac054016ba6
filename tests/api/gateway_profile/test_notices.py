"""`notify_url`: news of what was done, over real HTTP on loopback, signed as answers are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from api.gateway_profile.caller import Calling, beijing, checked
from api.webhooks.receiver import OK, receiving, working
from api.webhooks.test_delivery import FAILED, all_due
from enscene.api.gateway_profile import sm2

Make = Callable[..., Calling]


@pytest.mark.parametrize("kind", ["RSA2", "SM2"])
async def test_news_of_what_was_done_is_signed_and_sent_once(
    world: Any, call: Make, kind: str
) -> None:
    if kind == "SM2" and not sm2.is_served():
        pytest.skip("there is no library of SM2 for this machine")
    async with receiving() as receiver, working(world) as worker:
        one = call(
            sign_type=kind,
            parameters={
                "msg_id": "n1", "notify_url": receiver.url("/notify?shop=7"),
                "timestamp": beijing(time.time() - 5),
            },
        )  # fmt: skip
        given = one.made()
        told = await one.send(given)
        assert told["code"] == "10000", told
        again = await call(
            sign_type=kind, content=given["biz_content"],
            parameters={"msg_id": "n1", "notify_url": receiver.url("/notify?shop=7")},
        ).send()  # fmt: skip
        assert again.get("replayed") == "true"
        await worker.settle()
        (got,) = receiver.received
        assert got.path == "/notify?shop=7"
        news = json.loads(got.body)
        keys = (await one.partner.http.get("/gateway/keys")).json()["keys"]
        assert checked(news, keys)
        done = json.loads(told["biz_content"])
        assert (news["msg_id"], news["seq"], news["code"]) == ("n1", str(done["seq"]), "10000")
        assert (news["method"], news["sign_type"]) == ("canteen.pay_by_code", kind)
        assert "ann" not in got.body.decode(), "news are thin"
        # What else happens is told to nobody who has not asked for it.
        await world.meal("other")
        await worker.settle()
        assert len(receiver.received) == 1


async def test_what_is_not_done_is_told_to_nobody(world: Any, call: Make) -> None:
    async with receiving() as receiver, working(world) as worker:
        told = await call(
            content={"ticket": "x", "diner": "bob", "price": "400.00"},
            parameters={"notify_url": receiver.url()},
        ).send()
        assert told["code"] == "40004"
        await worker.settle()
        assert receiver.received == []


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/", "http://example.com/", "https://[::1]/",
        "https://10.0.0.1/", "ftp://example.com/", "https://metadata.google.internal/", "x",
        "https://user:word@example.com/", "https://example.com:22/",
    ],
)  # fmt: skip
async def test_no_address_inside_is_called_and_nothing_is_done(
    world: Any, call: Make, url: str
) -> None:
    before = await world.balance("wallet", "ann")
    told = await call(parameters={"notify_url": url}).send()
    assert (told["code"], told["sub_code"]) == ("40002", "webhook.bad_url")
    assert told["param"] == "notify_url"
    assert await world.balance("wallet", "ann") == before


async def test_an_application_has_so_many_addresses_and_no_more(world: Any, call: Make) -> None:
    for number in range(20):
        url = f"https://example.com/{number}"
        told = await call(content={"ticket": "a"}, parameters={"notify_url": url}).send()
        assert told["sub_code"] == "invalid.missing_field"
    told = await call(parameters={"notify_url": "https://example.com/20"}).send()
    assert (told["code"], told["sub_code"]) == ("40004", "webhook.too_many")
    told = await call(parameters={"notify_url": "https://example.com/7"}).send()
    assert told["code"] == "10000"


async def test_a_failing_receiver_is_asked_again_with_the_same_news(world: Any, call: Make) -> None:
    said = [FAILED, OK]
    async with receiving(lambda _: said.pop(0)) as receiver, working(world) as worker:
        await call(parameters={"notify_url": receiver.url()}).send()
        await worker.settle()
        await all_due(world)
        await worker.settle()
        first, second = receiver.received
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
