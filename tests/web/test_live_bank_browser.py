"""A real browser is led from a live bank's own app to the page of a consent, and back."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright

from api.bank_channel.channel import open_live_bank
from api.partner import ISSUER
from enscene.api import serving

SHOTS = os.environ.get("ENSCENE_SHOTS")
DETAIL = (
    '[{"type":"enscene_consent","scene":"canteen","purpose":"account_view","days":30,'
    '"things":{"meal":["price","diner","canteen"]},"accounts":["wallet"]}]'
)
SCOPE = "scene:canteen:top_up scene:canteen:accounts.read scene:canteen:things.read"


async def picture(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= (
        page.viewport_size or {}
    ).get("width", 0)


@pytest.mark.parametrize(
    ("language", "width", "allow", "mine"),
    [("zh-CN", 390, "同意授权", "授权管理"), ("en", 1280, "Allow", "Permissions")],
)
async def test_led_by_the_banks_app(
    pool: Any, chromium_at: str, language: str, width: int, allow: str, mine: str
) -> None:
    faults: list[str] = []
    async with (
        open_live_bank(pool) as bank,
        serving(bank.console, port=0) as url,
        async_playwright() as playwright,
    ):
        request = await bank.asked(scope=SCOPE, authorization_details=DETAIL)
        factor = bank.app.statement(await bank.app.shown(request))

        async def led(**order: Any) -> str:
            answer = await bank.app.send("POST", "ann/visits", order)
            return str(answer.json()["link"]).replace(ISSUER, url)

        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(
            viewport={"width": width, "height": 844}, locale=language
        )
        page = await context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        arrived: list[str] = []

        async def partner(route: Route) -> None:
            arrived.append(route.request.url)
            await route.fulfill(body="<h1>partner</h1>", content_type="text/html")

        await page.route("https://partner.test/**", partner)
        await page.goto(await led(request=request))
        await picture(page, f"live-look-{language}")
        assert await page.get_by_role("button", name=allow, exact=True).count() == 0
        await page.goto(await led(request=request, factor=factor))
        assert page.url == f"{url}/bank/bank/authorize/{request}"
        await picture(page, f"live-consent-{language}")
        await page.get_by_role("button", name=allow, exact=True).click()
        await page.wait_for_url("https://partner.test/**")
        brought = bank.flow.brought(arrived[-1])
        assert (await bank.flow.redeem(brought["code"])).status_code == 200
        await page.goto(await led())
        assert mine in await page.inner_text("h1")
        await picture(page, f"live-permissions-{language}")
        await page.click("a.key")
        await page.locator("form[action$='/withdraw'] button").click()
        await page.wait_for_selector("section[data-state=withdrawn]")
        await picture(page, f"live-withdrawn-{language}")
        assert faults == []
        await page.goto(f"{url}/bank/bank/messages")
        await picture(page, f"live-shut-{language}")
        await browser.close()
