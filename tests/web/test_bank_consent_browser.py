"""A real browser is led from the application to the bank and back, on a phone, in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from api.auth.bank import Flow, registered
from api.conftest import open_scene, people_of
from api.partner import ISSUER, make_partner
from enscene.api import ApiSettings, create_app, serving
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant
from enscene.web import ConsoleSettings, create_console

PACKS = Path(__file__).parents[2] / "packs"
SHOTS = os.environ.get("ENSCENE_SHOTS")
DETAIL = (
    '[{"type":"enscene_consent","scene":"canteen","purpose":"account_view","days":30,'
    '"things":{"meal":["price","diner","canteen"]},"accounts":["wallet"]}]'
)
SCOPE = (
    "scene:canteen:top_up scene:canteen:accounts.read scene:canteen:things.read "
    "scene:canteen:events.read"
)


async def partner_site(scope: Any, receive: Any, send: Any) -> None:
    """The page of the application that the customer comes back to."""
    await receive()
    headers = [(b"content-type", b"text/html"), (b"content-length", b"16")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<h1>partner</h1>"})


@pytest.fixture
async def asked(pool: Any) -> AsyncIterator[tuple[str, Flow, str]]:
    """The address of the bank, a partner's flow, and the address that it leads back to."""
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    scene = await open_scene(pool, tenant, pack, "canteen")
    await people_of(pool, tenant, scene, pack)
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER))
    web = create_console(host, pool, ConsoleSettings(packs=PACKS))
    async with serving(web, port=0) as url, serving(partner_site, port=0) as site:
        back = f"{site}/back"
        order = registered(title="饭卡助手", redirect_uris=[back])
        yield url, Flow(None, await make_partner(pool, gateway, tenant, "app", **order)), back
    await web.state.console.close()
    await host.close()


async def picture(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_led_to_the_bank_and_back(
    chromium_at: str, asked: tuple[str, Flow, str], language: str
) -> None:
    url, flow, back = asked
    reference = await flow.pushed(scope=SCOPE, authorization_details=DETAIL, redirect_uri=back)
    place = (await flow.open(reference)).headers["location"]
    faults: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport={"width": 390, "height": 844}, locale=language)
        page = await context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        await page.goto(f"{url}{place}")
        await page.fill("input[name=customer]", "ann")
        await page.click("section form button")
        await page.wait_for_url(f"{url}{place}")
        await picture(page, f"consent-{language}")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390
        await page.locator("form[action$='/code'] button").click()
        await page.wait_for_load_state()
        other = await context.new_page()
        await other.goto(f"{url}/bank/bank/messages")
        code = re.findall(r"\b(\d{6})\b", await other.inner_text("main"))[0]
        await page.fill("input[name=code]", code)
        await page.locator("form[action$='/allow'] button").click()
        await page.wait_for_selector("text=partner")
        assert page.url.startswith(f"{back}?")
        assert "code=" in page.url
        assert "iss=" in page.url
        await other.goto(f"{url}/bank/bank/permissions")
        await picture(other, f"permissions-{language}")
        await other.locator("li[data-consent] a.key").click()
        await picture(other, f"permission-{language}")
        await other.locator("form[action$='/withdraw'] button").click()
        await other.wait_for_selector("[data-state=withdrawn]")
        await browser.close()
    assert faults == []
