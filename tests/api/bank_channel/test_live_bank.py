"""Customers of a live bank see, answer and take back consents in its own app; nobody else does so
for them, nothing is good twice, and every control is needed."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from api.auth.bank import proof
from api.bank_channel.channel import LiveBank, open_live_bank
from api.partner import ISSUER
from api.signatures.signer import EC, STRANGER
from enscene.kernel import controls

SCOPE = "scene:canteen:accounts.read scene:canteen:things.read"
DETAIL = (
    '[{"type":"enscene_consent","scene":"canteen","purpose":"account_view","days":30,'
    '"things":{"meal":["price","diner"]},"accounts":["wallet"]}]'
)


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[LiveBank]:
    async with open_live_bank(pool) as found:
        yield found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_asked_allowed_read_seen_and_withdrawn_by_the_banks_own_app(bank: LiveBank) -> None:
    request = await bank.asked(scope=SCOPE, authorization_details=DETAIL)
    shown = await bank.app.shown(request)
    assert (shown["title"], shown["purpose"], shown["days"]) == ("饭卡助手", "account_view", 30)
    assert (shown["things"], shown["accounts"]) == ({"meal": ["diner", "price"]}, ["wallet"])
    answer = await bank.app.allow(request, bank.app.statement(shown))
    assert answer.status_code == 200, answer.text
    brought = bank.flow.brought(answer.json()["redirect_to"])
    tokens = (await bank.flow.redeem(brought["code"])).json()
    assert (await bank.flow.call(tokens["access_token"])).status_code == 200
    [consent] = (await bank.app.send("GET", "ann/consents")).json()["data"]
    assert (consent["state"], consent["app"], consent["party"]) == ("in_force", "wallet_app", "ann")
    [receipt] = (await bank.app.send("GET", "ann/receipts")).json()["data"]
    assert (receipt["what"], receipt["consent"]) == ("accounts.wallet", consent["id"])
    # Who has made sure of the customer, and how, is kept with what came of it.
    [kept] = await bank.sql("select methods, grant_id, used_at from stated_factor")
    assert (kept["methods"], kept["grant_id"]) == (["pwd", "otp"], consent["id"])
    assert kept["used_at"] is not None
    gone = await bank.app.send("POST", f"ann/consents/{consent['id']}/withdraw")
    assert gone.json()["state"] == "withdrawn"
    assert (await bank.flow.call(tokens["access_token"])).status_code in (401, 403)
    again = await bank.app.send("POST", f"ann/consents/{consent['id']}/withdraw")
    assert code(again) == (404, "consent.not_found")
    one = await bank.app.send("GET", f"ann/consents/{consent['id']}")
    assert one.json()["state"] == "withdrawn"
    other = await bank.app.send("GET", f"bob/consents/{consent['id']}")
    assert code(other) == (404, "consent.not_found")


async def test_refused_by_the_banks_own_app(bank: LiveBank) -> None:
    request = await bank.asked()
    answer = await bank.app.send("POST", f"ann/authorizations/{request}/refuse")
    brought = bank.flow.brought(answer.json()["redirect_to"])
    assert brought["error"] == "access_denied"
    assert code(await bank.app.send("GET", f"ann/authorizations/{request}"))[0] == 404


async def visited(bank: LiveBank, who: str = "ann", **order: Any) -> Any:
    answer = await bank.app.send("POST", f"{who}/visits", order)
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_in"] == 60
    return answer.json()["link"].removeprefix(ISSUER)


async def pressed(bank: LiveBank, path: str, page: str) -> Any:
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    return await bank.web.post(path, data={"csrf": csrf})


async def test_a_visit_opens_the_page_and_its_statement_allows(bank: LiveBank) -> None:
    request = await bank.asked(scope=SCOPE, authorization_details=DETAIL)
    factor = bank.app.statement(await bank.app.shown(request))
    link = await visited(bank, request=request, factor=factor)
    inside = await bank.web.get(link)
    place = f"/bank/bank/authorize/{request}"
    assert (inside.status_code, inside.headers["location"]) == (303, place)
    page = (await bank.web.get(place)).text
    for said in ("饭卡助手", "查询您的账户", "30 天", "已在银行的应用中核实", "同意授权"):
        assert said in page, said
    assert "沙箱" not in page
    assert "发送验证码" not in page
    assert (await pressed(bank, f"{place}/code", page)).status_code == 404
    back = await pressed(bank, f"{place}/allow", page)
    brought = bank.flow.brought(back.headers["location"])
    assert (await bank.flow.redeem(brought["code"])).status_code == 200
    mine = (await bank.web.get("/bank/bank/permissions")).text
    assert "生效中" in mine
    [one] = set(re.findall(r'href="(/bank/bank/permissions/\d+)"', mine))
    detail = (await bank.web.get(one)).text
    assert (await pressed(bank, f"{one}/withdraw", detail)).status_code == 303
    assert "已撤回" in (await bank.web.get(one)).text
    for other in ("/bank/bank", "/bank/bank/messages", "/bank/bank/login"):
        assert (await bank.web.get(other)).status_code == 403, other


async def test_a_visit_without_a_statement_shows_and_refuses(bank: LiveBank) -> None:
    request = await bank.asked()
    await bank.web.get(await visited(bank, request=request))
    place = f"/bank/bank/authorize/{request}"
    page = (await bank.web.get(place)).text
    assert "请回到银行的应用" in page
    denied = await pressed(bank, f"{place}/allow", page)
    assert (denied.status_code, "请回到银行的应用重新核实" in denied.text) == (422, True)
    assert await bank.sql("select * from app_grant") == []
    back = await pressed(bank, f"{place}/refuse", page)
    assert bank.flow.brought(back.headers["location"])["error"] == "access_denied"


async def test_nobody_comes_to_a_live_banks_pages_by_themselves(bank: LiveBank) -> None:
    request = await bank.asked()
    for path in (f"/bank/bank/authorize/{request}", "/bank/bank/permissions"):
        answer = await bank.web.get(path)
        assert (answer.status_code, "请从银行的应用打开此页面" in answer.text) == (403, True)
    answer = await bank.web.post("/bank/bank/login", data={"customer": "ann"})
    assert answer.status_code == 403


# -- each of these holds by a control: with it off, the test under it fails ------------------------

Try = Callable[[LiveBank], Awaitable[None]]


async def a_statement_that_comes_again(bank: LiveBank) -> None:
    first, second = await bank.asked(), await bank.asked()
    one = await bank.app.shown(first)
    jti = "the-same"
    await visited(bank, request=first, factor=bank.app.statement(one, jti=jti))
    two = await bank.app.shown(second)
    answer = await bank.app.allow(second, bank.app.statement(two, jti=jti))
    assert code(answer) == (403, "factor.used")


async def a_statement_of_another_customer(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    answer = await bank.app.allow(request, bank.app.statement(shown, sub="bob"))
    assert code(answer) == (403, "factor.other")


async def a_statement_about_another_request(bank: LiveBank) -> None:
    one, two = await bank.asked(), await bank.asked(scope="scene:canteen:withdraw")
    await bank.app.shown(two)
    answer = await bank.app.allow(two, bank.app.statement(await bank.app.shown(one)))
    assert code(answer) == (403, "factor.other")


async def a_statement_about_less_than_is_asked(bank: LiveBank) -> None:
    one, two = await bank.asked(), await bank.asked(scope="scene:canteen:withdraw")
    little = await bank.app.shown(one)
    shown = await bank.app.shown(two)
    answer = await bank.app.allow(two, bank.app.statement(shown, signs=little["signs"]))
    assert code(answer) == (403, "factor.other")


async def a_factor_of_ten_minutes_ago(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    old = bank.app.statement(shown, auth_time=int(time.time()) - 600)
    assert code(await bank.app.allow(request, old)) == (403, "factor.over")


async def one_kind_of_factor(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    for methods in (["pwd"], ["pwd", "pin"], [], ["pwd", "otp", "word"]):
        answer = await bank.app.allow(request, bank.app.statement(shown, amr=methods))
        assert code(answer) == (403, "factor.second_missing"), methods


async def a_statement_of_another_channel(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    other = bank.app.statement(shown, iss="bank.counter")
    assert code(await bank.app.allow(request, other)) == (403, "factor.statement")


async def a_statement_that_a_stranger_has_signed(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    forged = bank.app.statement(shown, key=STRANGER)
    assert code(await bank.app.allow(request, forged)) == (403, "factor.statement")


async def a_statement_for_another_server(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    for aud in ("http://other.test", [ISSUER]):
        answer = await bank.app.allow(request, bank.app.statement(shown, aud=aud))
        assert code(answer) == (403, "factor.statement")


async def a_statement_that_is_over(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    past = int(time.time()) - 200
    over = bank.app.statement(shown, iat=past, exp=past + 100)
    assert code(await bank.app.allow(request, over))[0] == 403


async def a_request_that_another_has_seen(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    for path in (f"bob/authorizations/{request}",):
        assert code(await bank.app.send("GET", path)) == (404, "authorization.no_request")
    factor = bank.app.statement(shown | {"customer": "bob"})
    answer = await bank.app.allow(request, factor, "bob")
    assert code(answer) == (404, "authorization.no_request")
    answer = await bank.app.send("POST", f"bob/authorizations/{request}/refuse")
    assert code(answer) == (404, "authorization.no_request")
    answer = await bank.app.send("POST", "bob/visits", {"request": request})
    assert code(answer) == (404, "authorization.no_request")


async def a_request_that_was_answered(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    assert (await bank.app.allow(request, bank.app.statement(shown))).status_code == 200
    answer = await bank.app.allow(request, bank.app.statement(shown))
    assert code(answer) == (404, "authorization.no_request")


async def applications_that_are_no_channel(bank: LiveBank) -> None:
    request = await bank.asked()
    for name, more, said in (
        ("little", {"level": "A1"}, "auth.level"),
        ("bare", {"scopes": ["consents:audit"]}, "auth.scope"),
    ):
        channel = await bank.channel(name, **more)
        answer = await channel.send("GET", f"ann/authorizations/{request}")
        assert code(answer) == (403, said)
        for path in ("visits", "consents/1/withdraw"):
            assert code(await channel.send("POST", f"ann/{path}")) == (403, said)
    unsigned = await bank.channel("unsigned", signing="none")
    answer = await unsigned.send("GET", "ann/consents")
    assert code(answer) == (403, "channel.unprotected")


async def a_link_that_was_used(bank: LiveBank) -> None:
    link = await visited(bank)
    assert (await bank.web.head(link)).status_code == 405
    assert (await bank.web.get(link)).headers["location"] == "/bank/bank/permissions"
    bank.web.cookies.clear()
    again = await bank.web.get(link)
    assert (again.status_code, "链接已失效" in again.text) == (404, True)


async def a_link_of_two_minutes_ago(bank: LiveBank) -> None:
    link = await visited(bank)
    await bank.sql("update bank_visit set until = until - interval '2 minutes'")
    assert (await bank.web.get(link)).status_code == 404


async def another_request_than_the_visits(bank: LiveBank) -> None:
    one, two = await bank.asked(), await bank.asked()
    factor = bank.app.statement(await bank.app.shown(one))
    await bank.web.get(await visited(bank, request=one, factor=factor))
    assert (await bank.web.get(f"/bank/bank/authorize/{two}")).status_code == 404


async def pages_that_no_visit_opens(bank: LiveBank) -> None:
    await bank.web.get(await visited(bank))
    assert (await bank.web.get("/bank/bank/messages")).status_code == 403


HOLDS: dict[str, list[Try]] = {
    "statement_once": [a_statement_that_comes_again],
    "statement_subject": [
        a_statement_of_another_customer, a_statement_about_another_request,
        a_statement_about_less_than_is_asked,
    ],
    "statement_time": [a_factor_of_ten_minutes_ago],
    "statement_kinds": [one_kind_of_factor],
    "statement_issuer": [a_statement_of_another_channel],
    "assertion_signature": [a_statement_that_a_stranger_has_signed],
    "assertion_audience": [a_statement_for_another_server],
    "request_party": [a_request_that_another_has_seen],
    "request_once": [a_request_that_was_answered],
    "bank_channel": [applications_that_are_no_channel],
    "visit_once": [a_link_that_was_used],
    "visit_time": [a_link_of_two_minutes_ago],
    "visit_request": [another_request_than_the_visits],
    "led_visit": [pages_that_no_visit_opens],
}  # fmt: skip
TRIES = [(control, each) for control, tries in HOLDS.items() for each in tries]
NAMED = [each.__name__ for _, each in TRIES]


@pytest.mark.parametrize(("control", "attempt"), TRIES, ids=NAMED)
async def test_is_refused(bank: LiveBank, control: str, attempt: Try) -> None:
    await attempt(bank)


@pytest.mark.parametrize(("control", "attempt"), TRIES, ids=NAMED)
async def test_is_not_refused_without_its_control(
    bank: LiveBank, control: str, attempt: Try, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, control, lambda *args, **kwargs: None)
    with pytest.raises(AssertionError):
        await attempt(bank)


def test_every_control_of_the_channel_is_switched_off() -> None:
    ours = ("authorizations.stated_factor", "authorizations.visits", "bank_channel",
            "web.bank_visit", "bank_consent")  # fmt: skip
    held = {
        name for name, check in controls._CONTROLS.items()
        if any(each in check.__module__ for each in ours)
    }  # fmt: skip
    assert held | {"request_party"} <= set(HOLDS)


# -- what holds by the shape of things --------------------------------------------------------------


async def test_what_was_refused_has_left_nothing(bank: LiveBank) -> None:
    await a_statement_that_is_over(bank)
    request = await bank.asked()
    shown = await bank.app.shown(request)
    for bent in ({"amr": "pwd otp"}, {"signs": "=="}, {"request": "x"}, {"jti": ""},
                 {"auth_time": "now"}, {"auth_time": True}):  # fmt: skip
        answer = await bank.app.allow(request, bank.app.statement(shown, **bent))
        assert code(answer) == (403, "factor.statement"), bent
    for text in ("x", "a.b.c", bank.app.partner.assertion(key=EC, header={"kid": "ec"})):
        assert code(await bank.app.allow(request, text)) == (403, "factor.statement")
    assert await bank.sql("select * from app_grant") == []
    assert await bank.sql("select * from stated_factor") == []


async def test_a_request_whose_time_is_over_is_answered_no_more(bank: LiveBank) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    await bank.sql("update authorization_request set ends_at = now() - interval '1 second'")
    answer = await bank.app.allow(request, bank.app.statement(shown))
    assert code(answer) == (404, "authorization.no_request")
    answer = await bank.app.send("POST", "ann/visits", {"request": request})
    assert code(answer) == (404, "authorization.no_request")


async def test_a_channel_of_another_bank_finds_nothing(bank: LiveBank, pool: Any) -> None:
    request = await bank.asked()
    shown = await bank.app.shown(request)
    async with open_live_bank(pool, "other") as other:
        assert code(await other.app.send("GET", f"ann/authorizations/{request}"))[0] == 404
        factor = other.app.statement(shown)
        assert code(await other.app.allow(request, factor))[0] == 404
        # Nor does its statement help here, whose keys are the same in these tests.
        answer = await bank.app.allow(request, factor)
        assert code(answer) == (403, "factor.statement")
        link = await visited(other)
        assert (await bank.web.get(link.replace("/bank/other/", "/bank/bank/"))).status_code == 404


async def test_a_partners_token_for_a_customer_is_no_channels(bank: LiveBank) -> None:
    request = await bank.asked()
    back = await bank.app.allow(request, bank.app.statement(await bank.app.shown(request)))
    brought = bank.flow.brought(back.json()["redirect_to"])
    token = (await bank.flow.redeem(brought["code"])).json()["access_token"]
    path = "/v1/customers/ann/consents"
    answer = await bank.flow.call(token, path, dpop=proof("GET", f"{ISSUER}{path}", token))
    assert code(answer) == (403, "auth.scope")


async def test_an_unsigned_request_of_the_channel_is_refused(bank: LiveBank) -> None:
    path = "/v1/customers/ann/consents"
    headers = {"authorization": f"DPoP {bank.app.token}",
               "dpop": proof("GET", f"{ISSUER}{path}", bank.app.token)}  # fmt: skip
    answer = await bank.app.partner.http.get(path, headers=headers)
    assert code(answer) == (401, "auth.signature")


async def test_who_is_no_customer_is_not_found(bank: LiveBank) -> None:
    for who in ("nobody", "BANK", "till"):
        assert code(await bank.app.send("GET", f"{who}/consents")) == (404, "party.not_found")


async def test_pages_of_consents_go_on_with_their_cursor(bank: LiveBank) -> None:
    for _ in range(3):
        request = await bank.asked()
        await bank.app.allow(request, bank.app.statement(await bank.app.shown(request)))
    first = (await bank.app.send("GET", "ann/consents", query="?limit=2")).json()
    assert (len(first["data"]), first["has_more"]) == (2, True)
    rest = await bank.app.send("GET", "ann/consents", query=f"?cursor={first['next']}")
    assert [row["id"] for row in first["data"] + rest.json()["data"]] == [3, 2, 1]
