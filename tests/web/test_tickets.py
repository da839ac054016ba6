"""A ticket from the one who asks to the one who serves, by pages and forms alone."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.partners.sign_up import sign_up
from enscene.scenes.runtime import SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from enscene.web.portal.session import COOKIE as PORTAL_COOKIE
from enscene.web.portal.session import issue_portal_session
from web.conftest import PASSWORD, ROOT
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

TOLD = {"kind": "fault", "title": "<b>三号</b>机", "text": "刷卡没有反应"}


class House:
    """A bank with a school below it, and another bank."""

    def __init__(self, pool: Any, app: Any, tenants: dict[str, Tenant]) -> None:
        self.pool, self.app, self.tenants = pool, app, tenants

    async def desk(self, login: str) -> httpx.AsyncClient:
        token = (await log_in(self.pool, login, PASSWORD)).token
        return self.client({COOKIE: token})

    def client(self, cookies: dict[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://bank.test", cookies=cookies,
            headers={"accept-language": "zh-CN"}, follow_redirects=True,
        )  # fmt: skip

    async def partner(self, ref: str) -> str:
        known, _ = await sign_up(
            self.pool, self.tenants[ref], name=f"{ref} 快餐", contact="Li", purpose="pay in our app",
            email="li@partner.example",
        )  # fmt: skip
        cookie, _ = await issue_portal_session(self.pool, known)
        return cookie


async def send(client: httpx.AsyncClient, path: str, page: str, **fields: str) -> httpx.Response:
    """A form that stands on a page."""
    text = (await client.get(page)).text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', text)[0]
    return await client.post(path, data={"csrf": csrf, **fields})


@pytest.fixture
async def house(pool: Any, request: pytest.FixtureRequest) -> Any:
    host = SceneHost(pool)
    folder = request.getfixturevalue("assets") if "assets" in request.fixturenames else None
    app = create_console(host, pool, ConsoleSettings(packs=ROOT / "packs", assets=folder))
    bank = await create_tenant(pool, "bank", "江南银行 · Jiangnan Bank")
    tenants = {
        "bank": bank,
        "school": await create_tenant(pool, "school", "实验小学 · School", parent=bank),
        "other": await create_tenant(pool, "other", "北岭银行 · Beiling Bank"),
    }
    for ref, tenant in tenants.items():
        for login, role in (("he", "operator"), ("li", "scene_team"), ("zhao", "auditor")):
            await create_user(
                pool, tenant, login, name=f"{login} {ref}", password=PASSWORD, roles=[role]
            )
    yield House(pool, app, tenants)
    await app.state.console.close()
    await host.close()


async def test_a_tenant_asks_and_the_operator_answers(house: House) -> None:
    asker, operator = await house.desk("li@school"), await house.desk("he@bank")
    made = await send(asker, "/tickets", "/tickets", **TOLD)
    at = made.url.path
    assert "&lt;b&gt;三号" in made.text
    backlog = (await operator.get("/operator/tickets")).text
    assert "实验小学" in backlog
    ticket = at.rpartition("/")[2]
    theirs = f"/operator/tickets/school/{ticket}"
    back = await send(operator, theirs, theirs, act="asked_back", text="哪一台？")
    assert "等待提出方" in back.text
    await send(asker, at, at, act="said", text="三号")
    await send(operator, theirs, theirs, act="solved", text="已重启")
    scored = (await operator.get("/operator/tickets")).text
    assert scored.count('data-score="100"') == 1
    seen = (await asker.get(at)).text
    for words in ("哪一台？", "已重启", "已解决"):
        assert words in seen
    assert "已关闭" in (await send(asker, at, at, act="closed", text="")).text


async def test_a_partner_asks_in_the_portal_and_the_bank_answers(house: House) -> None:
    outside = house.client({PORTAL_COOKIE: await house.partner("bank")})
    made = await send(outside, "/portal/bank/tickets", "/portal/bank/tickets", **TOLD)
    ticket = made.url.path.rpartition("/")[2]
    staff = await house.desk("li@bank")
    assert "bank 快餐" in (await staff.get("/tickets")).text
    done = await send(staff, f"/tickets/{ticket}", f"/tickets/{ticket}", act="solved", text="好了")
    assert done.status_code == 200
    assert "好了" in (await outside.get(made.url.path)).text
    auditor = await house.desk("zhao@bank")
    page = await auditor.get(f"/tickets/{ticket}")
    assert "<textarea" not in page.text
    refused = await send(auditor, f"/tickets/{ticket}", "/tickets", act="said", text="x y")
    assert refused.status_code == 403


async def test_nobody_else_comes_to_a_ticket(house: House) -> None:
    asker = await house.desk("li@school")
    ticket = (await send(asker, "/tickets", "/tickets", **TOLD)).url.path.rpartition("/")[2]
    partner = house.client({PORTAL_COOKIE: await house.partner("bank")})
    foreign = house.client({PORTAL_COOKIE: await house.partner("other")})
    tries = (
        (await house.desk("li@bank"), f"/tickets/{ticket}", "/tickets"),
        (await house.desk("he@other"), f"/operator/tickets/school/{ticket}", "/tickets"),
        (await house.desk("li@other"), f"/tickets/{ticket}", "/tickets"),
        (partner, f"/portal/bank/tickets/{ticket}", "/portal/bank/tickets"),
        (foreign, f"/portal/other/tickets/{ticket}", "/portal/other/tickets"),
    )
    for client, path, page in tries:
        assert (await client.get(path)).status_code == 404, path
        sent = await send(client, path, page, act="said", text="mine")
        assert sent.status_code == 404, path
    assert "mine" not in (await asker.get(f"/tickets/{ticket}")).text
    own = await house.desk("he@school")
    assert (await own.get(f"/operator/tickets/school/{ticket}")).status_code == 403


async def test_a_mistake_keeps_what_was_typed(house: House) -> None:
    asker = await house.desk("li@school")
    page = await send(asker, "/tickets", "/tickets", kind="fault", title="x", text="写了很久")
    assert page.status_code == 400
    assert "请填写 2 至 120 字" in page.text
    assert "写了很久" in page.text
    assert "还没有工单" in page.text


@looks
async def test_in_a_browser(
    house: House, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    asker = await house.desk("li@school")
    ticket = (await send(asker, "/tickets", "/tickets", **TOLD)).url.path.rpartition("/")[2]
    portal = await house.partner("bank")
    outside = house.client({PORTAL_COOKIE: portal})
    filed = await send(outside, "/portal/bank/tickets", "/portal/bank/tickets", **TOLD)
    pages = (
        ("li@school", "/tickets"), ("li@school", f"/tickets/{ticket}"), ("li@other", "/tickets"),
        ("he@bank", "/operator/tickets"), ("he@bank", f"/operator/tickets/school/{ticket}"),
        ("he@other", "/operator/tickets"), ("", "/portal/bank/tickets"), ("", filed.url.path),
    )  # fmt: skip
    tokens = {who: (await log_in(house.pool, who, PASSWORD)).token for who, _ in pages if who}
    async with serving(house.app, port=0) as url, async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        await context.add_cookies([{"name": PORTAL_COOKIE, "value": portal, "url": url}])
        for who, path in pages:
            if who:
                cookie: Any = {"name": COOKIE, "value": tokens[who], "url": url}
                await context.add_cookies([cookie])
            await page.goto(f"{url}{path}")
            assert await serious_faults(page, assets) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            if SHOTS:
                name = f"{who}{path.replace('/', '_')}".replace(ticket, "one")[:60]
                file = f"{SHOTS}/t-{name}-{language}-{size['width']}.png"
                await page.screenshot(path=file, full_page=True)
        await browser.close()
