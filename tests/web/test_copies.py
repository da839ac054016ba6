"""A second city copies a scene in the console, as people do it, and everybody sees how it does."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from enscene.commit import admit
from enscene.operations import Templates
from enscene.operations.copying import (
    CopyOrder,
    OfferOrder,
    ask_offer,
    begin_copy,
    credit_copies,
    decide_offer,
    family_of,
    list_copies,
    read_offer,
)
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.users import create_user, log_in
from enscene.web.console import COOKIE
from web.conftest import PASSWORD, PEOPLE, Bank, Window, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

SCENE = "/copies/scene/canteen"


async def branch(bank: Bank) -> Tenant:
    """A branch in another city, with a maker and a checker."""
    made = await create_tenant(bank.pool, "ningbo", "宁波分行", sandbox=True, parent=bank.tenant)
    for login, role in PEOPLE.items():
        await create_user(bank.pool, made, login, name=login, password=PASSWORD, roles=[role])
    return made


async def offered(bank: Bank, templates: Templates) -> Any:
    """The canteen may be copied."""
    pack, tenant = templates.get("smart_canteen"), bank.tenant.id
    order = OfferOrder("排队从 20 分钟降到 3 分钟", "account.income", 12, 1_500, None, "市里要求")
    number = await ask_offer(bank.pool, tenant, "canteen", pack, order, "maker@bank")
    await decide_offer(bank.pool, tenant, number, "checker@bank", approve=True)
    return await read_offer(bank.pool, await family_of(bank.pool, tenant), number)


async def grown(bank: Bank, tenant: Tenant, scene: str, figures: list[tuple[int, int]]) -> None:
    """Live since January 2026, with users and fees of the months from then on."""
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        number = await connection.fetchval(
            "update scene set live_at = $2, state = 'live' where ref = $1 returning id", scene,
            datetime(2026, 1, 5, tzinfo=UTC),
        )  # fmt: skip
        for month, (users, fees) in enumerate(figures, 1):
            first = date(2026, month, 1)
            last = (first + timedelta(32)).replace(day=1) - timedelta(1)
            await connection.execute(
                "insert into indicator_day (tenant, day, rows) values ($1, $2, 2)", tenant.id, last
            )
            for name, key, currency, value in (
                ("users.active", "", "", users), ("account.moved", "fees", "CNY", fees),
            ):  # fmt: skip
                await connection.execute(
                    "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                    "value) values ($1, $2, $3, 'month', $4, $5, $6, $7)",
                    tenant.id, name, number, first, key, currency, value,
                )  # fmt: skip


async def token(client: httpx.AsyncClient, path: str) -> str:
    return re.findall('name="csrf" value="([^"]+)"', (await client.get(path)).text)[0]


async def test_what_one_sets_and_offers_another_decides(bank: Bank, templates: Templates) -> None:
    maker, checker = await bank.client("maker"), await bank.client("checker")
    page = unescape((await maker.get(SCENE)).text)
    # The canteen is live: nothing can be set for its pilot any more.
    assert 'data-outcome="unset"' in page
    assert "/criterion" not in page
    assert f'href="{SCENE}"' in (await maker.get("/scenes/canteen")).text
    assert 'href="/copies"' in (await maker.get("/")).text
    form = {"csrf": await token(maker, SCENE), "says": "快 <b>", "basis": "account.income",
            "points": "1500", "months": "12", "open.daily_limit": "1"}  # fmt: skip
    bad = await maker.post(f"{SCENE}/offer", data=form)
    assert bad.status_code == 409
    assert "快 &lt;b&gt;" in bad.text
    for field, wrong in (("points", "x"), ("months", "99"), ("basis", "x")):
        answer = await maker.post(f"{SCENE}/offer", data=form | {"reason": "r", field: wrong})
        assert answer.status_code == 400, field
    assert (
        await maker.post(f"{SCENE}/offer", data=form | {"reason": "市里要求"})
    ).status_code == 303
    assert "/approve" not in (await maker.get(SCENE)).text
    assert "/copies" in (await checker.get("/approvals")).text
    (path,) = re.findall(
        r'action="(/copies/offers/[^"]+/approve)"', (await checker.get(SCENE)).text
    )
    assert (await maker.post(path, data={"csrf": form["csrf"]})).status_code == 403
    csrf = await token(checker, SCENE)
    assert (await checker.post(path, data={"csrf": csrf})).status_code == 303
    assert 'data-offer="offered"' in (await maker.get(SCENE)).text
    auditor = await bank.client("auditor")
    assert "/new" not in (await auditor.get("/copies")).text
    for path in ("/copies/one/x", "/copies/offers/x/new", "/copies/scene/none"):
        assert (await maker.get(path)).status_code == 404, path
    partner = await bank.client("partner")
    assert (await partner.get("/copies")).status_code == 403


async def test_a_criterion_is_set_on_the_page_of_a_pilot(bank: Bank) -> None:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("update scene set state = 'pilot' where ref = 'canteen'")
    maker, checker = await bank.client("maker"), await bank.client("checker")
    form = {"csrf": await token(maker, SCENE), "indicator.0": "users.active", "least.0": "100",
            "month.0": "2020-01", "indicator.1": "money.income", "least.1": "12.50",
            "month.1": "2999-02"}  # fmt: skip
    bad = await maker.post(f"{SCENE}/criterion", data=form)
    assert (bad.status_code, 'value="2020-01"' in bad.text) == (400, True)
    assert "月份 · 目标须在该月开始之前设定。" in bad.text
    good = form | {"month.0": "2999-02"}
    assert (await maker.post(f"{SCENE}/criterion", data=good)).status_code == 303
    assert f'action="{SCENE}/approve"' not in (await maker.get(SCENE)).text
    csrf = await token(checker, SCENE)
    assert (await checker.post(f"{SCENE}/approve", data={"csrf": csrf})).status_code == 303
    page = (await maker.get(SCENE)).text
    assert page.count('data-verdict="awaited"') == 2
    assert "¥12.50" in page
    assert "/criterion" not in page


class Counted:
    """A person at a page: every click and every field that is filled is a step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0

    async def click(self, name: str, role: Any = "button") -> None:
        self.steps += 1
        await self.page.get_by_role(role, name=name).first.click()

    async def fill(self, where: str, text: str) -> None:
        self.steps += 1
        await self.page.fill(where, text)


async def log_in_at(window: Window, login: str) -> None:
    await window.page.goto(f"{window.url}/login")
    await window.page.fill("#login", login)
    await window.page.fill("#password", PASSWORD)
    await window.page.click("main button")
    await window.page.wait_for_url(f"{window.url}/")


async def test_a_second_city_copies_the_scene(
    windows: Windows, bank: Bank, templates: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    city = await branch(bank)
    await offered(bank, templates)
    maker, checker = await windows.new(), await windows.new()
    await log_in_at(maker, "maker@ningbo")
    await log_in_at(checker, "checker@ningbo")
    one, two = Counted(maker.page), Counted(checker.page)
    await one.click("复制推广", "link")
    await one.click("复制到另一地", "link")
    await one.fill("#name", "宁波食堂")
    await one.fill("#ref", "ningbo")
    await one.fill("#region", "宁波")
    await one.fill("#option-daily_limit", "75.00")
    await one.click("开始复制")
    copied = maker.page.locator("#copied")
    await expect(copied).to_contain_text("75.00")
    await expect(copied).to_contain_text("15.00%")
    await one.click("演练一周")
    await expect(maker.page.locator("#rehearsal .note.good")).to_be_visible(timeout=90_000)
    await one.click("提交审批")
    await expect(maker.page.locator("h1")).to_have_text("宁波食堂")
    await two.click("审批", "link")
    await two.click("宁波食堂", "link")
    await expect(checker.page.locator("#copied")).to_contain_text("75.00")
    await two.click("批准")
    await expect(checker.page.locator("h1")).to_contain_text("沙箱")
    await maker.page.goto(f"{maker.url}/scenes/ningbo")
    await one.click("开始试点")
    await expect(maker.page.locator("h1")).to_contain_text("试点")
    await checker.page.goto(f"{checker.url}/scenes/ningbo")
    await two.click("投产")
    await expect(checker.page.locator("h1")).to_contain_text("投产")
    (copy,) = await list_copies(bank.pool, await family_of(bank.pool, city.id))
    seconds, steps = copy.took_s or 0.0, one.steps + two.steps
    assert 0 < seconds < 300
    assert steps <= 15
    # No line of code: the copy runs on the template that the original runs on, with no step of its own.
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id, city.id])
        rows = await connection.fetch("select digest, added from terms order by tenant")
    assert {row["digest"] for row in rows} == {templates.get("smart_canteen").digest}
    assert [row["added"] for row in rows] == [[], []]
    with capsys.disabled():
        print(f"\ncopied in {seconds:.1f} s, {steps} steps of two people", file=sys.stderr)
    assert [window.faults for window in windows.open] == [[], []]


@looks
async def test_pages_are_for_everybody(
    windows: Windows, bank: Bank, templates: Templates, assets: Path, size: dict[str, int],
    language: str,
) -> None:  # fmt: skip
    city = await branch(bank)
    window = await windows.new(viewport=size, locale=language)
    page = window.page

    async def look(name: str, path: str) -> None:
        await page.goto(f"{window.url}{path}")
        assert await serious_faults(page, assets) == [], name
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], name
        if SHOTS:
            shot = f"{SHOTS}/copies-{name}-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)

    async def be(login: str) -> None:
        session = await log_in(bank.pool, login, PASSWORD)
        await window.context.add_cookies(
            [{"name": COOKIE, "value": session.token, "url": window.url}]
        )

    await be("maker@bank")
    await look("empty", "/copies")
    await look("scene-empty", SCENE)
    offer = await offered(bank, templates)
    family = await family_of(bank.pool, city.id)
    order = CopyOrder("ningbo", "宁波食堂", "宁波", options={"daily_limit": "75.00"})
    pack = templates.get("smart_canteen")
    copy, launch = await begin_copy(bank.pool, family, offer, pack, order, "maker@ningbo")
    await be("maker@ningbo")
    await look("new", f"/copies/offers/{offer.id}/new")
    await look("launch", f"/launches/{launch}")
    client = await bank.client()
    client.cookies.set(COOKIE, (await log_in(bank.pool, "checker@ningbo", PASSWORD)).token)
    await page.get_by_role("button", name=re.compile("提交审批|Submit")).first.click()
    await page.wait_for_load_state()
    csrf = await token(client, f"/launches/{launch}")
    approved = await client.post(f"/launches/{launch}/approve", data={"csrf": csrf})
    assert approved.status_code == 303
    await grown(bank, bank.tenant, "canteen", [(900, 120_000), (1_400, 180_050), (1_500, 210_000)])
    await grown(bank, city, "ningbo", [(1_100, 100_005), (1_700, 204_000)])
    assert await credit_copies(bank.pool, city.id) == 2
    await look("one", f"/copies/one/{copy}")
    assert await page.locator("circle").count() == 5
    await look("fees", f"/copies/one/{copy}?figure=account:fees")
    await expect(page.locator("tr[data-track]").nth(1)).to_contain_text("¥1,000.05")
    await be("maker@bank")
    await look("all", "/copies")
    # 15 % of 1,000.05 and of 2,040.00.
    credited = page.locator("tr[data-credit]")
    await expect(credited).to_have_count(2)
    assert [await credited.nth(n).get_attribute("data-credit") for n in range(2)] == [
        "30600",
        "15001",
    ]
    await look("scene", SCENE)
    assert window.faults == []
