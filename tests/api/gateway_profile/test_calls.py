"""Calls of the gateway: the same acts, permissions, refusals and limits as behind `/v1`."""

from __future__ import annotations

import inspect
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from api.gateway_profile.caller import (
    RSA,
    STRANGER,
    Calling,
    beijing,
    checked,
    registered,
    sign,
    text_of,
)
from api.partner import ISSUER
from enscene.api import ApiSettings, create_app
from enscene.api.gateway_profile import sm2
from enscene.kernel import controls
from enscene.tenants.apps import ActsFor, suspend_app

Make = Callable[..., Calling]
KINDS = ["RSA2", pytest.param("SM2", marks=pytest.mark.skipif(
    not sm2.is_served(), reason="there is no library of SM2 for this machine"))]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
async def test_a_call_is_done_and_its_answer_is_signed(
    world: Any, call: Make, kind: str, as_json: bool
) -> None:
    before = await world.balance("wallet", "ann")
    one = call(sign_type=kind, as_json=as_json)
    given = one.made()
    told = await one.send(given)
    assert (told["code"], told["msg"]) == ("10000", "成功")
    assert told["msg_id"] == given["msg_id"]
    assert json.loads(told["biz_content"])["seq"] > 0
    assert await world.balance("wallet", "ann") != before
    keys = (await one.partner.http.get("/gateway/keys")).json()["keys"]
    assert told["sign_type"] == kind
    assert checked(told, keys)
    assert not checked(told | {"biz_content": "{}"}, keys) if kind == "SM2" else True


async def test_what_was_done_is_what_v1_would_have_done(world: Any, call: Make) -> None:
    told = json.loads((await call().send())["biz_content"])
    plain = (await world.meal("plain")).json()
    assert told.keys() == plain.keys()
    events = (await world.bank.get("/v1/canteen/events")).json()["data"]
    own = [each for each in events if each["seq"] in (told["seq"], plain["seq"])]
    assert len(own) == 2
    assert own[0].keys() == own[1].keys()


async def test_a_message_is_done_once(world: Any, call: Make) -> None:
    first = call(parameters={"msg_id": "once", "timestamp": beijing(time.time() - 5)})
    given = first.made()
    told = await first.send(given)
    after = await world.balance("wallet", "ann")
    again = await call(content=given["biz_content"], parameters={"msg_id": "once"}).send()
    assert (again["code"], again.get("replayed")) == ("10000", "true")
    assert again["biz_content"] == told["biz_content"]
    other = await call(parameters={"msg_id": "once"}).send()
    assert (other["code"], other["sub_code"]) == ("40004", "idempotency.key_reused")
    assert await world.balance("wallet", "ann") == after


async def test_a_query_is_asked_for_whom_the_application_acts(world: Any) -> None:
    await world.top_up("ann", "33.00")
    acts = [ActsFor("canteen", "diner")]
    app = await world.partner("mini_program", party="BANK", **registered(acts_for=acts))
    asking = Calling(app, "canteen.wallet_balance", {}, parameters={"acting_party": "ann"})
    told = await asking.send()
    assert told["code"] == "10000", told
    plain = await world.h5.post("/v1/canteen/queries/wallet_balance", {}, party="ann")
    assert json.loads(told["biz_content"]).keys() == plain.json().keys()
    assert "33.00" in told["biz_content"]
    assert world.gateway.reads._counts, "asking is metered"
    for more in ({"notify_url": "https://example.com/"}, {"acting_party": "hall"}):
        told = await Calling(app, "canteen.wallet_balance", {}, parameters=more).send()
        assert told["code"] in ("40002", "40006"), told


async def test_refusals_are_told_in_chinese_with_the_code_of_v1(world: Any, call: Make) -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"content": {"ticket": "t1"}}, "40002", "invalid.missing_field"),
        ({"content": "not json"}, "40002", "json.malformed"),
        ({"content": {"ticket": "t2", "diner": "nobody", "price": "1.00"}}, "40004", ""),
        ({"content": {"ticket": "t3", "diner": "ann", "price": "-1.00"}}, "40002", ""),
        ({"method": "nowhere.pay"}, "40006", "auth.scope"),
        ({"method": "canteen.no_such_action"}, "40004", "scene.no_action"),
        ({"parameters": {"acting_party": "ann"}}, "40006", "auth.no_grant"),
    ]
    for bent, code, sub_code in cases:
        told = await call(**bent).send()
        assert told["code"] == code, told
        assert not sub_code or told["sub_code"] == sub_code, told
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told["msg"])
        assert "sign" in told
    # A rule of the scene itself: what v1 refuses with 422.
    poor = {"ticket": "t9", "diner": "bob", "price": "400.00"}
    refused = await world.till.act("canteen", "pay_by_code", poor)
    told = await call(content=poor | {"ticket": "t10"}).send()
    assert refused.status_code == 422
    assert (told["code"], told["sub_code"]) == ("40004", refused.json()["code"])
    assert told["sub_msg"] == "超过当日消费限额"


async def test_what_is_malformed_is_refused_before_anybody_is_looked_for(
    world: Any, call: Make
) -> None:
    for name in ("app_id", "method", "timestamp", "msg_id", "charset", "sign_type", "biz_content"):
        told = await call(parameters={name: None}).send()
        assert (told["code"], told["sub_code"]) == ("40001", "gateway.missing_parameter"), name
        assert told["param"] == name
    assert (await call(after={"sign": None}).send())["code"] == "40001"
    for name, value in (
        ("charset", "gbk"), ("format", "xml"), ("version", "2.0"), ("msg_id", "a b"),
        ("msg_id", "x" * 65), ("timestamp", "20260101120000"), ("timestamp", "2026-13-01 00:00:00"),
        ("timestamp", "2026-01-01T00:00:00"), ("method", "pay"), ("method", "a.b/c"),
        ("biz_content", "\x00{}"), ("acting_party", "安"),
    ):  # fmt: skip
        told = await call(parameters={name: value}).send()
        assert (told["sub_code"], told["param"]) == ("gateway.bad_parameter", name), told
    told = await call(parameters={"colour": "red"}).send()
    assert told["sub_code"] == "gateway.unknown_parameter"


@pytest.mark.parametrize(
    ("kind", "body", "sub_code"),
    [
        ("application/x-www-form-urlencoded", b"a=1&a=2", "gateway.bad_form"),
        ("application/x-www-form-urlencoded", b"%ff=1", "gateway.bad_form"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 99), "gateway.bad_form"),
        ("application/x-www-form-urlencoded", "app_id=安".encode(), "gateway.bad_form"),
        ("application/json", b'{"app_id": 1}', "gateway.bad_parameter"),
        ("application/json", b'{"app_id": "a", "app_id": "b"}', "json.duplicate_key"),
        ("application/json", b"[]", "json.not_an_object"),
        ("text/plain", b"", "http.media_type"),
        ("application/json", b"{" * 100, "json.too_deep"),
        ("application/json", b'{"a":"' + b"x" * 1_000_001 + b'"}', "http.too_large"),
    ],
)
async def test_bodies_that_are_none(
    world: Any, gateway_till: Any, kind: str, body: bytes, sub_code: str
) -> None:
    answer = await gateway_till.http.post("/gateway", content=body, headers={"content-type": kind})
    assert answer.status_code == 200
    assert answer.json()["sub_code"] == sub_code
    assert "sign" not in answer.json(), "a stranger's mistake costs no signature"


async def test_other_methods_and_places_are_not_served(world: Any, gateway_till: Any) -> None:
    http = gateway_till.http
    assert (await http.get("/gateway")).status_code == 405
    assert (await http.post("/gateway/keys")).status_code == 405
    assert (await http.post("/gateway/other")).status_code == 404


# What is wrong with a call, by the control that finds it.


async def _old(call: Make) -> str:
    return await _sub(call(parameters={"timestamp": beijing(time.time() - 62)}))


async def _of_the_future(call: Make) -> str:
    return await _sub(call(parameters={"timestamp": beijing(time.time() + 65)}))


async def _stranger(call: Make) -> str:
    return await _sub(call(key=STRANGER))


async def _bent(call: Make) -> str:
    other = json.dumps({"ticket": "bent", "diner": "ann", "price": "1.00"})
    return await _sub(call(after={"biz_content": other}))


async def _other_message(call: Make) -> str:
    return await _sub(call(after={"msg_id": "another"}))


async def _other_kind(call: Make) -> str:
    return await _sub(call(after={"sign_type": "RSA"}))


async def _no_signature(call: Make) -> str:
    return await _sub(call(sign="AAAA"))


async def _no_base64(call: Make) -> str:
    return await _sub(call(sign="*"))


async def _again(call: Make) -> str:
    one = call()
    given = one.made()
    assert (await one.send(given))["code"] == "10000"
    return (await one.send(given)).get("sub_code", "")


async def _again_as_json(call: Make) -> str:
    one = call()
    given = one.made()
    assert (await one.send(given))["code"] == "10000"
    one.as_json = True
    return (await one.send(given)).get("sub_code", "")


async def _sub(one: Calling) -> str:
    return (await one.send()).get("sub_code", "")


WRONG: dict[str, tuple[str, list[Callable[[Make], Awaitable[str]]]]] = {
    "gateway_time": ("gateway.timestamp", [_old, _of_the_future]),
    "gateway_sign": (
        "gateway.sign",
        [_stranger, _bent, _other_message, _other_kind, _no_signature, _no_base64],
    ),
    "gateway_once": ("gateway.replayed", [_again, _again_as_json]),
}
CASES = [(control, number) for control, (_, tried) in WRONG.items() for number in range(len(tried))]


def switch_off(control: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check = controls._CONTROLS[control]

    async def nothing_later(*args: Any, **kwargs: Any) -> None:
        """As if there were no such control."""

    def nothing(*args: Any, **kwargs: Any) -> None:
        """The same for one that nobody waits for."""

    off = nothing_later if inspect.iscoroutinefunction(check) else nothing
    monkeypatch.setitem(controls._CONTROLS, control, off)


@pytest.mark.parametrize(("control", "number"), CASES)
async def test_what_is_wrong_is_refused(world: Any, call: Make, control: str, number: int) -> None:
    code, tried = WRONG[control]
    assert await tried[number](call) == code


@pytest.mark.parametrize(("control", "number"), CASES)
async def test_without_its_control_it_would_be_let_through(
    world: Any, call: Make, control: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_off(control, monkeypatch)
    assert await WRONG[control][1][number](call) == ""


async def test_who_is_not_registered_for_the_gateway_is_refused(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.top_up("ann", "50.00")
    other = await world.partner("other_till", party="till", **registered(signing="none"))
    assert await _sub(Calling(other)) == "gateway.profile"
    switch_off("gateway_profile", monkeypatch)
    assert await _sub(Calling(other)) == ""


def test_every_control_is_switched_off_by_a_test() -> None:
    held = {
        name
        for name, check in controls._CONTROLS.items()
        if check.__module__.startswith("enscene.api.gateway_profile.")
    }
    assert held == {*WRONG, "gateway_profile"}


async def test_nobody_else_is_let_in(world: Any, call: Make, gateway_till: Any) -> None:
    for name in ("bank.nobody", "nobank.till", "", "bank", "bank.gateway_till ", "安"):
        told = await call(parameters={"app_id": name}).send()
        assert told["sub_code"] in ("gateway.unknown_app", "gateway.missing_parameter"), told
        assert "sign" not in told
    await suspend_app(world.pool, gateway_till.app)
    world.gateway.access._named.clear()
    told = await call().send()
    assert (told["code"], told["sub_code"]) == ("40006", "auth.suspended")


async def test_the_name_of_an_application_is_no_token(world: Any, gateway_till: Any) -> None:
    await Calling(gateway_till).send()
    for header in (gateway_till.app.client_id, f"Bearer {gateway_till.app.client_id}"):
        answer = await gateway_till.get("/v1/scenes", headers={"authorization": header})
        assert answer.status_code == 401


async def test_an_application_of_level_a1_does_nothing_with_money(world: Any) -> None:
    small = await world.partner("small", party="till", **registered(level="A1"))
    told = await Calling(small).send()
    assert (told["code"], told["sub_code"]) == ("40006", "auth.level")


async def test_its_rate_is_that_of_the_application(world: Any) -> None:
    slow = await world.partner("slow", party="till", **registered(rate=1, burst=2))
    codes = [(await Calling(slow, content={}).send())["sub_code"] for _ in range(3)]
    assert codes[2] == "unavailable.rate"
    plain = await slow.get("/v1/scenes")
    assert plain.status_code == 429, "the same bucket"


async def test_an_rsa_key_that_is_for_something_else_signs_no_call(world: Any) -> None:
    for alg, code in (("PS256", "gateway.sign"), ("RS256", "")):
        jwk = RSA.as_dict(private=False) | {"alg": alg}
        app = await world.partner(f"till_{alg.lower()}", party="till", **registered(jwks=[jwk]))
        await world.top_up("ann", "20.00")
        assert await _sub(Calling(app)) == code


async def test_an_answer_is_good_for_nothing_as_a_request(world: Any, call: Make) -> None:
    one = call()
    told = await one.send()
    sent = {name: value for name, value in told.items() if name not in ("code", "msg", "key_id")}
    assert (await one.send(sent))["code"] != "10000"


def test_what_is_signed_is_sorted_and_leaves_out_what_is_empty() -> None:
    given = {"b": "2", "a": "1&x=y", "sign": "s", "c": "", "sign_type": "RSA2"}
    assert text_of(given) == b"a=1&x=y&b=2&sign_type=RSA2"
    assert sign(text_of(given), "RSA2")


async def test_another_process_knows_what_was_sent(world: Any, call: Make) -> None:
    other = create_app(world.host, world.pool, ApiSettings(issuer=ISSUER))
    one = call()
    given = one.made()
    assert (await one.send(given))["code"] == "10000"
    transport = httpx.ASGITransport(other, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        again = (await http.post("/gateway", data=given)).json()
        assert again["sub_code"] == "gateway.replayed"
        keys = (await http.get("/gateway/keys")).json()["keys"]
        assert checked(again, keys), "signed by the same key of the bank"
    await other.close()


async def test_what_goes_wrong_here_is_told_in_the_words_of_the_gateway(
    world: Any, call: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, code in ((RuntimeError("x"), "internal"), (OSError("x"), "unavailable.database")):

        async def broken(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(type(world.host), "perform", broken)
            told = await call().send()
        assert told["code"] == "20000"
        assert told["sub_code"].startswith(code.partition(".")[0]), told
        assert "sign" in told


async def test_nothing_can_be_moved_from_one_parameter_to_the_next(world: Any, call: Make) -> None:
    """The text that is signed does not say where a value ends: what a parameter may be does."""
    one = call(
        parameters={
            "acting_party": "till", "acting_role": "terminal", "format": "JSON", "version": "1.0",
            "notify_url": "https://example.com/?a=1",
        }
    )  # fmt: skip
    given = one.made()
    before = await world.balance("wallet", "ann")
    names = sorted(set(given) - {"sign"})
    for name, following in itertools.pairwise(names):
        merged = given | {name: f"{given[name]}&{following}={given[following]}"}
        del merged[following]
        assert text_of(merged) == text_of(given), "the same signature holds"
        told = await one.send(merged)
        assert told["code"] != "10000", (name, told)
    assert await world.balance("wallet", "ann") == before
    assert (await call(parameters=one.parameters).send())["code"] == "10000"


async def test_without_its_library_sm2_is_not_served(
    world: Any, call: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sm2, "is_served", lambda: False)
    one = call()
    told = await one.send(one.made() | {"sign_type": "SM2"})
    assert (told["sub_code"], told["param"]) == ("gateway.sign", "sign_type")
    keys = (await one.partner.http.get("/gateway/keys")).json()["keys"]
    assert [key["sign_type"] for key in keys] == ["RSA2"]
    assert checked(told, keys)
    assert (await call().send())["code"] == "10000"
