"""The page of a district for staff, and what is around a customer for the customer alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.tenants.users import log_in
from enscene.web.bank_session import COOKIE as BANK_COOKIE
from enscene.web.console import COOKIE
from web.district import EATERS, PASSWORD, District, open_district
from web.looks import looks, picture
from web.test_browser import serious_faults

PAGE = "/district/business_district"


@pytest.fixture
async def district(pool: Any) -> AsyncIterator[District]:
    async with open_district(pool) as found:
        yield found


def row(page: str, merchant: str) -> str:
    return unescape(re.findall(rf'data-merchant="{merchant}".*?</tr>', page, re.DOTALL)[0])


async def test_merchants_stand_with_what_happened_there(district: District) -> None:
    await district.eat()
    page = (await (await district.desk()).get(PAGE)).text
    noodles, coffee = row(page, "S-noodles"), row(page, "S-coffee")
    # 7 people on 3 days at 20.00; the fee of 0.6 % of each, and 0.50 for the coupon.
    for said in ("Food", "4.0", "21", "¥420.00", "¥3.02", "Take a coupon <b>1</b>",
                 "Redeem a coupon <b>1</b>"):  # fmt: skip
        assert said.lower() in noodles.lower(), said
    assert "Not rated" in coffee
    assert "¥0.00" in coffee
    assert "<i>" not in page.replace("<i class", ""), "what merchants write is escaped"
    assert page.count('class="shop"') >= 1
    assert 'class="shop without"' in page
    assert "80 for 100" in page


async def test_circles_are_told_in_fives_and_go_with_the_permission(district: District) -> None:
    for who in EATERS:
        await district.say(who, granted=True)
    await district.eat()
    desk = await district.desk()
    page = unescape((await desk.get(f"{PAGE}?kind=work")).text)
    # Six of seven allow it: told as five, and the seventh nowhere.
    assert "5 work circles or more" in page
    assert "6 work circles" not in page
    business = unescape((await desk.get(f"{PAGE}?kind=business")).text)
    assert "1 business circles" in business
    await district.say(EATERS[0], granted=False)
    assert "5 work circles or more" in unescape((await desk.get(f"{PAGE}?kind=work")).text)
    await district.say(EATERS[1], granted=False)
    page = (await desk.get(f"{PAGE}?kind=work")).text
    assert "work circles or more" not in page
    assert "No cell has 5 circles of this kind yet" in page


async def test_filters_and_who_may_look(district: District) -> None:
    desk = await district.desk()
    page = (await desk.get(f"{PAGE}?category=food")).text
    assert re.findall('data-merchant="([^"]+)"', page) == ["S-noodles"]
    assert (
        "There are no merchants of this category" in (await desk.get(f"{PAGE}?category=pets")).text
    )
    assert (await desk.get(f"{PAGE}?category=gold")).status_code == 400
    assert (await desk.get("/district/nothing")).status_code == 404
    assert f'href="{PAGE}"' in (await desk.get("/scenes/business_district")).text
    assert (await (await district.desk("partner")).get(PAGE)).status_code == 403
    auditor = await district.desk("auditor", "zh")
    assert "商户" in (await auditor.get(PAGE)).text


async def test_a_customer_sees_what_is_around_themselves_alone(district: District) -> None:
    await district.say(EATERS[0], granted=True)
    await district.eat(EATERS[:2])
    mine = unescape((await (await district.phone(EATERS[0])).get(_offers(district))).text)
    assert "Where you work" in mine
    assert mine.count("data-near") >= 1
    assert "80 for 100" in mine
    other = (await (await district.phone(EATERS[1])).get(_offers(district))).text
    assert "No scene may know your position" in other
    assert "data-near" not in other
    await district.say(EATERS[1], granted=True)
    other = (await (await district.phone(EATERS[1])).get(_offers(district))).text
    assert "Your circles are not known yet" in other
    await district.say(EATERS[0], granted=False)
    mine = (await (await district.phone(EATERS[0])).get(_offers(district))).text
    assert "data-near" not in mine


def _offers(district: District) -> str:
    return f"/bank/{district.story.tenant.ref}/offers"


@looks
async def test_both_pages_are_for_everybody(
    chromium_at: str, pool: Any, assets: Path, size: dict[str, int], language: str
) -> None:
    async with open_district(pool, assets, written="") as district:
        for who in EATERS:
            await district.say(who, granted=True)
        await district.eat()
        await (await district.desk()).aclose()
        session = await log_in(pool, f"scene_team-1@{district.story.tenant.ref}", PASSWORD)
        async with serving(district.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            await context.add_cookies([
                {"name": COOKIE, "value": session.token, "url": url},
                {"name": BANK_COOKIE, "value": await district.bank_cookie(EATERS[0]), "url": url},
            ])  # fmt: skip
            page = await context.new_page()
            faults: list[str] = []
            page.on("console", lambda heard: faults.append(heard.text)
                    if heard.type in ("error", "warning") else None)  # fmt: skip
            for name, path in (("district", f"{PAGE}?kind=work"), ("around", _offers(district))):
                await page.goto(f"{url}{path}")
                assert await serious_faults(page, assets) == []
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide <= size["width"], name
                await picture(page, name, size, language)
            assert faults == []
            await browser.close()
