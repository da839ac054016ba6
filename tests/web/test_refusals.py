"""What was refused names its field, and stands at it, in a scene's page and in the mobile bank."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from enscene.web.h5_token import issue_h5_token
from enscene.web.language import Texts
from enscene.web.refusals import Refusal, tell_refusal
from lending import Lending, open_lending
from web.conftest import Bank, Windows
from web.test_bank import bank_of
from web.test_browser import serious_faults
from web.test_h5_apply import begin, phone_of

WALLET = "/h5/bank/canteen/wallet"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        await found.trip.decisions()
        yield found


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (
            {"code": "money.bad_amount", "param": "fields.income"},
            Refusal("The amount is not written as one", "income", "monthly income"),
        ),
        (
            {"code": "code.wrong", "param": "code", "facts": {"left": 4}},
            Refusal("The code is wrong; 4 tries are left", "code", "code"),
        ),
        ({"code": "offer.over", "param": "offer"}, Refusal("The offer was taken or is over")),
        ({"code": "no.such", "detail": "it is so"}, Refusal("it is so")),
    ],
)
def test_the_field_of_the_param_is_named(problem: dict[str, Any], told: Refusal) -> None:
    assert tell_refusal(problem, Texts("en")) == told


def test_the_words_of_the_pack_come_first() -> None:
    words = {"refusals.too_much": "Enough for today", "fields.amount": "To be paid"}
    told = tell_refusal({"code": "scene.too_much", "param": "input.amount"}, Texts("en"), words)
    assert told.named == "To be paid · Enough for today"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "未能办理：月收入 · 金额格式不正确"),
        ("en", "Not done: monthly income · The amount is not written as one"),
    ],
)
async def test_a_scenes_page_says_which(lending: Lending, language: str, said: str) -> None:
    phone = await phone_of(lending, language=language)
    ref, _ = await begin(phone)
    page = await phone.apply("decide", application=ref, income="much")
    assert said in page
    assert 'data-field="income"' in page


async def test_the_mobile_bank_says_which(lending: Lending) -> None:
    told = await lending.decide("B1")
    bank = await bank_of(lending, language="en-GB")
    page = (await bank.press(f"/applications/{told['id']}/sign", code="")).text
    assert "code · Enter the code" in page
    assert 'data-field="code"' in page


async def test_it_stands_at_the_field(windows: Windows, bank: Bank, assets: Path) -> None:
    token = await issue_h5_token(bank.pool, bank.tenant.id, "canteen", "ann")
    window = await windows.new(viewport=PHONE)
    page = window.page
    await page.goto(f"{windows.url}{WALLET}?lang=en#{token}")
    form = page.locator('form[data-path="/do/top_up"]')
    await page.locator("details", has=form).locator("summary").first.click()
    await form.locator('[name="amount"]').fill("ten")
    await form.get_by_role("button").click()
    await expect(page.locator(".said")).to_contain_text("Not done: ")
    amount = form.locator('[name="amount"]')
    await expect(amount).to_have_attribute("aria-invalid", "true")
    await expect(amount).to_have_accessible_description("This is not in the right form")
    await expect(amount).to_be_focused()
    await expect(amount).to_be_in_viewport()
    await expect(amount).to_have_value("ten")  # nobody types twice
    assert await serious_faults(page, assets) == []
    await amount.fill("10.00")
    await form.get_by_role("button").click()
    await expect(page.locator(".said.good")).to_be_visible()
    await expect(page.locator('[aria-invalid="true"]')).to_have_count(0)
    assert window.faults == []
