"""Embedding in a real browser: the component in a partner's page, the bank's pages on a phone and
on a desk, in both languages, without a serious fault of accessibility."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from playwright.async_api import Route as Held
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from enscene.api.server import serving
from enscene.commit import admit
from enscene.tenants.users import create_user
from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token
from lending import Lending, open_lending
from web.looks import DESK, PHONE, SHOTS
from web.test_browser import serious_faults

PACKS = Path(__file__).parents[2] / "packs"


class Stage:
    """The bank served on loopback, and a browser."""

    def __init__(self, lending: Lending, browser: Browser, url: str, assets: Path) -> None:
        self.lending = lending
        self.browser = browser
        self.url = url
        self.assets = assets
        self.faults: list[str] = []

    async def page(self, size: dict[str, int], language: str) -> Page:
        context = await self.browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        return page

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.faults.append(message.text)

    async def check(self, page: Page, name: str) -> None:
        """Nothing serious, nothing wider than the screen; a picture if one is wanted."""
        assert await serious_faults(page, self.assets) == [], name
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, name
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
async def stage(pool: Any, chromium_at: str, assets: Path) -> AsyncIterator[Stage]:
    async with open_lending(pool) as lending:
        await create_user(
            pool, lending.trip.tenant, "audit", name="审计", password="a-long-password",
            roles=["auditor"],
        )  # fmt: skip
        await lending.trip.book("ann", "B1", "3600.00")
        await lending.trip.decisions()
        app = create_console(lending.trip.host, pool, ConsoleSettings(packs=PACKS, assets=assets))
        async with serving(app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            yield Stage(lending, browser, url, assets)
            await browser.close()
            await app.state.console.close()


def site_of(lending: Lending, bank: str, tokens: list[str]) -> Starlette:
    """A partner's site that embeds the bank's page with the SDK."""

    async def home(request: Request) -> HTMLResponse:
        return HTMLResponse(
            f'<!doctype html><html lang="zh-CN"><head><title>旅行</title>'
            f'<script src="{bank}/static/enscene.js"></script></head><body><main><h1>旅行</h1>'
            f'<div id="bank"></div></main><script src="/own.js"></script></body></html>'
        )

    async def own(request: Request) -> PlainTextResponse:
        return PlainTextResponse(
            "window.heard = [];"
            "Enscene.embed({to: document.querySelector('#bank'), language: 'zh',"
            f" src: '{bank}/h5/bank/travel/trips', title: '银行',"
            " token: () => fetch('/token').then((answer) => answer.text()),"
            " on: {done: (message) => heard.push(message)}});",
            media_type="text/javascript",
        )

    async def token(request: Request) -> PlainTextResponse:
        trip = lending.trip
        tokens.append(await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann"))
        return PlainTextResponse(tokens[-1])

    return Starlette(routes=[Route("/", home), Route("/own.js", own), Route("/token", token)])


async def test_the_component_in_a_partners_page(stage: Stage) -> None:
    tokens: list[str] = []
    site = site_of(stage.lending, stage.url, tokens)
    async with serving(site, port=0) as address:
        pool, tenant = stage.lending.trip.pool, stage.lending.trip.tenant.id
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.execute("update scene set profile = $1", {"origins": [address]})
        page = await stage.page(PHONE, "zh-CN")
        await page.goto(address)
        frame = page.frame_locator("#bank iframe")
        card = frame.locator(".offer")
        await expect(card).to_contain_text("分期")
        await card.get_by_role("button", name="试算并申请").click()
        panel = frame.locator(".application")
        await expect(panel).to_contain_text("年化综合成本")
        await panel.locator('select[name="months"]').select_option("6")
        await panel.get_by_role("button", name="重新试算").click()
        await expect(frame.locator(".application .terms").first).to_contain_text("6 个月")
        await frame.locator('.application input[name="income"]').fill("9000.00")
        await frame.get_by_role("button", name="提交申请").click()
        await expect(frame.locator(".application")).to_have_attribute("data-state", "approved")
        await frame.get_by_role("button", name="到手机银行办结").click()
        link = frame.get_by_role("link", name="打开手机银行继续")
        await expect(link).to_have_attribute("href", re.compile(r"^/bank/bank/open/"))
        box = page.locator("#bank iframe")
        height = await box.evaluate("(frame) => frame.offsetHeight")
        assert height > 400
        # A document that is opened gets the room it needs.
        await frame.locator(".paper summary").first.click()
        await page.wait_for_function(
            "(before) => document.querySelector('#bank iframe').offsetHeight > before", arg=height
        )
        heard = await page.evaluate("heard.map((message) => message.path)")
        assert heard[-1] == "/apply/handoff"
        assert len(tokens) == 1
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/sdk_zh_phone.png", full_page=True)
    assert stage.faults == []


async def test_a_page_that_may_not_frame_it_gets_nothing(stage: Stage) -> None:
    site = site_of(stage.lending, stage.url, [])
    async with serving(site, port=0) as address:
        page = await stage.page(PHONE, "zh-CN")
        await page.goto(address)
        await page.wait_for_load_state("networkidle")
        assert await page.frame_locator("#bank iframe").locator(".offer").count() == 0


async def log_in(stage: Stage, page: Page, who: str = "ann") -> None:
    await page.goto(f"{stage.url}/bank/bank/login")
    await page.fill('input[name="customer"]', who)
    await page.locator("form button").first.click()
    await page.wait_for_url(f"{stage.url}/bank/bank")


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desk", DESK)])
async def test_the_mobile_bank(
    stage: Stage, language: str, name: str, size: dict[str, int]
) -> None:
    lending, mark = stage.lending, f"{language[:2]}_{name}"
    decided = await lending.decide("B1")
    page = await stage.page(size, language)
    await page.goto(f"{stage.url}/bank/bank/login")
    await stage.check(page, f"bank_login_{mark}")
    link = (await lending.post(f"/{decided['id']}/handoff")).json()["link"]
    await log_in(stage, page)
    await page.goto(stage.url + "/bank/bank" + link.partition("/bank/bank")[2])
    await stage.check(page, f"bank_handoff_{mark}")
    await page.locator("main form button").click()
    await expect(page.locator(".application")).to_have_attribute("data-state", "approved")
    await stage.check(page, f"bank_application_{mark}")
    await page.locator('a[href$="/documents/credit_agreement"]').click()
    await expect(page.locator(".clauses li")).to_have_count(7)
    await stage.check(page, f"bank_document_{mark}")
    await page.locator("a.back").click()
    await page.locator('form[action$="/code"] button').click()
    code = await lending.last_code()
    await page.fill('input[name="code"]', code)
    await page.locator('form[action$="/sign"] button').click()
    await expect(page.locator(".application")).to_have_attribute("data-state", "done")
    await page.goto(f"{stage.url}/bank/bank/messages")
    await stage.check(page, f"bank_messages_{mark}")
    await page.goto(f"{stage.url}/bank/bank")
    for fold in await page.locator("details > summary").all():
        await fold.click()
    await stage.check(page, f"bank_home_{mark}")
    await page.locator('a[href$="/family"]').click()
    await page.fill('input[name="viewer"]', "bob")
    await page.locator('form:has(input[name="viewer"]) button').last.click()
    await expect(page.locator('[data-part="viewers"] li')).to_have_count(1)
    await stage.check(page, f"bank_family_{mark}")
    await page.goto(f"{stage.url}/bank/bank")
    await page.locator('a[href$="/leave"]').first.click()
    await stage.check(page, f"bank_leave_{mark}")
    await page.go_back()
    await page.locator('a[href*="/contracts/"]').first.click()
    await stage.check(page, f"bank_contract_{mark}")
    await page.locator('a[href$="/documents/credit_agreement"]').click()
    await stage.check(page, f"bank_signed_{mark}")
    await page.locator("a.back").click()
    await page.locator('a[href$="/close"]').first.click()
    await stage.check(page, f"bank_close_{mark}")
    await page.locator("main form button").click()
    await expect(page.locator("[data-contract]")).to_have_attribute("data-state", "closed")
    assert stage.faults == []


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desk", DESK)])
async def test_documents_are_opened_in_the_page_of_a_scene(
    stage: Stage, language: str, name: str, size: dict[str, int]
) -> None:
    trip, mark = stage.lending.trip, f"{language[:2]}_{name}"
    await stage.lending.decide("B1")
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann")
    page = await stage.page(size, language)
    await page.goto(f"{stage.url}/h5/bank/travel/trips?lang={language[:2]}#{token}")
    papers = page.locator(".paper")
    await expect(papers).to_have_count(2)
    await stage.check(page, f"h5_papers_closed_{mark}")
    await papers.first.locator("summary").click()
    await expect(papers.first.locator(".clauses li").first).to_be_visible()
    await expect(papers.last.locator(".clauses li").first).to_be_hidden()
    await stage.check(page, f"h5_papers_{mark}")
    assert stage.faults == []


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desk", DESK)])
async def test_the_workbench_and_the_decision(
    stage: Stage, language: str, name: str, size: dict[str, int]
) -> None:
    lending, mark = stage.lending, f"{language[:2]}_{name}"
    await lending.trip.book("ann", "B2", "3600.00")
    await lending.decide("B1")
    told = await lending.decide("B2")
    await lending.post(f"/{told['id']}/talk", {"said": "请问还要多久？"})
    page = await stage.page(size, language)
    await page.goto(f"{stage.url}/login")
    await page.fill("#login", "sun@bank")
    await page.fill("#password", "a-long-password")
    await page.click("main button")
    await page.wait_for_url(f"{stage.url}/workbench")
    await stage.check(page, f"workbench_{mark}")
    await page.locator('table a[href^="/workbench/"]').first.click()
    await page.locator('form[action$="/take"] button').click()
    await expect(page.locator('form[action$="/decide"]')).to_be_visible()
    await stage.check(page, f"workbench_task_{mark}")
    await page.goto(f"{stage.url}/applications")
    await stage.check(page, f"applications_{mark}")
    await page.goto(f"{stage.url}/applications/{told['id']}")
    await stage.check(page, f"decision_{mark}")
    assert stage.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_applying_in_the_scene(stage: Stage, language: str) -> None:
    trip = stage.lending.trip
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann")
    page = await stage.page(PHONE, "zh-CN")
    await page.goto(f"{stage.url}/h5/bank/travel/trips?lang={language}#{token}")
    await expect(page.locator(".offer")).to_be_visible()
    await stage.check(page, f"h5_offer_{language}")
    await page.locator('form[data-path="/apply/begin"] button').click()
    await expect(page.locator(".application")).to_be_visible()
    await stage.check(page, f"h5_apply_{language}")
    await page.fill('input[name="income"]', "9000.00")
    await page.locator('form[data-path="/apply/decide"] button').last.click()
    await expect(page.locator(".application")).to_have_attribute("data-state", "approved")
    await stage.check(page, f"h5_approved_{language}")
    assert stage.faults == []


async def test_what_is_offered_after_an_act_comes_by_itself(stage: Stage) -> None:
    trip = stage.lending.trip
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann")
    page = await stage.page(PHONE, "zh-CN")
    await page.goto(f"{stage.url}/h5/bank/travel/trips?lang=zh#{token}")
    await expect(page.locator(".offer")).to_have_count(1)
    held: asyncio.Queue[Held] = asyncio.Queue()
    await page.route("**/content*", held.put)

    async def act_and_decide(booking: str, flight: str) -> None:
        await page.locator('form[data-path="/consent"] button').first.click()
        look = await held.get()
        await trip.book("ann", booking, "1000.00", flight=flight)
        await trip.decisions()
        await look.continue_()

    await act_and_decide("B2", "MU5101-2026-12-01-PVG")
    await expect(page.locator(".offer")).to_have_count(2)
    await expect(page.locator(".said.good")).to_be_visible()
    await expect(page.locator(".offer", has_text="MU5101")).to_be_visible()
    assert stage.faults == []
