"""Asking on a customer's page: led to the form of a service, to its answer, or to a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from enscene.web.h5_token import issue_h5_token
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

WALLET = "/h5/bank/canteen/wallet"


async def ask(bank: Bank, rest: str, said: str, party: str = "ann", **more: Any) -> str:
    token = await issue_h5_token(bank.pool, bank.tenant.id, "canteen", party)
    client = await bank.client()
    answer = await client.post(
        f"{WALLET}/asking{rest}", headers={"authorization": f"H5 {token}"},
        data={"say": said, **more},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.text


async def tasks(bank: Bank) -> list[Any]:
    async with bank.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"set local enscene.tenants = '{{{bank.tenant.id}}}'")
        return list(await connection.fetch("select kind, reason, customer from staff_task"))


async def test_a_need_opens_the_form_of_its_service(bank: Bank):
    page = await ask(bank, "", "我想往饭卡里存点钱")
    assert "找到了：充值" in page
    assert page.index('data-path="/do/top_up"') < page.index("purse")  # at the top, ready
    assert await tasks(bank) == []


async def test_a_question_is_answered_at_once(bank: Bank):
    page = await ask(bank, "", "卡里还剩多少钱")
    assert "找到了：查询余额" in page
    assert "¥35.00" in page.split("找到了", 1)[1].split("purse", 1)[0]


async def test_what_is_not_understood_leads_to_a_person(bank: Bank):
    page = await ask(bank, "", "天王盖地虎")
    assert "由员工来办更合适" in page
    said = await ask(bank, "/person", "天王盖地虎")
    assert "员工会尽快联系您" in said
    assert [(row["kind"], row["reason"]) for row in await tasks(bank)] == [
        ("call_back", "天王盖地虎"),
    ]


async def test_another_service_that_was_named_is_taken(bank: Bank):
    assert "找到了：提现" in await ask(bank, "", "钱", to="withdraw")
    page = await ask(bank, "", "钱", to="fund_subsidy")  # it is the sponsor's, not hers
    assert "拨付补贴" not in page


async def test_what_was_typed_is_shown_as_text(bank: Bank):
    page = await ask(bank, "", '"><script>alert(1)</script>')
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("said", ["", "   ", "长" * 201])
async def test_what_is_not_a_phrase_is_refused(bank: Bank, said: str):
    assert "200" in await ask(bank, "", said)
    assert "200" in await ask(bank, "/person", said)
    assert await tasks(bank) == []


async def test_pages_of_firms_have_nothing_to_ask_in(bank: Bank):
    token = await issue_h5_token(bank.pool, bank.tenant.id, "canteen", "hall")
    client = await bank.client()
    kitchen = WALLET.replace("wallet", "kitchen")
    headers = {"authorization": f"H5 {token}"}
    page = (await client.post(f"{kitchen}/content", headers=headers)).text
    assert "/asking" not in page
    answer = await client.post(f"{kitchen}/asking", headers=headers, data={"say": "结算"})
    assert "找到了" not in answer.text


@looks
async def test_asking_is_looked_at(
    windows: Windows, bank: Bank, assets: Path, size: Any, language: str
):
    window = await windows.new(viewport=size, locale=language)
    page = window.page
    token = await issue_h5_token(bank.pool, bank.tenant.id, "canteen", "ann")
    await page.goto(f"{windows.url}{WALLET}#{token}")
    box = page.locator(".asking input[placeholder]")
    await expect(box).to_be_visible()
    phrases = {
        "zh": ("自动充值", "这个月花了多少", "你们态度太差了我要投诉"),
        "en": (
            "top up by itself",
            "what did i spend this month",
            "your staff were rude, i want to complain",
        ),
    }
    for number, said in enumerate(phrases[language[:2]]):
        await box.fill(said)
        await page.locator(".asking form").first.locator("button").click()
        await expect(page.locator(".asked .said")).to_be_focused()
        assert await serious_faults(page, assets) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if SHOTS:
            name = f"h5-asking-{number}-{language}-{size['width']}.png"
            await page.screenshot(path=Path(SHOTS) / name, full_page=True)
    assert window.faults == []
