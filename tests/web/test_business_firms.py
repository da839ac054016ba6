"""Firms by list in the operator's console: typed or sent as a file, two people, only what is in sight."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
from playwright.async_api import Browser, async_playwright

from enscene.api.server import serving
from enscene.tenants import list_below
from enscene.tenants.users import log_in
from enscene.web.console import COOKIE
from web.conftest import PASSWORD
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import Town, town

__all__ = ["town"]
AT = "/operator/business/firms"
COMMON = {"title": "春季名单", "parent": "school", "level": "sub_tenant", "plan": "free"}


async def csrf(client: httpx.AsyncClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', (await client.get(AT)).text)
    assert found
    return found[1]


async def send(client: httpx.AsyncClient, lines: str, **form: str) -> httpx.Response:
    data = COMMON | {"csrf": await csrf(client), "lines": lines} | form
    return await client.post(AT, data=data)


async def act(client: httpx.AsyncClient, at: str, do: str) -> httpx.Response:
    return await client.post(at, data={"csrf": await csrf(client), "do": do})


async def made(town: Town, at: str, client: httpx.AsyncClient) -> str:
    """The page when nothing runs any more."""
    await asyncio.gather(*town.app.state.console.background._tasks.values())
    page = (await client.get(at)).text
    assert "http-equiv" not in page
    return page


async def test_asked_by_one_and_made_by_another(town: Town) -> None:
    one, two = await town.client("he@bank"), await town.client("lin@bank")
    told = await send(one, "ref,name\nfirm-1,甲公司\nfirm-2,乙公司")
    at = told.headers["location"]
    assert "等待另一人复核" in (await one.get(at)).text
    assert (await act(one, at, "approve")).status_code == 403
    assert (await act(one, at, "go_on")).status_code == 409
    assert (await act(two, at, "approve")).headers["location"] == at
    page = await made(town, at, two)
    assert "2 / 2 家" in page
    assert '/operator/tenants/firm-1"' in page
    school = town.tenants["school"]
    assert len(await list_below(town.pool, school.id)) == 3
    assert "没有这样的行" in (await one.get(f"{at}?state=failed")).text
    assert (await act(two, at, "again")).status_code == 409


async def test_what_is_wrong_is_told_and_what_was_typed_stays(town: Town) -> None:
    client = await town.client("he@bank", "en-GB")
    answer = await send(client, "ref,name\nfirm-1,One\nBAD,<b>Two\nfirm-1,Three")
    assert answer.status_code == 422
    assert "2 mistakes" in answer.text
    assert "The same ref as in line 2" in answer.text
    assert "&lt;b&gt;Two" in answer.text
    assert "春季名单" in answer.text
    again = await send(client, "firm-1,One")
    assert again.status_code == 400
    assert "has to name the columns" in again.text
    assert "There is no list yet" in (await client.get(AT)).text


async def test_a_file_as_spreadsheets_write_it(town: Town) -> None:
    client = await town.client("he@bank")
    rows = "\r\n".join(f"firm-{n:05d},杭州第{n:05d}号科技发展股份有限公司" for n in range(9_000))
    raw = f"代号,企业名称\r\n{rows}\r\n".encode("gb18030")
    assert len(raw) > 300_000
    form = COMMON | {"csrf": await csrf(client), "lines": ""}
    answer = await client.post(AT, data=form, files={"file": ("firms.csv", raw, "text/csv")})
    assert answer.status_code == 303
    assert "0 / 9,000 家" in (await client.get(answer.headers["location"])).text


async def test_only_what_is_in_sight(town: Town) -> None:
    one, stranger = await town.client("he@bank"), await town.client("he@other")
    at = (await send(one, "ref,name\nfirm-1,甲公司")).headers["location"]
    assert (await stranger.get(at)).status_code == 404
    for do in ("approve", "refuse", "again", "go_on"):
        assert (await act(stranger, at, do)).status_code == 404, do
    assert (await send(stranger, "ref,name\nfirm-2,乙公司")).status_code == 404
    assert "春季名单" not in (await stranger.get(AT)).text
    assert (await one.get(f"{AT}/firms_nothing")).status_code == 404


@looks
async def test_in_a_browser(
    town: Town, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    one, two = await town.client("he@bank"), await town.client("lin@bank")
    at = (await send(one, "ref,name\nfirm-1,甲公司 · Firm One\nfirm-2,乙公司 · Firm Two")).headers[
        "location"
    ]
    await act(two, at, "approve")
    await made(town, at, two)
    waits = (await send(one, "ref,name\nfirm-9,丁公司", title="夏季名单")).headers["location"]
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        token = (await log_in(town.pool, "lin@bank", PASSWORD)).token
        await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])

        async def look(name: str) -> None:
            assert await serious_faults(page, assets) == [], name
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, name
            if SHOTS:
                shot = f"{SHOTS}/firms-{name}-{language}-{size['width']}.png"
                await page.screenshot(path=shot, full_page=True)

        for name, path in (("lists", AT), ("done", at), ("waits", waits)):
            await page.goto(f"{url}{path}")
            await look(name)
        await page.goto(f"{url}{AT}")
        await page.fill("#title", "x")
        await page.fill("#lines", "ref,name\nBAD,x\nfirm-1,")
        await page.click(".stack button")
        await look("faults")
        await browser.close()
