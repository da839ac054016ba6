"""What campaigns say on customers' pages: on the scene's own, and in the mobile bank."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from engagement.running.campaigning import made, run
from enscene.api.server import serving
from enscene.engagement.decisions.offer import HOLDS
from web.looks import SHOTS, looks
from web.saying import PAGE, Saying, cards, open_saying, speaks
from web.test_browser import serious_faults
from web.test_phone import LOOK

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
async def saying(pool: Any) -> AsyncIterator[Saying]:
    async with open_saying(pool) as found:
        yield found


async def test_it_stands_on_the_scenes_page_with_its_reason_and_worth_and_is_seen_once(
    saying: Saying,
) -> None:
    offer = await saying.says("coupon")
    (card,) = cards((await saying.h5()).text)
    for said in ("满百减五", "您刚订了行程", "银行补贴 ¥5.00", "领取", "不感兴趣", "不再推荐此类"):
        assert said in card
    (english,) = cards((await saying.h5(language="en-GB")).text)
    assert "Five off" in english
    assert "You have just booked a trip" in english
    assert HAN.findall(english) == []
    assert await saying.answers() == ["seen"]
    assert (await made(saying.trip))[-1]["state"] == "seen"
    assert f'data-said="{offer["id"]}"' in card
    assert cards((await saying.h5(who="bob")).text) == []


@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [("taken", "taken", "已领取"), ("refused", "dismissed", "已记录"),
     ("opted_out", "dismissed", "不再向您推荐")],
)  # fmt: skip
async def test_each_button_answers_and_the_card_is_gone(
    saying: Saying, answer: str, state: str, told: str
) -> None:
    offer = await saying.says("coupon")
    page = (await saying.h5(f"/offers/{answer}", offer=str(offer["id"]))).text
    assert told in page
    assert cards(page) == []
    assert (await made(saying.trip))[-1]["state"] == state
    assert await saying.answers() == [answer]
    again = await saying.h5(f"/offers/{answer}", offer=str(offer["id"]))
    assert "该推荐已办理或已失效" in again.text
    assert await saying.answers() == [answer]


async def test_nobody_answers_for_another(saying: Saying) -> None:
    offer = await saying.says("coupon")
    assert "已失效" in (await saying.h5("/offers/taken", who="bob", offer=str(offer["id"]))).text
    assert (await saying.h5("/offers/eaten", offer=str(offer["id"]))).status_code == 404
    assert await saying.answers() == []


async def test_a_product_of_the_scene_is_applied_for_and_not_marked(saying: Saying) -> None:
    offer = await saying.says("plan", price="2000.00", product="instalment", kind="credit")
    (card,) = cards((await saying.h5()).text)
    assert 'data-path="/apply/begin"' in card
    assert 'data-path="/offers/taken"' not in card
    assert (await saying.h5("/offers/taken", offer=str(offer["id"]))).status_code == 404
    form = {"offer": str(offer["id"]), "product": "instalment"}
    begun = (await saying.h5("/apply/begin", **form)).text
    assert 'data-state="begun"' in begun
    assert cards(begun) == []


@pytest.mark.parametrize("everywhere", [False, True])
async def test_without_consent_nothing_stands_on_any_page(
    saying: Saying, *, everywhere: bool
) -> None:
    """Looked at again when the page is built: an offer that was open is not shown."""
    await saying.says("coupon")
    await saying.consent("ann", granted=False, scene=0 if everywhere else None)
    await saying.sql("update decision set state = 'offered' where moment like '%/%'")
    phone = await saying.phone()
    assert cards((await saying.h5()).text) == []
    assert cards(await phone.get("/offers")) == []
    assert "data-for-you" not in await phone.get("")


async def test_after_its_days_there_is_nothing_left_to_take(saying: Saying) -> None:
    offer = await saying.says("coupon")
    await saying.sql("update decision set at = at - $1::interval", HOLDS + timedelta(minutes=1))
    assert cards((await saying.h5()).text) == []
    assert "已失效" in (await saying.h5("/offers/taken", offer=str(offer["id"]))).text


async def test_the_mobile_bank_has_those_of_every_scene_and_of_none(saying: Saying) -> None:
    await saying.says("coupon", "push", "h5")
    await saying.sql("update decision set scene = 0, seq = 0 where moment like '%/%'")
    await run(saying.trip, "two", **speaks("plan"))
    await saying.trip.book("ann", "B2", "300.00")
    await made(saying.trip)
    phone = await saying.phone()
    assert 'data-for-you="2"' in await phone.get("")
    page = await phone.get("/offers")
    assert "来自银行" in page
    assert "Travel" in page
    assert "满百减五" in page
    assert "旅行分期" in page
    messages = await phone.get("/messages")
    assert 'data-kind="offer_push"' in messages
    assert "推送 · " in messages
    assert 'href="/bank/bank/offers"' in messages


async def test_the_mobile_bank_answers_too_and_begins_what_is_applied_for(saying: Saying) -> None:
    coupon = await saying.says("coupon")
    phone = await saying.phone()
    done = await phone.press(f"/offers/{coupon['id']}/refused")
    assert "已记录" in done.text
    assert cards(done.text) == []
    assert (await phone.press(f"/offers/{coupon['id']}/refused")).status_code == 422
    plan = await saying.says(
        "plan", who="bob", price="2000.00", product="instalment", kind="credit"
    )
    other = await saying.phone("bob")
    assert (await phone.press(f"/offers/{plan['id']}/take")).status_code == 422
    begun = await other.press(f"/offers/{plan['id']}/take")
    assert (begun.status_code, 'data-state="begun"' in begun.text) == (200, True)
    assert "/applications/" in str(begun.url)


async def test_whoever_is_one_customer_finds_what_was_said_to_either_party(saying: Saying) -> None:
    offer = await saying.says("coupon")
    rows = await saying.sql("select id from party where ref in ('ann', 'bob') order by ref")
    ann, bob = (row["id"] for row in rows)
    await saying.sql(
        "insert into identity (tenant, party, customer) values ($1, $2, $2), ($1, $3, $2)",
        saying.trip.tenant.id, ann, bob,
    )  # fmt: skip
    phone = await saying.phone("bob")
    assert len(cards(await phone.get("/offers"))) == 1
    assert (await phone.press(f"/offers/{offer['id']}/take")).status_code == 200
    assert await saying.answers() == ["seen", "taken"]


@looks
async def test_it_is_seen(
    pool: Any, chromium_at: str, assets: Path, size: Any, language: str
) -> None:
    async with open_saying(pool, assets) as saying:
        await saying.says("coupon", "push")
        await saying.says("plan", price="2000.00", product="instalment", kind="credit")
        name = f"{'phone' if size['width'] < 500 else 'desk'}-{language[:2]}"
        async with serving(saying.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            cookie = {"name": "enscene_bank", "value": await saying.cookie("ann"), "url": url}
            await context.add_cookies([cookie])
            page = await context.new_page()
            places = {"h5-said": f"{PAGE}#{await saying.token()}", "for-you": "/bank/bank/offers",
                      "phone-messages": "/bank/bank/messages", "my-bank": "/bank/bank"}  # fmt: skip
            for what, path in places.items():
                await page.goto(f"{url}{path}")
                await page.wait_for_selector("main section")
                assert await page.evaluate(LOOK) == [], what
                assert await serious_faults(page, assets) == [], what
                if SHOTS:
                    await page.screenshot(path=f"{SHOTS}/{what}-{name}.png", full_page=True)
            await page.goto(f"{url}{PAGE}#{await saying.token()}")
            await page.click("[data-said] form[data-path='/offers/refused'] button")
            await page.wait_for_selector(".said.good")
            assert await page.locator("[data-said]").count() == 1
            await browser.close()
