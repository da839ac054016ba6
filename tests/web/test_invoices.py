"""Usage and invoices in the console: what they say, where a line leads, who may look."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from api.conftest import World, canteen_pack, world
from billing.test_api import begin, use
from enscene.api.server import serving
from enscene.metering import after_month
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_workbench import PACKS, PASSWORD

__all__ = ["canteen_pack", "world"]


async def desk_of(world: World, role: str, language: str) -> httpx.AsyncClient:
    await create_user(
        world.pool, world.tenant, role.replace("_", ""), name=role, password=PASSWORD, roles=[role]
    )
    session = await log_in(world.pool, f"{role.replace('_', '')}@bank", PASSWORD)
    app = create_console(world.host, world.pool, ConsoleSettings(packs=PACKS))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"accept-language": language}, follow_redirects=True,
    )  # fmt: skip
    client.cookies.set(COOKIE, session.token)
    return client


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", ("用量与账单", "待支付", "订阅费", "的读数")),
     ("en-GB", ("Usage and invoices", "To be paid", "Subscription", "Readings of line"))],
)  # fmt: skip
async def test_an_invoice_is_read_down_to_its_readings(
    world: World, language: str, words: tuple[str, ...]
) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    invoice = await month.post("/v1/invoices", {"month": month.name})
    desk = await desk_of(world, "auditor", language)
    listed = (await desk.get(f"/invoices?month={month.name}")).text
    assert all(word in listed for word in words[:2])
    assert "smart_canteen.turnover" in listed
    named = {"zh-CN": "智慧食堂 · 扫码支付 · ", "en-GB": "Smart canteen · Pay by code · "}
    assert named[language] in listed
    turnover = listed.partition("smart_canteen.turnover")[2].partition("</tr>")[0]
    assert "¥" in turnover, "a sum of money is written as money"
    assert "¥" not in listed.partition("api.writes")[2].partition("</tr>")[0]
    shown = (await desk.get(f"/invoices/{month.name}")).text
    assert words[2] in shown
    first = date.fromisoformat(f"{month.name}-01")
    assert f"{first} – {after_month(first) - timedelta(days=1)}" in shown
    assert f"– {after_month(first)}" not in shown, "the last day is of the month"
    assert "¥30.76" in shown
    (calls,) = (line["n"] for line in invoice["lines"] if line["name"] == "calls")
    traced = (await desk.get(f"/invoices/{month.name}/lines/{calls}")).text
    assert words[3] in traced
    assert traced.count("<code>pay_by_code</code>") == 3
    paper = await desk.get(f"/invoices/{month.name}/pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    for path in ("/invoices/2001-01", "/invoices/x", f"/invoices/{month.name}/lines/99"):
        assert (await desk.get(path)).status_code == 404
    assert (await desk.get(f"/invoices/{month.name}/lines/{calls}?after=x")).status_code == 400
    assert (await desk.get("/invoices?month=x")).status_code == 400


async def test_those_whose_work_it_is_not_see_no_invoices(world: World) -> None:
    desk = await desk_of(world, "scene_team", "zh-CN")
    assert (await desk.get("/invoices")).status_code == 403


@looks
async def test_pages_read_well(
    world: World, chromium_at: str, assets: Path, size: Any, language: str
) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    invoice = await month.post("/v1/invoices", {"month": month.name})
    (calls,) = (line["n"] for line in invoice["lines"] if line["name"] == "calls")
    await create_user(
        world.pool, world.tenant, "auditor", name="auditor", password=PASSWORD, roles=["auditor"]
    )
    app = create_console(world.host, world.pool, ConsoleSettings(packs=PACKS, assets=assets))
    async with serving(app, port=0) as url, async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        await page.goto(f"{url}/login")
        await page.fill("[name=login]", "auditor@bank")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button")
        for name, path in (
            ("usage", f"/invoices?month={month.name}"), ("invoice", f"/invoices/{month.name}"),
            ("line", f"/invoices/{month.name}/lines/{calls}"),
        ):  # fmt: skip
            await page.goto(f"{url}{path}")
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert await serious_faults(page, assets) == [], name
            if SHOTS:
                shot = f"{SHOTS}/invoices-{name}-{size['width']}-{language}.png"
                await page.screenshot(path=shot, full_page=True)
        await browser.close()
    await app.state.console.close()
