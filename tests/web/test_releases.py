"""Releases in the operator's console: told by one, brought over by another, scene by scene."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.work.tickets import get_ticket, open_ticket
from operations.test_releases import next_version
from web.conftest import PASSWORD
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import Town, town

__all__ = ["town"]
FORM = {"what": "smart_canteen", "version": "", "zh": "补贴可按周设置", "en": "Subsidies by week"}


async def send(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    page = (await client.get(path)).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return await client.post(path, data={"csrf": found[1], **form}, follow_redirects=True)


async def newer(town: Town) -> None:
    """The console finds the next version of the template."""
    templates = await town.app.state.console.templates()
    templates.packs["smart_canteen"] = next_version(templates.packs["smart_canteen"])


async def told(town: Town) -> tuple[Any, str]:
    await newer(town)
    he = await town.client("he@operator")
    page = await send(he, "/operator/releases", **FORM)
    return he, page.url.path


async def ended(client: httpx.AsyncClient, path: str) -> str:
    for _ in range(100):
        page = (await client.get(path)).text
        if 'http-equiv="refresh"' not in page:
            return page
        await asyncio.sleep(0.05)
    raise AssertionError("it goes on and on")


async def test_one_tells_another_brings_it_over(town: Town) -> None:
    he, path = await told(town)
    own = await send(he, path, do="begin")
    assert own.status_code == 422
    assert "登记人以外" in own.text
    lin = await town.client("lin@operator")
    await send(lin, path, do="begin")
    page = await ended(lin, path)
    assert "2 / 2 个场景" in page
    assert "实验小学" in page
    listed = (await lin.get("/operator/releases")).text
    assert "已完成" in listed
    assert "2 个场景 / 2 个租户" in listed


async def test_a_wish_goes_with_it(town: Town) -> None:
    school = town.tenants["school"]
    wish = await open_ticket(
        town.pool, school.id, kind="wish", title="按周补贴", text="please", who="li@school"
    )
    he, path = await told(town)
    tied = await send(he, path, do="tie", ticket=f"school/{wish.ref}")
    assert "按周补贴" in tied.text
    lin = await town.client("lin@operator")
    await send(lin, path, do="begin")
    await ended(lin, path)
    assert (await get_ticket(town.pool, school.id, wish.id)).state == "solved"


async def test_what_was_typed_stays_where_it_could_not_be_told(town: Town) -> None:
    await newer(town)
    he = await town.client("he@operator", "en-GB")
    page = await send(he, "/operator/releases", **(FORM | {"en": "x"}))
    assert page.status_code == 400
    assert "补贴可按周设置" in page.text
    assert 'aria-invalid="true"' in page.text
    assert (await send(he, "/operator/releases", **(FORM | {"what": "nothing"}))).status_code == 404


async def test_another_banks_operators_see_nothing_of_it(town: Town) -> None:
    _, path = await told(town)
    other = await town.client("he@other")
    assert (await other.get(path)).status_code == 404
    listed = (await other.get("/operator/releases")).text
    assert "补贴可按周设置" not in listed
    assert "1 个场景 / 1 个租户" in listed


@looks
async def test_pages_read_well(
    town: Town, chromium_at: str, assets: Any, size: Any, language: str
) -> None:
    he, path = await told(town)
    lin = await town.client("lin@operator")
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        await page.goto(f"{url}/login")
        await page.fill("[name=login]", "lin@operator")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button")
        for name, place, after in (
            ("releases", "/operator/releases", False), ("release-told", path, False),
            ("release-done", path, True),
        ):  # fmt: skip
            if after:
                await send(lin, path, do="begin")
                await ended(lin, path)
            await page.goto(f"{url}{place}")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert await serious_faults(page, assets) == [], name
            if SHOTS:
                shot = f"{SHOTS}/{name}-{size['width']}-{language}.png"
                await page.screenshot(path=shot, full_page=True)
        await browser.close()
    await he.aclose()
