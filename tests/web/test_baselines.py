"""Before and now in the console: entered, approved, compared with the log, in both languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.commit import admit
from enscene.lake import Folder, Lake
from enscene.operations.baselines import BaselineOrder, decide_baseline, enter_baseline
from enscene.operations.indicators import compute_indicators
from enscene.operations.scene_account import ask_outlay, decide_outlay, list_outlays
from enscene.tenants.users import log_in
from enscene.web.console import COOKIE
from web.district import PASSWORD, District, open_district
from web.looks import looks, picture
from web.test_browser import serious_faults

PAGE = "/before/business_district"
FORM = {"service": "order", "side": "before", "day": "2026-01-05", "cases": "200", "minutes": "6",
        "steps": "4", "cost": "", "errors": "15", "source": "li <b>", "note": ""}  # fmt: skip


@pytest.fixture
async def district(pool: Any) -> AsyncIterator[District]:
    async with open_district(pool) as found:
        yield found


async def csrf(desk: httpx.AsyncClient) -> str:
    return re.findall('name="csrf" value="([^"]+)"', (await desk.get(PAGE)).text)[0]


async def press(desk: httpx.AsyncClient, word: str, **more: str) -> int:
    """The first form whose address ends with the word."""
    page = unescape((await desk.get(PAGE)).text)
    path = re.findall(rf'action="({PAGE}/bas_[^"/]+/{word})"', page)[0]
    return (await desk.post(path, data={"csrf": await csrf(desk)} | more)).status_code


async def compute(pool: Any, folder: Path) -> None:
    lake = Lake(pool, Folder(folder / "lake"))
    await lake.settle()
    await compute_indicators(pool, lake, date(2026, 3, 4))


async def fill(pool: Any, tenant: int, scene: int, month: date) -> None:
    """A month with more orders than anybody eats in a test."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        for name, key, currency, value in (
            ("service.count", "order", "", 1_240), ("service.seconds", "order", "", 95),
            ("service.steps", "order", "", 2_040_000), ("service.count", "coupon", "", 310),
            ("service.seconds", "coupon", "", 86_400), ("service.steps", "coupon", "", 2_000_000),
            ("account.moved", "cost", "CNY", -820_00), ("satisfaction.stars", "merchant", "", 4_310_000),
            ("satisfaction.stars", "cardholder", "", 4_620_000),
        ):  # fmt: skip
            await connection.execute(
                "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                "value) values ($1, $2, $3, 'month', $4, $5, $6, $7)",
                tenant, name, scene, month, key, currency, value,
            )  # fmt: skip


async def enter(pool: Any, tenant: int, scene: int, *given: Any, **more: str) -> None:
    order = BaselineOrder(*given, **more)
    number = await enter_baseline(pool, tenant, scene, ("order", "coupon"), "CNY", order, "li")
    await decide_baseline(pool, tenant, scene, number, "wang", approve=True)


async def test_entered_by_one_approved_by_another_and_compared_with_the_log(
    district: District, pool: Any, tmp_path: Path
) -> None:
    desk, boss = await district.desk(), await district.desk("approver")
    assert 'data-empty="1"' in (await desk.get(PAGE)).text
    token = await csrf(desk)
    bad = await desk.post(PAGE, data=FORM | {"csrf": token, "minutes": "6 min"})
    assert bad.status_code == 400
    assert 'data-param="minutes"' in bad.text
    assert 'value="li &lt;b&gt;"' in bad.text
    for name, value in (("cases", "many"), ("day", "x"), ("service", "none"), ("side", "after")):
        answer = await desk.post(PAGE, data=FORM | {"csrf": token, name: value})
        assert answer.status_code == 400, name
    assert "data-entry" not in (await desk.get(PAGE)).text
    assert (await desk.post(PAGE, data=FORM | {"csrf": token})).status_code == 303
    assert 'data-entry="asked"' in (await desk.get(PAGE)).text
    assert f'href="{PAGE}#entries"' in (await boss.get("/approvals")).text
    assert "/approve" not in (await desk.get(PAGE)).text
    own = FORM | {"csrf": await csrf(boss)}
    assert (await boss.post(PAGE, data=own)).status_code == 403
    assert await press(boss, "approve") == 303
    await district.eat()
    await compute(pool, tmp_path)
    page = unescape((await desk.get(f"{PAGE}?month=2026-03")).text)
    # 7 people on 3 days.
    assert 'data-service="order" data-cases="21"' in page
    (orders,) = re.findall(r'data-service="order".*?</section>', page, re.DOTALL)
    told = dict(re.findall(r'data-figure="(\w+)" data-change="(\w+)"', orders))
    assert told["steps"] == "few"
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [district.tenant])
        acts = await connection.fetchval(
            "select count(*) from event where subject like 'order:%' and actor !~ '^(clock|trigger):'"
        )
    assert f"{acts / 21:.2f}" in orders
    assert await press(desk, "withdraw", why="a holiday") == 303
    assert 'data-entry="approved"' in (await desk.get(PAGE)).text
    assert await press(boss, "approve") == 303
    assert 'data-entry="withdrawn"' in (await desk.get(PAGE)).text


async def test_changes_are_told_with_their_direction(district: District, pool: Any) -> None:
    scene = (await district.story.host.scene(district.tenant, "business_district")).id
    await fill(pool, district.tenant, scene, date(2026, 3, 1))
    await enter(pool, district.tenant, scene, "order", "before", date(2026, 1, 5), 200, "li",
                minutes="6", steps="1")  # fmt: skip
    desk = await district.desk()
    page = unescape((await desk.get(f"{PAGE}?month=2026-03")).text)
    assert "73.6 % less" in page  # 95 seconds of 360
    assert "104.0 % more" in page  # 2.04 steps of 1
    assert page.count('<rect class="now"') == 2
    assert "1,289.6" in page  # 1.04 steps 1,240 times
    assert "−3.8 days" in page  # 265 seconds 1,240 times
    assert "¥0.53" in page  # 820.00 over 1,550
    assert 'data-stars="cardholder"' in page
    chinese = await district.desk("auditor", "zh-CN")
    page = (await chinese.get(f"{PAGE}?month=2026-03")).text
    assert "减少 73.6%" in page
    assert 'id="enter"' not in page


async def test_who_may_look_and_who_may_act(district: District) -> None:
    desk, partner = await district.desk(), await district.desk("partner")
    assert (await partner.get(PAGE)).status_code == 403
    token = await csrf(desk)
    none = f"{PAGE}/bas_00000000000000000000000000"
    assert (
        await desk.post(f"{none}/withdraw", data={"csrf": token, "why": "x"})
    ).status_code == 404
    assert (await desk.post(f"{none}/approve", data={"csrf": token})).status_code == 403
    assert (await desk.get(f"{PAGE}?month=2026-13")).status_code == 400
    assert (await desk.get("/before/nothing")).status_code == 404
    assert f'href="{PAGE}"' in (await desk.get("/scenes/business_district")).text


@looks
async def test_pages_are_for_everybody(
    chromium_at: str, pool: Any, assets: Path, size: dict[str, int], language: str
) -> None:
    async with open_district(pool, assets) as district:
        await (await district.desk()).aclose()
        tenant, month = district.tenant, date(2026, 3, 1)
        session = await log_in(pool, f"scene_team-1@{district.story.tenant.ref}", PASSWORD)
        scene = (await district.story.host.scene(tenant, "business_district")).id
        async with serving(district.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            await context.add_cookies([{"name": COOKIE, "value": session.token, "url": url}])
            page = await context.new_page()
            faults: list[str] = []
            page.on("console", lambda heard: faults.append(heard.text)
                    if heard.type in ("error", "warning") else None)  # fmt: skip
            for name in ("empty", "one"):
                if name == "one":
                    await fill(pool, tenant, scene, month)
                    who = (
                        "钱江世纪城支行李敏，柜面计时"
                        if language[:2] == "zh"
                        else "Li Min, timed at the counter"
                    )
                    await enter(pool, tenant, scene, "order", "before", date(2026, 1, 5), 200, who,
                                minutes="6.5", steps="5", cost="3.20", errors="15")  # fmt: skip
                    await enter(pool, tenant, scene, "order", "after", date(2026, 3, 1), 400, who,
                                cost="1.10", errors="4")  # fmt: skip
                    await enter(pool, tenant, scene, "coupon", "before", date(2026, 1, 5), 12, who,
                                minutes="1500")  # fmt: skip
                    await ask_outlay(pool, tenant, scene, "running", date(2026, 3, 2), "500.00",
                                     "CNY", "staff", "li")  # fmt: skip
                    (outlay,) = await list_outlays(pool, tenant, scene)
                    await decide_outlay(pool, tenant, scene, outlay.id, "wang", approve=True)
                await page.goto(f"{url}{PAGE}?month=2026-03")
                assert await serious_faults(page, assets) == []
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide <= size["width"], name
                await picture(page, f"before-{name}", size, language)
            assert faults == []
            await browser.close()
