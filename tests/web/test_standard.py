"""The operator's page of the technical standard."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from enscene.api.server import serving
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import CANARY, PASSWORD, Town, town

__all__ = ["town"]


async def test_the_operator_sees_all_scenes_and_a_bank_its_own(town: Town) -> None:
    whole = (await (await town.client("he@operator", "en-GB")).get("/operator/standard")).text
    assert re.search(r"Scenes that conform</dt><dd>2 <small>/ 2", whole)
    assert "smart_canteen" in whole
    own = (await (await town.client("he@bank", "en-GB")).get("/operator/standard")).text
    assert re.search(r"Scenes that conform</dt><dd>1 <small>/ 1", own)
    assert CANARY not in whole + own


async def test_a_scene_that_deviates_is_named(town: Town) -> None:
    (await town.app.state.console.templates()).packs.pop("smart_canteen")
    page = (await (await town.client("he@operator")).get("/operator/standard")).text
    assert "school食堂" in page
    assert "模板版本" in page
    assert "未知" in page


async def test_others_do_not_see_it(town: Town) -> None:
    client = await town.client("he@operator")
    client.cookies.clear()
    assert (await client.get("/operator/standard")).status_code == 303


@looks
async def test_it_fits_and_is_read_by_everybody(
    town: Town, chromium_at: str, assets: Path, size: dict[str, int], language: str
) -> None:
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        page = await (await browser.new_context(viewport=size, locale=language)).new_page()
        await page.goto(f"{url}/login")
        await page.fill("#login", "he@operator")
        await page.fill("#password", PASSWORD)
        await page.click("main button")
        await page.goto(f"{url}/operator/standard")
        assert await serious_faults(page, assets) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/standard-{size['width']}-{language}.png")
        await browser.close()
