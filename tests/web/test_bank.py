"""The sandbox's mobile bank: the handed-over application, the second factor, my scenes, one key."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from enscene.commit import Answer
from enscene.kernel.errors import Refused
from enscene.shelf.contracts import Held
from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


class BankApp:
    """Somebody's mobile bank."""

    def __init__(self, lending: Lending, language: str = "zh-CN") -> None:
        app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test",
            headers={"accept-language": language}, follow_redirects=True,
        )  # fmt: skip

    async def log_in(self, who: str, back: str = "") -> httpx.Response:
        form = {"customer": who, "next": back}
        return await self.client.post("/bank/bank/login", data=form)

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/bank/bank{path}")

    async def press(self, path: str, csrf: str | None = None, **form: str) -> httpx.Response:
        """Post a form with the session's token."""
        if csrf is None:
            page = (await self.get("/messages")).text
            csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
        return await self.client.post(f"/bank/bank{path}", data={"csrf": csrf, **form})


async def bank_of(lending: Lending, who: str = "ann", language: str = "zh-CN") -> BankApp:
    bank = BankApp(lending, language)
    assert (await bank.log_in(who)).status_code == 200
    return bank


async def link_of(lending: Lending, application: str) -> str:
    answer = (await lending.post(f"/{application}/handoff")).json()
    assert answer["expires_in"] == 600
    return str(answer["link"]).partition("/bank/bank")[2]


async def test_from_the_scene_to_the_bank_signed_found_and_closed(lending: Lending) -> None:
    decided = await lending.decide("B1")
    link = await link_of(lending, decided["id"])
    bank = BankApp(lending)
    door = await bank.get(link)
    assert "登录" in door.text
    back = re.findall(r'name="next" value="([^"]+)"', door.text)[0]
    page = await bank.log_in("ann", back)
    assert "继续您的申请" in page.text
    page = await bank.press(link)
    for said in ("海边三日", "年化综合成本", "已在场景中核实", "3,600.00", "发送验证码"):
        assert said in page.text
    assert re.findall(r"data-asked", page.text) == []  # nothing is asked twice
    path = f"/applications/{decided['id']}"
    await bank.press(f"{path}/code")
    message = (await bank.get("/messages")).text
    assert "3600.00" in message  # what is signed stands before the code
    code = re.findall(r"验证码 (\d{6})", message)[0]
    page = await bank.press(f"{path}/sign", code=code)
    assert 'data-state="done"' in page.text
    home = (await bank.get("")).text
    contract = re.findall(r"/bank/bank/contracts/([0-9a-f-]{36})/close", home)[0]
    assert "使用中" in home
    preview = (await bank.get(f"/contracts/{contract}/close")).text
    assert "您需支付" in preview
    key = re.findall(r'name="key" value="([^"]+)"', preview)[0]
    closed = await bank.press(f"/contracts/{contract}/close", key=key)
    assert 'data-state="closed"' in closed.text
    told = (await lending.get(f"/{decided['id']}")).json()
    assert (told["began_in"], told["ended_in"], told["asked_twice"]) == ("api", "bank_app", 0)
    assert [s["step"] for s in told["steps"]] == [
        "begun", "decided", "handed_off", "opened", "confirmed", "done",
    ]  # fmt: skip


async def own_of(bank: BankApp, lending: Lending) -> tuple[str, int]:
    """What the scene's own page tells ann of: opened products, and how many are offered."""
    trip = lending.trip
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann")
    page = await bank.client.post(
        "/h5/bank/travel/trips/content", headers={"authorization": f"H5 {token}"}
    )
    opened = page.text.partition("已开通的产品")[2].partition("</section>")[0]
    return opened, page.text.count('<section class="card offer">')


async def test_the_scene_tells_no_more_of_what_was_closed_with_the_bank(lending: Lending) -> None:
    bank = await bank_of(lending)
    await lending.trip.decisions()
    assert (await own_of(bank, lending))[1] == 1
    contract = await lending.sign((await lending.decide("B1"))["id"])
    opened, offered = await own_of(bank, lending)
    assert "3,600.00" in opened
    assert offered == 0
    preview = (await bank.get(f"/contracts/{contract}/close")).text
    key = re.findall(r'name="key" value="([^"]+)"', preview)[0]
    assert 'data-state="closed"' in (await bank.press(f"/contracts/{contract}/close", key=key)).text
    # Nor is it offered once more by what was decided before.
    opened, offered = await own_of(bank, lending)
    assert "还没有开通产品" in opened
    assert offered == 0


async def test_a_link_opens_once_for_its_customer_and_for_a_while(lending: Lending) -> None:
    begun = await lending.begin("B1")
    link = await link_of(lending, begun["id"])
    other = await bank_of(lending, "bob")
    refused = await other.press(link)
    assert (refused.status_code, "这个链接属于另一位客户" in refused.text) == (403, True)
    # Whoever is wrong here sees nothing of it, and how to change.
    refused = await other.get(link)
    assert refused.status_code == 403
    assert "3,600.00" not in refused.text
    changed = await other.press("/logout", next=f"/bank/bank{link}")
    assert changed.url.path == "/bank/bank/login"
    assert f'name="next" value="/bank/bank{link}"' in changed.text
    bank = await bank_of(lending)
    page = (await bank.get(link)).text
    assert "分期 ¥3,600.00 · 12 期" in page
    assert "海边三日" in page
    assert (await bank.press(link)).status_code == 200
    again = await bank.press(link)
    assert (again.status_code, "链接已使用过" in again.text) == (409, True)
    late = await link_of(lending, begun["id"])
    forged = late[:-3] + ("aaa" if late[-3:] != "aaa" else "bbb")
    assert "链接无效" in (await bank.get(forged)).text
    await lending.sql("update handoff set until = now()")
    # The time stands in the signed link itself: the table alone keeps nobody's link alive.
    from enscene.engagement.applications import handoff as module

    life, module.LIFE = module.LIFE, -module.LIFE
    try:
        over = await link_of_over(lending, begun["id"])
    finally:
        module.LIFE = life
    assert "链接已过期" in (await bank.press(over)).text


async def link_of_over(lending: Lending, application: str) -> str:
    answer = (await lending.post(f"/{application}/handoff")).json()
    return str(answer["link"]).partition("/bank/bank")[2]


async def test_the_second_factor(lending: Lending) -> None:
    decided = await lending.decide("B1")
    bank = await bank_of(lending)
    path = f"/applications/{decided['id']}"
    none = await bank.press(f"{path}/sign", code="123456")
    assert (none.status_code, "请先获取验证码" in none.text) == (422, True)
    code = await lending.code(decided["id"])
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert "验证码不正确，还可再试 4 次" in (await bank.press(f"{path}/sign", code=wrong)).text
    for blank in ("", "   "):
        page = await bank.press(f"{path}/sign", code=blank)
        assert "请输入验证码，本次不计入错误次数" in page.text
    assert await lending.sql("select tries from second_factor") == [(1,)]
    # A code is for this sum: at another it signs nothing.
    await lending.sql("update application set amount = amount + 1")
    other = await bank.press(f"{path}/sign", code=code)
    assert "金额或价格已变化" in other.text
    await lending.sql("update application set amount = amount - 1")
    for _ in range(4):
        await bank.press(f"{path}/sign", code=wrong)
    # After five wrong ones the right one is refused too.
    assert "错误次数过多" in (await bank.press(f"{path}/sign", code=code)).text
    fresh = await lending.code(decided["id"])
    assert 'data-state="done"' in (await bank.press(f"{path}/sign", code=fresh)).text
    kept = await lending.sql("select code from second_factor")
    assert all(fresh.encode() not in bytes(row[0]) for row in kept)
    assert await lending.sql("select count(*) from contract") == [(1,)]


async def test_codes_are_sent_so_often_and_no_more(lending: Lending) -> None:
    decided = await lending.decide("B1")
    bank = await bank_of(lending)
    answers = [await bank.press(f"/applications/{decided['id']}/code") for _ in range(6)]
    assert ["获取验证码过于频繁" in answer.text for answer in answers] == [False] * 5 + [True]
    assert len(await lending.sql("select from second_factor")) == 5


async def test_eligibility_lost_between_quote_and_contract(lending: Lending) -> None:
    decided = await lending.decide("B1")
    bank = await bank_of(lending)
    code = await lending.code(decided["id"])
    await lending.trip.do("cancel_booking", "ann", "C1", booking="B1")
    page = await bank.press(f"/applications/{decided['id']}/sign", code=code)
    assert 'data-state="refused"' in page.text
    assert "所依据的订单或服务已结束" in page.text
    assert await lending.sql("select from contract") == []


async def test_another_customers_things_are_not_there(lending: Lending) -> None:
    decided = await lending.decide("B1")
    bank = await bank_of(lending, "bob")
    for path in (f"/applications/{decided['id']}", "/applications/appl_x", "/contracts/x",
                 "/contracts/00000000-0000-0000-0000-000000000000"):  # fmt: skip
        assert (await bank.get(path)).status_code == 404
    assert (await bank.press(f"/applications/{decided['id']}/give_up")).status_code == 404
    assert (await bank.press("/applications/x/code", csrf="forged")).status_code == 403


async def test_only_a_sandbox_has_this_bank(lending: Lending) -> None:
    await lending.trip.pool.execute("update tenant set sandbox = false")
    assert (await BankApp(lending).get("/login")).status_code == 403


async def test_permissions_are_switched_here(lending: Lending) -> None:
    bank = await bank_of(lending)
    page = await bank.press("/consents", scene="travel", item="trips", granted="1")
    assert page.status_code == 200
    rows = await lending.sql("select item, granted from consent")
    assert [tuple(row) for row in rows] == [("trips", True)]
    assert (await bank.press("/consents", scene="travel", item="x")).status_code == 404


async def test_what_is_missing_to_close_is_said_before(lending: Lending) -> None:
    contract = await lending.sign((await lending.decide("B1"))["id"])
    bank = await bank_of(lending)
    assert 'name="key"' in (await bank.get(f"/contracts/{contract}/close")).text
    await lending.sql("update account set posted = posted - 1800 where name = 'current'")
    page = (await bank.get(f"/contracts/{contract}/close")).text
    assert "还差 ¥18.00" in page
    assert 'name="key"' not in page
    # Whoever sends the form all the same is told the same, and nothing has moved.
    said = await bank.press(f"/contracts/{contract}/close", key="k")
    assert said.status_code == 422
    assert "还差 ¥18.00" in said.text
    assert (await lending.sql("select state from contract"))[0][0] == "open"


async def test_a_scene_is_left_with_one_key(lending: Lending) -> None:
    decided = await lending.decide("B1")
    bank = await bank_of(lending)
    code = await lending.code(decided["id"])
    await bank.press(f"/applications/{decided['id']}/sign", code=code)
    await bank.press("/consents", scene="travel", item="trips", granted="1")
    page = (await bank.get("/scenes/travel/leave")).text
    for said in ("分期", "您需支付 ¥3,600.00", "行程", "个性化推荐"):
        assert said in page
    key = re.findall(r'name="key" value="([^"]+)"', page)[0]
    for _ in range(2):
        assert (await bank.press("/scenes/travel/leave", key=key)).status_code == 200
    states = await lending.sql("select state, count(*) from contract group by 1")
    assert [tuple(row) for row in states] == [("closed", 1)]
    said = dict(await lending.sql("select item, granted from consent"))
    assert said == {"trips": False, "recommendations": False}
    assert (await bank.get("/scenes/nowhere/leave")).status_code == 404


async def state_of(lending: Lending) -> tuple[str, dict[str, bool]]:
    """Of the one contract, and what was said of permissions."""
    ((state,),) = await lending.sql("select state from contract")
    return state, dict(await lending.sql("select item, granted from consent"))


async def test_what_is_missing_to_leave_is_said_and_nothing_is_done(lending: Lending) -> None:
    await lending.sign((await lending.decide("B1"))["id"])
    bank = await bank_of(lending)
    await bank.press("/consents", scene="travel", item="trips", granted="1")
    leave = "/scenes/travel/leave"
    page = (await bank.get(leave)).text
    assert "我的账户余额" in page
    assert 'name="key"' in page
    await lending.sql("update account set posted = posted - 1800 where name = 'current'")
    for page in ((await bank.get(leave)).text, (await bank.press(leave, key="k")).text):
        assert "还差 ¥18.00" in page
        assert "¥3,582.00" in page
        assert 'name="key"' not in page
    assert (await bank.press(leave, key="k")).status_code == 422
    assert await state_of(lending) == ("open", {"trips": True})


@pytest.mark.parametrize("blocked", [None, "contract.open_claim"])
async def test_permissions_stay_while_something_could_not_be_closed(
    lending: Lending, monkeypatch: pytest.MonkeyPatch, blocked: str | None
) -> None:
    await lending.sign((await lending.decide("B1"))["id"])
    bank = await bank_of(lending)
    await bank.press("/consents", scene="travel", item="trips", granted="1")
    contracts = lending.trip.host.contracts
    look = contracts.closing

    async def closing(tenant: int, contract: UUID) -> Held:
        held = await look(tenant, contract)
        return replace(held, closing=replace(held.closing, blocked=blocked))

    async def close(*_: Any, **__: Any) -> Answer:
        raise Refused("not enough", code="ledger.insufficient_funds")

    monkeypatch.setattr(contracts, "closing", closing)
    monkeypatch.setattr(contracts, "close", close)
    page = await bank.press("/scenes/travel/leave", key="k")
    assert page.status_code == 422
    # What cannot be closed at all keeps nobody's permission.
    assert ("尚未全部关闭，仍有：分期" in page.text) == (blocked is None)
    state, said = await state_of(lending)
    assert (state, said["trips"]) == ("open", blocked is None)


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "我的场景"), ("en-GB", "My scenes")])
async def test_every_page_in_both_languages(lending: Lending, language: str, said: str) -> None:
    decided = await lending.decide("B1")
    bank = await bank_of(lending, language=language)
    chinese = re.compile(r"[一-鿿]")
    own = re.compile(r"海边三日|中文|客户")  # the customer's data, and the name of the language
    for path in ("", "/messages", f"/applications/{decided['id']}", "/login",
                 "/scenes/travel/leave"):  # fmt: skip
        page = await bank.get(path)
        assert page.status_code == 200
        text = re.sub(r"<[^>]+>", " ", page.text)
        if language == "en-GB":
            assert chinese.findall(own.sub("", text)) == []
    assert said in (await bank.get("")).text
