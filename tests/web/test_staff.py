"""Pages of what staff did and can do; a task is handed on; a customer's page has the same beside it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.kernel.ids import new_uuid
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from lending import Lending, open_lending
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_workbench import PASSWORD, desk_of

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for login, role in (("zhou", "manager"), ("audit", "auditor"), ("lead", "approver")):
            await create_user(
                pool, found.trip.tenant, login, name=login, password=PASSWORD, roles=[role]
            )
        await found.trip.book("ann", "B1", "3600.00")
        yield found


async def busy(lending: Lending) -> Any:
    """Tasks of two managers; one that sun has taken."""
    (clock,) = await lending.sql("select clock_timestamp() as now")
    (ann,) = await lending.sql("select id from party where ref = 'ann'")
    for staff, count in (("sun@bank", 40), ("zhou@bank", 2)):
        for _ in range(count):
            number, made = new_uuid(), clock["now"]
            await lending.sql(
                "insert into staff_task (tenant, id, kind, scene, customer, need, reason, state, "
                "staff, made_at, replied_at, done_at) values ($1, $2, 'follow_up', 1, $3, 40, 'idle', "
                "'done', $4, $5::timestamptz, $5::timestamptz + interval '9 minutes', "
                "$5::timestamptz + interval '10 minutes')",
                lending.trip.tenant.id, number, ann["id"], staff, made,
            )  # fmt: skip
    taken = new_uuid()
    await lending.sql(
        "insert into staff_task (tenant, id, kind, scene, customer, need, reason, state, staff, "
        "made_at, taken_at) values ($1, $2, 'call_back', $4, $3, 40, 'help', 'taken', 'sun@bank', "
        "clock_timestamp(), clock_timestamp())",
        lending.trip.tenant.id, taken, ann["id"], 1,
    )  # fmt: skip
    return taken


async def test_a_lead_sees_the_unit_and_a_manager_himself(lending: Lending) -> None:
    await busy(lending)
    lead, sun = await desk_of(lending, "lead"), await desk_of(lending)
    page = unescape((await lead.get("/workbench/behaviour")).text)
    assert re.findall(r'data-staff="(\w+)"', page) == ["sun", "zhou"]
    assert '40 / 40 <small class="quiet">100.0%</small>' in page
    # Two tries are no share.
    assert "2 / 2</dd>" in page
    own = unescape((await sun.get("/workbench/behaviour")).text)
    assert re.findall(r'data-staff="(\w+)"', own) == ["sun"]
    assert "/workbench/behaviour" in (await sun.get("/workbench")).text
    assert (await sun.get("/workbench/behaviour?month=x")).status_code == 400
    loads = re.findall(r'data-load="(\d+)"', (await lead.get("/workbench/capacity")).text)
    assert loads == ["1", "0"]
    assert re.findall(r'data-load="(\d+)"', (await sun.get("/workbench/capacity")).text) == ["1"]


async def test_a_lead_sets_the_rule_and_nobody_else(lending: Lending) -> None:
    lead, sun = await desk_of(lending, "lead"), await desk_of(lending)
    assert (await sun.press("/workbench/capacity", wait_h="4")).status_code == 403
    for wrong in ("x", "-1", "721", ""):
        bad = await lead.press("/workbench/capacity", wait_h=wrong)
        assert bad.status_code == 400, wrong
    page = (await lead.press("/workbench/capacity", wait_h="4")).text
    assert "超过 4 小时" in page
    assert "lead@bank" in page


async def test_a_task_is_handed_on_and_the_customers_page_tells_of_it(lending: Lending) -> None:
    task = await busy(lending)
    sun, zhou = await desk_of(lending), await desk_of(lending, "zhou")
    page = (await sun.get(f"/workbench/{task}")).text
    assert '<option value="zhou@bank">' in page
    assert "<option>sun@bank</option>" not in page
    bad = await sun.press(f"/workbench/{task}/hand", taker="nobody@bank")
    assert bad.status_code == 400
    assert (await zhou.press(f"/workbench/{task}/hand", taker="sun@bank")).status_code == 403
    assert (await sun.press(f"/workbench/{task}/hand", taker="zhou@bank")).status_code == 200
    (row,) = await lending.sql("select state, staff from staff_task where id = $1", task)
    assert (row["state"], row["staff"]) == ("open", "zhou@bank")
    assert (await zhou.press(f"/workbench/{task}/take")).status_code == 200
    audit = await desk_of(lending, "audit")
    strip = unescape((await audit.get("/customers/ann")).text)
    told = re.findall(r'data-strip="(\w+)">([^<]*)<', strip)
    assert ("staff", "转交 1 次") in told
    assert ("staff", "跟进 42 / 42") in told
    assert any(side == "outcome" and "最近动账" in words for side, words in told)


@looks
async def test_pages_are_for_everybody(
    lending: Lending, chromium_at: str, assets: Path, size: dict[str, int], language: str
) -> None:
    settings = ConsoleSettings(packs=PACKS, assets=assets)
    app = create_console(lending.trip.host, lending.trip.pool, settings)
    async with serving(app, port=0) as url, async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()

        async def look(name: str, path: str) -> None:
            await page.goto(f"{url}{path}")
            assert await serious_faults(page, assets) == [], name
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], name
            await picture(page, f"staff-{name}", size, language)

        session = await log_in(lending.trip.pool, "lead@bank", PASSWORD)
        await context.add_cookies([{"name": COOKIE, "value": session.token, "url": url}])
        await look("empty", "/workbench/behaviour")
        task = await busy(lending)
        await look("behaviour", "/workbench/behaviour")
        await look("capacity", "/workbench/capacity")
        await look("customer", "/customers/ann")
        session = await log_in(lending.trip.pool, "sun@bank", PASSWORD)
        await context.add_cookies([{"name": COOKIE, "value": session.token, "url": url}])
        await look("task", f"/workbench/{task}")
        await browser.close()
        await app.state.console.close()
