"""The business pages of the operator's console: what is asked for is what stands there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from enscene.api.server import serving
from enscene.tenants.users import create_user, log_in
from enscene.web.console import COOKIE
from web.conftest import PASSWORD
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import CANARY, Town, town

__all__ = ["town"]
AT = "/operator/business"
PATHS = (AT, f"{AT}/measures")


async def test_a_portfolio_is_searched_and_filtered(town: Town) -> None:
    client = await town.client("he@operator")
    page = (await client.get(AT)).text
    assert all(f'/operator/tenants/{ref}"' in page for ref in ("bank", "hz", "school", "other"))
    found = (await client.get(f"{AT}?plan=turnkey&pack=smart_canteen&state=open")).text
    assert '/operator/tenants/school"' in found
    assert '/operator/tenants/shop"' not in found
    assert "1 个，共 5 个" in found
    assert "没有符合条件的租户" in (await client.get(f"{AT}?find=nowhere")).text
    english = await (await town.client("he@operator", "en-GB")).get(f"{AT}?find=school&page=x")
    assert "Experimental School" in english.text
    assert "1 of 5" in english.text


async def test_what_was_asked_is_never_markup(town: Town) -> None:
    client = await town.client("he@operator")
    page = await client.get(AT, params={"find": "<script>x", "sort": "'", "page": "9" * 50})
    assert page.status_code == 200
    assert "<script>x" not in page.text


async def test_measures_of_each_and_of_all(town: Town) -> None:
    client = await town.client("he@operator")
    page = (await client.get(f"{AT}/measures")).text
    for word in ("快速", "安全", "简约", "可定制", "达标"):
        assert word in page
    assert "读到数据的表：0 张" in page
    assert "没有找到备份" in page


@pytest.mark.parametrize("path", PATHS)
async def test_a_bank_sees_its_own_and_no_customer(town: Town, path: str) -> None:
    page = (await (await town.client("he@bank")).get(path)).text
    assert "实验小学" in page
    assert "北岭银行" not in page
    assert CANARY not in page
    await create_user(
        town.pool, town.tenants["other"], "li", name="Li", password=PASSWORD, roles=["approver"]
    )
    assert (await (await town.client("li@other")).get(path)).status_code == 403


@looks
async def test_in_a_browser(
    town: Town, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        token = (await log_in(town.pool, "he@operator", PASSWORD)).token
        await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        for path in PATHS:
            await page.goto(f"{url}{path}")
            assert await serious_faults(page, assets) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            if SHOTS:
                name = f"{path.strip('/').replace('/', '_')}-{language}-{size['width']}"
                await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        await browser.close()
