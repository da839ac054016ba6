"""A bank's console on loopback, with a canteen that is open, and a browser to look at it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from enscene.api.server import serving
from enscene.customers import Enrolment
from enscene.operations import Templates
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.users import Session, create_user, log_in
from enscene.web import Console, ConsoleSettings, create_console, fetch_assets
from enscene.web.console import COOKIE

ROOT = Path(__file__).parents[2]
PASSWORD = "a-long-password"
PEOPLE = {"maker": "scene_team", "checker": "approver", "auditor": "auditor"}
ORIGIN = "http://partner.test"


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The bank's templates, loaded once."""
    return Templates._load(ROOT / "packs")


@pytest.fixture(scope="session")
def assets() -> Path:
    """The front-end packages; without npm and a registry the test is skipped, visibly."""
    home = Path(os.environ.get("ENSCENE_HOME") or ROOT / ".enscene")
    home.mkdir(exist_ok=True)
    folder = fetch_assets(home, development=True)
    if folder is None:
        pytest.skip("the front-end packages cannot be fetched")
    return folder


@dataclass
class Bank:
    """A tenant, its people, and its console as an application. `seen` numbers calls."""

    pool: Any
    host: SceneHost
    tenant: Tenant
    app: Any
    console: Console
    scene: int = 0
    seen: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)

    async def do(self, action: str, party: str, **given: Any) -> Any:
        """Act in the canteen as a party."""
        self.seen += 1
        call = Call(
            self.tenant.id, "canteen", action, Actor(party=party), given, f"test-{self.seen}"
        )
        reply = await self.host.perform(call)
        assert not reply.refused, reply.body
        return reply

    async def client(self, login: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client without a browser, logged in if somebody is named."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://bank.test", headers=headers
        )
        if login is not None:
            session = await log_in(self.pool, f"{login}@bank", PASSWORD)
            client.cookies.set(COOKIE, session.token)
            self.sessions[login] = session
        return client


@pytest.fixture
async def bank(pool: Any, templates: Templates, request: pytest.FixtureRequest) -> Any:
    """A bank with a maker, a checker, an auditor and a canteen in which something happened."""
    tenant = await create_tenant(pool, "bank", "Bank of Tests", sandbox=True)
    for login, role in PEOPLE.items():
        await create_user(pool, tenant, login, name=login, password=PASSWORD, roles=[role])
    await create_user(
        pool, tenant, "partner", name="partner", password=PASSWORD, roles=["partner"], party="hall"
    )
    host = SceneHost(pool)
    folder = None
    if "assets" in request.fixturenames:
        folder = request.getfixturevalue("assets")
    app = create_console(host, pool, ConsoleSettings(packs=ROOT / "packs", assets=folder))
    console: Console = app.state.console
    console._templates = templates
    found = Bank(pool, host, tenant, app, console)
    await _open_canteen(found, templates)
    yield found
    await console.close()
    await host.close()


async def _open_canteen(bank: Bank, templates: Templates) -> None:
    pack = templates.get("smart_canteen")
    profile = {"region": "杭州", "origins": [ORIGIN]}
    tenant = bank.tenant.id
    async with bank.pool.acquire() as connection, connection.transaction():
        order = SceneOrder("canteen", "一号食堂", profile=profile)
        bank.scene = await create_scene(connection, tenant, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant, "canteen", state, "test")
        people = [
            Enrolment("BANK", "bank", "bank"),
            Enrolment("hall", "canteen", "merchant", "大食堂"),
            Enrolment("acme", "sponsor", "employer", "一家公司"),
            Enrolment("till", "terminal", "device", bound_to="hall"),
            Enrolment("ann", "diner", "person", "安"),
            Enrolment("bob", "diner", "person", "<b>鲍勃</b>"),
        ]
        await enrol(connection, tenant, bank.scene, pack, people)
        pairs = [("ann", "acme"), ("bob", "acme")]
        await link(connection, tenant, bank.scene, pack, "works_for", pairs)
    await bank.do("fund_subsidy", "acme", amount="100.00")
    await bank.do("top_up", "ann", amount="50.00")
    await bank.do("offer_dish", "hall", dish="d1", title="面<i>", price="9.00", sold_by="portion")
    await bank.do("pay_by_code", "ann", ticket="t1", canteen="hall", price="12.00", dishes=["d1"])
    await bank.do("rate_meal", "ann", ticket="t1", stars=5, comment="<script>alert(1)</script>")
    await bank.do(
        "place_order", "ann", order="o1", canteen="hall", dishes=["d1"], serving="lunch",
        day="2030-01-01",
    )  # fmt: skip


@dataclass
class Window:
    """A browser's window, and what went wrong in it."""

    context: BrowserContext
    page: Page
    url: str
    faults: list[str]

    async def log_in(self, login: str) -> None:
        """Through the form."""
        await self.page.goto(f"{self.url}/login")
        await self.page.fill("#login", f"{login}@bank")
        await self.page.fill("#password", PASSWORD)
        await self.page.click("main button")
        await self.page.wait_for_url(f"{self.url}/")


class Windows:
    """Opens windows on the bank's console; each has a session of its own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.open: list[Window] = []

    async def new(self, login: str | None = None, **options: Any) -> Window:
        """One more window, logged in if somebody is named."""
        size = {"width": 1280, "height": 800}
        context = await self.browser.new_context(**{"viewport": size, "locale": "zh-CN"} | options)
        page = await context.new_page()
        window = Window(context, page, self.url, [])

        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                window.faults.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: window.faults.append(str(error)))
        self.open.append(window)
        if login is not None:
            await window.log_in(login)
        return window


@pytest.fixture
async def windows(chromium_at: str, bank: Bank, assets: Path) -> AsyncIterator[Windows]:
    """Windows of a real browser on the console, which is served on loopback."""
    async with serving(bank.app, port=0) as url, async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        made = Windows(browser, url)
        yield made
        await browser.close()
        await bank.console.close()
