"""Vendors in the operator's console: admitted by two, a statement as page, CSV and PDF."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import httpx
from playwright.async_api import Browser, async_playwright

from billing.test_vendors import billed, body
from enscene.api.server import serving
from enscene.tenants.users import log_in
from enscene.web.console import COOKIE
from web.conftest import PASSWORD
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import Town, town

__all__ = ["town"]
AT = "/operator/business/vendors"
ONE = f"{AT}/bank/yqy"
FORM = {"bank": "bank", "ref": "yqy", "name": "亿企赢 · Yiqiying"}


async def post(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    found = re.search(r'name="csrf" value="([^"]+)"', (await client.get(AT)).text)
    return await client.post(path, data=form | {"csrf": found[1] if found else ""})


async def earned(town: Town) -> date:
    """A vendor of the bank, and last month's invoice of a shop that pays for its service."""
    one, two = await town.client("he@bank"), await town.client("lin@bank")
    assert (await post(one, AT, **FORM)).status_code == 303
    assert (await post(one, ONE, decision="approve")).status_code == 403
    assert (await post(two, ONE, decision="approve")).status_code == 303
    billing = town.app.state.console.billing
    return await billed(town.pool, billing, town.tenants["shop"], body(vendor_ref="yqy"))


async def test_admitted_by_two_with_a_statement(town: Town) -> None:
    month = await earned(town)
    client = await town.client("he@bank")
    assert "已准入" in (await client.get(AT)).text
    page = (await client.get(ONE)).text
    for word in ("云代账", "¥100.00", "¥30.00", "与账本一致", f"{month:%Y-%m}"):
        assert word in page
    paper = await client.get(f"{ONE}/pdf")
    assert paper.content.startswith(b"%PDF-")
    rows = (await client.get(f"{ONE}/csv")).content.decode("utf-8-sig")
    assert "100.00,30.00,CNY" in rows
    assert "没有它的收入" in (await client.get(f"{ONE}?month=2020-01")).text
    for path, status in ((f"{ONE}?month=x", 400), (f"{ONE}/doc", 404), (f"{AT}/bank/gone", 404),
                         (f"{AT}/hz/yqy", 403)):  # fmt: skip
        assert (await client.get(path)).status_code == status, path


async def test_what_is_wrong_is_told_and_stays(town: Town) -> None:
    client = await town.client("he@bank", "en-GB")
    answer = await post(client, AT, **FORM | {"ref": "Bad ref"})
    assert answer.status_code == 400
    assert 'value="Bad ref"' in answer.text
    assert "There is no vendor yet" in answer.text


async def test_another_bank_sees_none_of_it(town: Town) -> None:
    await earned(town)
    for login in ("he@other", "he@hz"):
        client = await town.client(login)
        assert "亿企赢" not in (await client.get(AT)).text
        for path in (ONE, f"{ONE}/csv", f"{ONE}/pdf"):
            assert (await client.get(path)).status_code == 404, (login, path)
        assert (await post(client, ONE, decision="approve")).status_code == 404
        assert (await post(client, AT, **FORM)).status_code in (400, 404)


@looks
async def test_in_a_browser(
    town: Town, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    await earned(town)
    await post(await town.client("he@bank"), AT, **FORM | {"ref": "next"})
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        token = (await log_in(town.pool, "lin@bank", PASSWORD)).token
        await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        for name, path in (("list", AT), ("one", ONE), ("empty", f"{ONE}?month=2020-01")):
            await page.goto(f"{url}{path}")
            assert await serious_faults(page, assets) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            if SHOTS:
                shot = f"{SHOTS}/vendors-{name}-{language}-{size['width']}.png"
                await page.screenshot(path=shot, full_page=True)
        await browser.close()
