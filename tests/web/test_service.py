"""States of service on the pages: the operator's, the public one, the banner, and no database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, engine, open_pool
from enscene.tenants import create_tenant
from enscene.tenants.service import Order, enter_state, list_states
from enscene.tenants.users import create_user
from enscene.web import ConsoleSettings, create_console
from silentproxy import silent_proxy
from web.conftest import PASSWORD, ROOT
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import Town

REASON = "数据库升级 · database upgrade"


@pytest.fixture
async def town(bank: Any) -> Any:
    """The bank of the tests, and the operator of the installation."""
    operator = await create_tenant(bank.pool, "operator", "入景运营 · Operations")
    for tenant in (operator, bank.tenant):
        await create_user(bank.pool, tenant, "he", name="he", password=PASSWORD, roles=["operator"])
    return Town(bank.pool, bank.host, bank.app)


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENSCENE_OPERATOR", "operator")


async def send(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    page = (await client.get("/operator/service")).text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    return await client.post(path, data={"csrf": csrf, **form})


async def test_an_operator_enters_a_state_and_leaves_it(town: Town, bank: Any) -> None:
    client = await town.client("he@operator")
    answer = await send(
        client, "/operator/service", bank="", state="readings", span="1h", reason=REASON
    )
    assert answer.status_code == 303
    assert bank.host.service.whole.state == "readings"
    maker = await bank.client("maker")
    page = await maker.get("/")
    assert page.status_code == 200
    assert "目前只能查询" in page.text
    assert "数据库升级" in page.text
    public = await (await bank.client()).get("/status", headers={"accept-language": "en-GB"})
    assert "Readings only" in public.text
    assert "he@operator" not in public.text
    session = bank.sessions["maker"]
    refused = await maker.post("/language", data={"csrf": session.csrf})
    assert refused.status_code in (404, 405)
    again = await bank.client("checker")  # logging in goes on
    assert (await again.get("/approvals")).status_code == 200
    assert (await send(client, "/operator/service/leave", bank="")).status_code == 303
    assert bank.host.service.whole.is_normal
    assert "目前只能查询" not in (await maker.get("/")).text
    (entry,) = await list_states(bank.pool)
    assert (entry.who, entry.ended_by) == ("he@operator", "he@operator")


async def test_a_form_is_refused_while_nothing_is_written(bank: Any, town: Town) -> None:
    maker = await bank.client("maker")
    order = Order("readings", REASON, datetime.now(UTC) + timedelta(hours=1))
    await enter_state(bank.pool, bank.tenant, order, "he")
    await bank.host.service.step()
    form = {"csrf": bank.sessions["maker"].csrf}
    answer = await maker.post("/scenes/canteen/pages", data=form)
    assert answer.status_code == 503
    assert "已确认的交易都在" in answer.text
    assert int(answer.headers["retry-after"]) > 3_000


async def test_what_can_wait_waits(bank: Any, town: Town) -> None:
    order = Order("essential", REASON, datetime.now(UTC) + timedelta(hours=1))
    await enter_state(bank.pool, None, order, "he")
    await bank.host.service.step()
    checker = await bank.client("checker")
    assert (await checker.get("/invoices")).status_code == 503
    assert (await checker.get("/approvals")).status_code == 200
    await bank.do("top_up", "ann", amount="1.00")


async def test_a_bank_s_operator_enters_no_state_of_all(town: Town, bank: Any) -> None:
    client = await town.client("he@bank")
    asked = {"state": "readings", "span": "1h", "reason": REASON}
    assert (await send(client, "/operator/service", bank="", **asked)).status_code == 403
    assert (await send(client, "/operator/service", bank="operator", **asked)).status_code == 404
    assert await list_states(bank.pool) == []


async def test_pages_without_a_database_say_what_holds(
    database: Database, bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_CANCEL_S", 0.1)
    cookies = (await bank.client("maker")).cookies
    async with silent_proxy(database.url_app) as (proxy, url):
        pool = await open_pool(url, size_max=4, patience_s=0.5)
        host = SceneHost(pool)
        app = create_console(host, pool, ConsoleSettings(packs=ROOT / "packs"))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bank.test", cookies=cookies
        ) as client:
            assert (await client.get("/")).status_code == 200
            proxy.silence()
            for path in ("/", "/bank/bank", "/h5/bank/canteen/diner"):
                answer = await client.get(path)
                assert answer.status_code == 503, path
                assert answer.headers["retry-after"] == "5"
                assert "已确认的交易都在，没有丢失" in answer.text
                assert "nothing was lost" in answer.text
            told = await client.post("/h5/bank/canteen/diner/content")
            assert told.status_code == 503
            assert told.headers["content-type"].startswith("text/plain")
            assert (await client.get("/status")).status_code == 200
        proxy.resume()
        async with asyncio.timeout(10):
            while host.service.database == "away" or not await pool.fetchval("select true"):
                await host.service.step()
        await app.state.console.close()
        await host.close()
        await pool.close()


@looks
async def test_the_pages_are_looked_at(
    size: Any, language: str, chromium: str, assets: Any, town: Town, bank: Any
) -> None:
    for state, tenant in (("essential", bank.tenant), ("readings", None)):
        order = Order(state, REASON, datetime.now(UTC) + timedelta(hours=1))
        await enter_state(bank.pool, tenant, order, "he@operator")
    await bank.host.service.step()
    async with async_playwright() as playwright, serving(bank.app, port=0) as url:
        browser = await playwright.chromium.launch(executable_path=chromium)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        await page.goto(f"{url}/login")
        await page.fill("#login", "he@operator")
        await page.fill("#password", PASSWORD)
        await page.click("main button, form button")
        await page.wait_for_url(f"{url}/operator")
        for name, path in (("operator_service", "/operator/service"), ("status", "/status")):
            await page.goto(url + path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            assert await serious_faults(page, assets) == []
            if SHOTS:
                where = f"{SHOTS}/{name}-{size['width']}-{language[:2]}.png"
                await page.screenshot(path=where, full_page=True)
        await browser.close()
