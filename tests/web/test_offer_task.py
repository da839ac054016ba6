"""Tasks that come of offers: the script, whether the customer may be called, and their answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from engagement.running.campaigning import made
from enscene.api.server import serving
from enscene.commit import admit
from enscene.engagement.results import read_learnt
from web.looks import looks, picture
from web.saying import Pages, Saying, open_saying
from web.test_browser import serious_faults
from web.test_phone import LOOK

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
async def saying(pool: Any) -> AsyncIterator[Saying]:
    async with open_saying(pool) as found:
        yield found


async def task_of(saying: Saying) -> tuple[str, str]:
    """The path of the only task, and who it is meant for."""
    (row,) = await saying.sql("select id::text, staff from staff_task")
    return f"/workbench/{row['id']}", row["staff"].partition("@")[0]


async def taken(saying: Saying, channel: str = "call") -> tuple[Pages, str]:
    await saying.says("coupon", channel, "h5")
    path, who = await task_of(saying)
    desk = await saying.desk(who)
    assert (await desk.press(f"{path}/take")).status_code == 200
    return desk, path


async def test_the_script_says_what_the_customer_would_read(saying: Saying) -> None:
    desk, path = await taken(saying)
    page = await desk.get(path)
    for said in ("满百减五", "您刚订了行程", "银行补贴 ¥5.00", "可以致电", "旅行"):
        assert said in page, said
    board = await desk.get("/workbench")
    today = board.partition('id="today"')[2].partition("</section>")[0]
    assert "满百减五" in today
    await saying.sql("update staff_task set made_at = made_at - $1::interval", timedelta(days=2))
    board = await desk.get("/workbench")
    assert "此前未办结" in board
    assert "满百减五" not in board.partition('id="today"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("outcome", "state", "do_not_call"),
    [("taken", "taken", False), ("refused", "dismissed", False), ("opted_out", "dismissed", True)],
)
async def test_the_answer_is_the_customers_and_ends_the_task(
    saying: Saying, outcome: str, state: str, *, do_not_call: bool
) -> None:
    desk, path = await taken(saying)
    done = await desk.press(f"{path}/answer", outcome=outcome)
    assert (done.status_code, 'id="answer"' in done.text) == (200, False)
    assert await saying.answers() == [outcome]
    assert (await made(saying.trip))[-1]["state"] == state
    (task,) = await saying.sql("select state, result from staff_task")
    assert task["state"] == "done"
    (ann,) = await saying.sql("select profile from party where ref = 'ann'")
    assert bool(ann["profile"].get("do_not_call")) == do_not_call
    again = await desk.press(f"{path}/answer", outcome=outcome)
    assert again.status_code in (403, 422)
    assert await saying.answers() == [outcome]


async def test_the_engine_learns_of_it(saying: Saying) -> None:
    desk, path = await taken(saying)
    await desk.press(f"{path}/answer", outcome="opted_out")
    await saying.sql("update party set profile = '{}' where ref = 'ann'")
    await saying.trip.book("ann", "B9", "300.00")
    last = (await made(saying.trip))[-1]
    assert (last["state"], last["rights"]["model"]) == ("none", 0), (
        "one policy serves all the cycle"
    )
    async with saying.trip.pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [saying.trip.tenant.id])
        learnt = await read_learnt(connection, saying.trip.tenant.id)
    assert learnt.answers == 1


async def test_who_wants_no_calls_is_shown_as_such(saying: Saying) -> None:
    desk, path = await taken(saying, "staff")
    assert 'data-calls="on"' in await desk.get(path)
    await saying.sql("update party set profile = '{\"do_not_call\": true}' where ref = 'ann'")
    page = await desk.get(path)
    assert 'data-calls="off"' in page
    assert "请勿致电该客户" in page


async def test_what_was_withdrawn_is_not_said_any_more(saying: Saying) -> None:
    desk, path = await taken(saying)
    await saying.consent("ann", granted=False)
    page = await desk.get(path)
    assert "请勿再提及" in page
    assert 'id="answer"' not in page
    refused = await desk.press(f"{path}/answer", outcome="taken")
    assert refused.status_code == 422
    assert await saying.answers() == []


async def test_who_has_not_taken_the_task_answers_nothing(saying: Saying) -> None:
    await saying.says("coupon", "call")
    path, who = await task_of(saying)
    desk = await saying.desk(who)
    assert (await desk.press(f"{path}/answer", outcome="taken")).status_code == 403
    await desk.press(f"{path}/take")
    assert (await desk.press(f"{path}/answer", outcome="eaten")).status_code == 400
    other = await saying.desk("wu" if who == "zhou" else "zhou")
    assert (await other.press(f"{path}/answer", outcome="taken")).status_code == 403
    assert await saying.answers() == []


async def test_a_task_of_no_scene_is_read_too(saying: Saying) -> None:
    desk, path = await taken(saying)
    await saying.sql("update staff_task set scene = 0")
    assert "来自银行" in await desk.get(path)
    assert "来自银行" in await desk.get("/workbench")


async def test_in_english_nothing_is_chinese(saying: Saying) -> None:
    _, path = await taken(saying)
    (_, who) = await task_of(saying)
    desk = await saying.desk(who, "en-GB")
    for where in (path, "/workbench"):
        text = re.sub(r"<[^>]+>", " ", await desk.get(where))
        assert HAN.findall(re.sub(r"中文|入景", "", text)) == []


@looks
async def test_it_is_seen(
    pool: Any, chromium_at: str, assets: Path, size: Any, language: str
) -> None:
    async with open_saying(pool, assets) as saying:
        desk, path = await taken(saying)
        async with serving(saying.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            token = next(iter(desk.client.cookies.jar))
            await context.add_cookies([{"name": token.name, "value": str(token.value), "url": url}])
            page = await context.new_page()
            for what, where in (("workbench", "/workbench"), ("task", path)):
                await page.goto(f"{url}{where}")
                await page.wait_for_selector("#today, #script")
                assert await page.evaluate(LOOK) == [], what
                assert await serious_faults(page, assets) == [], what
                await picture(page, what, size, language)
            await page.click("#answer form:nth-of-type(1) button")
            await page.wait_for_selector("#answer", state="detached")
            await browser.close()
