"""How customers' pages tell of their use, and what staff read of it beside what they did themselves."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.engagement.outside import Sender, check_event, take_events
from web.looks import SHOTS, looks
from web.saying import PAGE, Saying, open_saying
from web.test_browser import serious_faults
from web.test_phone import LOOK

HAN = re.compile("[\u4e00-\u9fff]")
VIEW = "3f0c6f3e-0d5a-4f62-9a4e-6a1d5f0b7c11"


@pytest.fixture
async def saying(pool: Any) -> AsyncIterator[Saying]:
    async with open_saying(pool) as found:
        yield found


async def beacon(saying: Saying, **change: Any) -> int:
    body = {"token": await saying.token(), "id": VIEW, "dwell_ms": 4_000, "clicks": []} | change
    async with saying.client() as client:
        return (await client.post(f"{PAGE}/seen", content=json.dumps(body))).status_code


async def told(saying: Saying) -> list[dict[str, Any]]:
    rows = await saying.sql("select facts from event where action like 'outside.%' order by seq")
    return [row["facts"]["outside"] for row in rows]


async def tells(saying: Saying, kind: str, number: str, **data: Any) -> None:
    value = {
        "specversion": "1.0", "type": kind, "source": "/crm", "id": number, "subject": "ann",
        "scene": "travel", "time": datetime.now(UTC).isoformat(), "data": data,
    }  # fmt: skip
    trip = saying.trip
    await take_events(trip.pool, trip.tenant.id, [check_event(value)], Sender("crm"), places=[""])


async def test_a_page_tells_how_long_it_was_looked_at_and_what_was_clicked(saying: Saying) -> None:
    offer = await saying.says("coupon")
    clicks = [{"target": "offers/refused", "offer": str(offer["id"])}]
    assert await beacon(saying, clicks=clicks) == 204
    viewed, clicked = await told(saying)
    assert (viewed["type"], viewed["data"]) == ("page.viewed", {"page": "trips", "dwell_ms": 4_000})
    assert (clicked["type"], clicked["data"]["target"]) == ("page.clicked", "offers/refused")
    assert viewed["source"] == "enscene:h5"
    assert await saying.answers() == ["seen"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"token": "x.y"}, 401), ({"token": ""}, 401), ({"dwell_ms": -1}, 400), ({"wish": 1}, 400),
     ({"id": "x"}, 400), ({"clicks": [{"target": "a b"}]}, 400),
     ({"clicks": [{"target": "a"}] * 21}, 400), ({"clicks": [{"target": "a", "offer": "b"}]}, 422),
     ({"token": "x" * 9_000}, 400)],
)  # fmt: skip
async def test_what_no_page_would_tell_is_not_taken(
    saying: Saying, change: dict[str, Any], status: int
) -> None:
    assert await beacon(saying, **change) == status
    assert await told(saying) == []


async def test_without_recommendations_the_page_measures_nothing_and_nothing_is_kept(
    saying: Saying,
) -> None:
    assert "data-measure" in (await saying.h5()).text
    await saying.consent("ann", granted=False)
    assert "data-measure" not in (await saying.h5()).text
    assert await beacon(saying) == 204
    assert await told(saying) == []


async def test_staff_read_contacts_and_reply_times_beside_what_the_customer_did(
    saying: Saying,
) -> None:
    page = await (await saying.desk("audit")).get("/customers/ann")
    assert "还没有来自场景以外的记录" in page
    await tells(saying, "staff.called", "1", staff="wu", outcome="no_answer")
    await tells(saying, "staff.called", "2", staff="wu", outcome="reached", follow_up="promised")
    await tells(saying, "staff.replied", "3", staff="wu", reply_s=420, channel="app")
    await tells(saying, "page.viewed", "4", page="hotels", dwell_ms=90_000)
    await tells(saying, "feedback.given", "5", score=8, channel="survey", topic="travel")
    page = await (await saying.desk("audit")).get("/customers/ann")
    for said in ("联系次数</dt><dd>3", "7 分钟", "1 / 2", "待跟进", "浏览页面</dt><dd>1", "90 秒",
                 "平均评分（满分 10）</dt><dd>8.0", "wu · 等待 7 分钟"):  # fmt: skip
        assert said in page, said
    english = await (await saying.desk("audit", "en-GB")).get("/customers/ann")
    part = english[english.index('id="contacts"') :]
    assert HAN.findall(part[: part.index("</section>")]) == []


@looks
async def test_a_browser_sends_what_was_measured_under_the_strict_policy(
    pool: Any, chromium_at: str, assets: Path, size: Any, language: str
) -> None:
    async with (
        open_saying(pool, assets) as saying,
        serving(saying.app, port=0) as url,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        await page.goto(f"{url}{PAGE}#{await saying.token()}")
        await page.wait_for_selector("main section")
        await page.locator("summary").first.click()
        # A beacon that is sent while a page goes is told to nobody: the page stays, and says so.
        async with page.expect_event("requestfinished", lambda sent: sent.url.endswith("/seen")):
            await page.evaluate("window.dispatchEvent(new Event('pagehide'))")
        assert faults == []
        await browser.close()
        assert [each["type"] for each in await told(saying)] == ["page.viewed", "page.clicked"]


@looks
async def test_the_contacts_look_right(
    pool: Any, chromium_at: str, assets: Path, size: Any, language: str
) -> None:
    async with (
        open_saying(pool, assets) as saying,
        serving(saying.app, port=0) as url,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        await tells(
            saying, "staff.called", "2", staff="wu", outcome="reached", follow_up="promised"
        )
        await tells(saying, "staff.replied", "3", staff="wu", reply_s=420, channel="app")
        await tells(saying, "page.viewed", "4", page="hotels", dwell_ms=90_000)
        desk = await saying.desk("audit", language)
        name = f"contacts-{'phone' if size['width'] < 500 else 'desk'}-{language[:2]}"
        cookies = [{"name": n, "value": v, "url": url} for n, v in desk.client.cookies.items()]
        await context.add_cookies(cookies)
        page = await context.new_page()
        await page.goto(f"{url}/customers/ann")
        await page.wait_for_selector("#contacts dl")
        assert await page.evaluate(LOOK) == []
        assert await serious_faults(page, assets) == []
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        await browser.close()
