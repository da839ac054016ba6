"""Projects in the console: planned by one, approved by another, stopped at a gate, passed by exception."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.commit import admit
from enscene.tenants.users import log_in
from enscene.web.console import COOKIE
from enscene.web.language import Texts
from web.district import PASSWORD, District, open_district
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

PAGE, ALL = "/projects/mall", "/projects"
PLAN = {
    "ref": "mall", "name": "Mall & More", "owner": "ann", "research.amount": "10.00",
    "live.amount": "900.00", "target0.step": "pilot", "target0.indicator": "users.active",
    "target0.month": "2999-01", "target0.least": "1000",
}  # fmt: skip


@pytest.fixture
async def district(pool: Any) -> AsyncIterator[District]:
    async with open_district(pool) as found:
        yield found


async def post(desk: Any, path: str, **form: str) -> Any:
    csrf = re.findall('name="csrf" value="([^"]+)"', (await desk.get(ALL)).text)[0]
    return await desk.post(path, data={"csrf": csrf, **form})


async def to_pilot(
    district: District, pool: Any, *, missed: bool, team: Any = None
) -> tuple[Any, Any]:
    """Desks of the team and of an approver; the project is in its pilot, whose target was missed."""
    desk, boss = team or await district.desk(), await district.desk("approver")
    assert (await post(desk, ALL, **PLAN)).status_code == 303
    assert (await post(boss, f"{PAGE}/approve")).status_code == 303
    for _ in range(5):
        assert (await post(desk, f"{PAGE}/ask")).status_code == 303
        assert (await post(boss, f"{PAGE}/pass")).status_code == 303
    assert (await post(desk, f"{PAGE}/scene", scene="business_district")).status_code == 303
    if missed:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [district.tenant])
            await connection.execute(
                "insert into indicator_day (tenant, day, rows) values ($1, $2, 1)",
                district.tenant, date(2999, 1, 31),
            )  # fmt: skip
    return desk, boss


async def test_a_plan_with_a_mistake_loses_nothing(district: District) -> None:
    desk = await district.desk()
    assert "There is no project yet" in (await desk.get(ALL)).text
    bad = await post(desk, ALL, **PLAN | {"target0.least": "none"})
    assert bad.status_code == 400
    assert f"<b>{Texts('en').field('projects', 'targets[0].least')}</b>" in bad.text
    assert "targets[0].least" not in bad.text
    assert 'value="Mall &amp; More"' in bad.text
    assert (await desk.get(PAGE)).status_code == 404
    partner = await district.desk("partner")
    assert (await partner.get(ALL)).status_code == 403


async def test_a_missed_target_is_shown_and_an_exception_takes_two(
    district: District, pool: Any
) -> None:
    desk, boss = await to_pilot(district, pool, missed=True)
    page = unescape((await desk.get(PAGE)).text)
    assert 'data-target="missed"' in page
    assert "Stopped at a gate" in page
    assert "active users of 2999-01 missed" in page
    assert 'data-stopped="1"' in (await desk.get(ALL)).text
    shut = await post(desk, f"{PAGE}/ask", reason=" ")
    assert (shut.status_code, "The gate is shut" in shut.text) == (409, True)
    assert (await post(desk, f"{PAGE}/ask", reason="the mall opens late")).status_code == 303
    assert (await post(desk, f"{PAGE}/pass")).status_code == 404
    assert "Grant the exception" in (await boss.get(PAGE)).text
    assert (await post(boss, f"{PAGE}/pass")).status_code == 303
    page = unescape((await desk.get(PAGE)).text)
    assert "data-exception" in page
    assert "the mall opens late" in page
    assert "¥910.00" in page
    account = unescape((await desk.get("/scene-account/business_district")).text)
    assert "¥900.00" in account


async def test_a_high_risk_is_closed_by_another(district: District, pool: Any) -> None:
    desk, boss = await to_pilot(district, pool, missed=False)
    form = {"level": "high", "what": "no licence", "owner": "cyd"}
    assert (await post(desk, f"{PAGE}/risks", **form)).status_code == 303
    page = (await desk.get(PAGE)).text
    assert "1 high risks open" in page
    assert "/close" not in page
    (path,) = re.findall(
        r'action="(/projects/mall/risks/[^"]+/close)"', (await boss.get(PAGE)).text
    )
    assert (await post(desk, path, answer="it came")).status_code == 403
    assert (await post(boss, path, answer="it came")).status_code == 303
    assert 'data-risk="closed"' in (await desk.get(PAGE)).text
    assert (await post(boss, f"{PAGE}/risks/x/close", answer="x")).status_code == 404


@looks
async def test_pages_are_for_everybody(
    chromium_at: str, pool: Any, assets: Path, size: dict[str, int], language: str
) -> None:
    async with open_district(pool, assets) as district:
        desk = await district.desk()
        session = await log_in(pool, f"scene_team-1@{district.story.tenant.ref}", PASSWORD)
        async with serving(district.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            await context.add_cookies([{"name": COOKIE, "value": session.token, "url": url}])
            page = await context.new_page()
            faults: list[str] = []
            page.on("console", lambda heard: faults.append(heard.text)
                    if heard.type in ("error", "warning") else None)  # fmt: skip
            for number, path in enumerate((ALL, ALL, PAGE)):
                if number == 1:
                    await to_pilot(district, pool, missed=True, team=desk)
                    await post(desk, f"{PAGE}/risks", level="high", what="no licence", owner="cyd")
                await page.goto(url + path)
                if SHOTS:
                    await page.screenshot(
                        path=f"{SHOTS}/projects-{number}-{language}-{size['width']}.png",
                        full_page=True,
                    )
                assert await serious_faults(page, assets) == [], path
                assert await page.evaluate(
                    "document.documentElement.scrollWidth <= window.innerWidth"
                ), path
            assert faults == []
