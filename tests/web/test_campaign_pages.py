"""The pages of campaigns as they look: a loop with past cycles, the builder, what waits for others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.async_api import expect

from enscene.commit import admit
from enscene.engagement.loops import STEPS, Cycle
from enscene.engagement.loops.store import close_cycle, open_cycle
from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_campaigns import campaigns, pay, propose, rules, run, settle
from web.test_portal import desk


async def past_cycles(bank: Bank) -> None:
    """Cycles as the background round closes them, of a bank with more customers than this one."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    outcomes: dict[str, dict[str, Any]] = {
        "insight": {}, "reach": {"said": 2_140, "sent": 2_101, "lost": 39},
        "identify": {"met": 1_320, "held": 131, "fired": 2_400}, "serve": {"seen": 900},
        "feedback": {"taken": 171, "refused": 60, "waiting": 1_909}, "analyse": {}, "optimise": {},
    }  # fmt: skip
    groups = {"currency": "CNY", "open": 1_189, "held": 131, "uneven": False}
    gain = {"earned": 240.0, "least": -24.0, "decisions": 1_930, "effective": 512.4}
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({**groups, "held": 12}, {"verdict": "kept", "why": "nothing"}),
        ({**groups, "control": 300.0, "value": 40.0, "low": -80.0, "high": 160.0},
         {"verdict": "kept", "why": "margin", "gain": 20.0, "low": -41.0, "high": 81.0, **gain}),
        ({**groups, "control": 310.0, "value": 122.0, "low": 18.0, "high": 226.0},
         {"verdict": "taken", "why": "better", "gain": 93.0, "low": 31.0, "high": 155.0, **gain}),
    ]  # fmt: skip
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("delete from loop_cycle")
        for number, (difference, comparison) in enumerate(rows, 1):
            cycle = Cycle(uuid4(), number, "lunch")
            since, until = (
                began + timedelta(days=7 * number),
                began + timedelta(days=7 * number + 7),
            )
            for name in STEPS:
                cycle.done(name, since, until, "wang@bank", **outcomes[name])
            assert await open_cycle(connection, bank.tenant.id, cycle, since, until, "wang@bank", 0)
            await close_cycle(
                connection, bank.tenant.id, cycle, until, until, difference, comparison, 2_140
            )
    await settle(bank)


@looks
async def test_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    window = await windows.new("maker", viewport=size, locale=language)
    page = window.page

    async def check(name: str) -> None:
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert await serious_faults(page, assets) == [], name
        await picture(page, name, size, language)

    await page.goto(f"{windows.url}/campaigns")
    await check("campaigns-empty")
    await page.goto(f"{windows.url}/campaigns/loop")
    await check("loop-empty")
    await run(bank, maker, checker, holdout="10")
    for n, who in enumerate(("ann", "bob")):
        await pay(bank, who, f"p{n}")
    await settle(bank)
    again = {"ref": "lunch", "offers.0.name": "flexible_plan", "offers.1.name": "coupon"}
    await propose(maker, **again, budget="2000")
    await propose(maker, ref="stopped", title_zh="旧活动", title_en="Old one")
    await checker.send("/campaigns/stopped/1/reject")
    await maker.send("/campaigns/rules", do="propose", **rules(holdout="5"))
    await past_cycles(bank)
    shown = {"campaigns": "", "campaign": "/lunch", "contact-rules": "/rules", "loop": "/loop"}
    for name, path in shown.items():
        await page.goto(f"{windows.url}/campaigns{path}")
        await check(name)
    # The builder: a pattern that is chosen shows its own fields, and what was typed stays.
    await page.goto(f"{windows.url}/campaigns/new?like=lunch")
    await page.fill("[id='offers.0.value']", "dear")
    await page.select_option("[id='moments.0.pattern']", "sum")
    await page.wait_for_selector("[id='moments.0.amount']")
    await expect(page.locator("[id='offers.0.value']")).to_have_value("dear")
    await page.fill("[id='moments.0.field']", "input.price")
    await page.fill("[id='moments.0.amount']", "20.00")
    await page.click("button[value='propose']")
    await page.wait_for_selector("[id='error-offers.0.value']")
    await check("campaign-faults")
    await page.fill("[id='offers.0.value']", "80.00")
    await page.click("button.second[value='try']")
    await expect(page.locator("#preview")).to_be_visible()
    await check("campaign-new")
    await page.click("button[value='expert']")
    await expect(page.locator("#yaml")).to_contain_text("input.price")
    await check("campaign-yaml")
    await page.goto(f"{windows.url}/campaigns")
    page.once("dialog", lambda dialog: dialog.dismiss())
    await page.click("#lunch button[data-ask]")
    await expect(page.locator("#lunch .chip.live")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    await page.click("#lunch button[data-ask]")
    await page.wait_for_url("**/campaigns/lunch")
    assert [each.kept.state for each in await campaigns(bank) if each.ref == "lunch"] == [
        "proposed", "stopped",
    ]  # fmt: skip
    assert [fault for fault in window.faults if "400" not in fault] == []
