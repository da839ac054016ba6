"""The account of a scene and of all scenes: what the ledger says, in both languages, empty and full."""

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
from enscene.lake import Folder, Lake
from enscene.operations.indicators import compute_indicators
from enscene.tenants.users import log_in
from enscene.web.console import COOKIE
from web.district import PASSWORD, District, open_district
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

PAGE, ALL = "/scene-account/business_district", "/scene-account"
MONTH = "?month=2026-03"


@pytest.fixture
async def district(pool: Any) -> AsyncIterator[District]:
    async with open_district(pool) as found:
        yield found


async def compute(pool: Any, folder: Path) -> None:
    """The three days on which there is lunch."""
    lake = Lake(pool, Folder(folder / "lake"))
    await lake.settle()
    for day in (2, 3, 4):
        await compute_indicators(pool, lake, date(2026, 3, day))


def line(page: str, name: str) -> list[str]:
    """This month's sum and that of the month before."""
    found = re.findall(rf'data-line="{name}".*?</tr>', page, re.DOTALL)[0]
    cells = re.findall(r'<td class="num.*?">(.*?)</td>', found)
    return [re.sub("<.*?>", "", unescape(each)) for each in cells]


async def test_what_a_district_brings(district: District, pool: Any, tmp_path: Path) -> None:
    desk = await district.desk()
    assert "No day is computed yet" in (await desk.get(PAGE)).text
    assert "No day is computed yet" in (await desk.get(ALL)).text
    await district.eat()
    await compute(pool, tmp_path)
    page = (await desk.get(PAGE)).text
    assert "As of the end of 2026-03-04" in page
    # 7 people on 3 days at 20.00, less the fee of 0.6 % of each; a coupon for 80.00, and 0.50 for it.
    assert line(page, "collected") == ["¥497.48", "—"]
    assert line(page, "fees") == ["¥3.02", "—"]
    assert page.count("<rect") == 3
    fees = (await desk.get(f"{PAGE}{MONTH}&line=fees")).text
    assert "What accounts of income gained" in fees
    assert re.findall(r"<td><a [^>]*>(2026-03-0\d)</a></td>", fees) == [
        "2026-03-02",
        "2026-03-03",
        "2026-03-04",
    ]
    later = (await desk.get(f"{PAGE}?month=2026-04")).text
    assert line(later, "collected") == ["—", "¥497.48"]
    assert "There are no figures of this month" in (await desk.get(f"{PAGE}?month=2025-12")).text


async def test_all_scenes_are_the_ledger(district: District, pool: Any, tmp_path: Path) -> None:
    await district.eat()
    await compute(pool, tmp_path)
    desk = await district.desk()
    page = (await desk.get(ALL)).text
    assert re.findall('data-agrees="([a-z]+)"', page) == ["yes"]
    assert 'href="/scene-account/business_district?month=2026-03"' in page
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [district.tenant])
        await connection.execute(
            "update indicator_value set value = value + 1 where indicator = 'account.balance' "
            "and grain = 'day' and day = '2026-03-04' and scene > 0 and key = 'fees'"
        )
    assert re.findall('data-agrees="([a-z]+)"', (await desk.get(ALL)).text) == ["no"]


async def test_who_takes_part_by_kind_and_role(
    district: District, pool: Any, tmp_path: Path
) -> None:
    await district.eat()
    await compute(pool, tmp_path)
    desk = await district.desk()
    page = (await desk.get(f"{PAGE}{MONTH}")).text
    groups = dict(re.findall(
        r'data-group="([^"]+)"><td>.*?</td><td class="num">([^<]*)</td>', page, re.DOTALL
    ))  # fmt: skip
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [district.tenant])
        rows = await connection.fetch(
            "select 'kind:' || p.kind as key, count(distinct p.id) as n from enrolment e "
            "join party p on p.tenant = e.tenant and p.id = e.party where e.active group by 1 "
            "union all select 'role:' || role, count(*) from enrolment where active group by 1"
        )
    told = {row["key"]: str(row["n"]) for row in rows}
    assert groups == told
    kinds = sum(key.startswith("kind:") for key in told)
    assert f'data-kinds="{kinds}/0"' in page
    later = (await desk.get(f"{PAGE}?month=2026-04")).text
    assert 'id="participants"' not in later


async def test_from_a_figure_to_its_entries(district: District, pool: Any, tmp_path: Path) -> None:
    await district.eat()
    await compute(pool, tmp_path)
    desk = await district.desk()
    fees = unescape((await desk.get(f"{PAGE}{MONTH}&line=fees")).text)
    found = 0
    for path in re.findall(rf'"({PAGE}/entries\?day=[^"]+line=fees[^"]+)"', fees):
        page = unescape((await desk.get(path)).text)
        minors = [int(each) for each in re.findall(r'data-minor="(-?\d+)"', page)]
        assert re.findall(r'data-figure="(-?\d+)"', page) == [str(sum(minors))]
        found += sum(minors)
        (unit, *_) = re.findall(r'"(/scenes/business_district/units/\d+)"', page)
        assert (await desk.get(unit)).status_code == 200
    assert found == 302
    whole = unescape((await desk.get(ALL)).text)
    links = re.findall(r'"(/scene-account/[^"/]+/entries\?[^"]+)"', whole)
    assert {each.split("/")[2] for each in links} == {"business_district"}
    for path in links:
        page = (await desk.get(path)).text
        (figure,) = re.findall(r'data-figure="(-?\d+)"', page)
        if "account.more" not in page and "&amp;after=" not in page:
            minors = [int(each) for each in re.findall(r'data-minor="(-?\d+)"', page)]
            assert sum(minors) == int(figure), path
    kept = f"{PAGE}/entries?day=2026-03-04&class=agency"
    assert (await desk.get(f"{kept}&after=x")).status_code == 400
    assert (await desk.get(f"{kept}&after=1~2~3")).status_code == 200
    assert (await desk.get(f"{PAGE}/entries?day=x&class=agency")).status_code == 400
    assert (
        await desk.get("/scene-account/none/entries?day=2026-03-04&class=own")
    ).status_code == 404
    early = await desk.get(f"{PAGE}/entries?day=2026-02-04&class=agency")
    assert "No entries on this day" in early.text
    none = await desk.get("/scene-account/0/entries?day=2026-03-04&class=own")
    assert (none.status_code, "Of no scene" in none.text) == (200, True)
    partner = await district.desk("partner")
    assert (await partner.get(kept)).status_code == 403


async def test_who_may_look_and_at_which_months(district: District) -> None:
    desk = await district.desk()
    assert (await desk.get(f"{PAGE}?month=2026-13")).status_code == 400
    assert (await desk.get(f"{ALL}?month=x")).status_code == 400
    assert (await desk.get("/scene-account/nothing")).status_code == 404
    assert f'href="{PAGE}"' in (await desk.get("/scenes/business_district")).text
    assert f'href="{ALL}"' in (await desk.get("/")).text
    partner = await district.desk("partner")
    assert (await partner.get(PAGE)).status_code == 403
    assert (await partner.get(ALL)).status_code == 403


async def test_what_one_enters_another_approves(
    district: District, pool: Any, tmp_path: Path
) -> None:
    desk, boss = await district.desk(), await district.desk("approver")
    csrf = re.findall('name="csrf" value="([^"]+)"', (await desk.get(PAGE)).text)[0]
    form = {"csrf": csrf, "kind": "investment", "day": "2026-03-02", "amount": "1.00",
            "note": "a till <b>"}  # fmt: skip
    bad = await desk.post(f"{PAGE}/outlays", data=form | {"amount": "-1.00"})
    assert bad.status_code == 400
    assert 'value="a till &lt;b&gt;"' in bad.text
    assert (await desk.post(f"{PAGE}/outlays", data=form)).status_code == 303
    page = (await desk.get(PAGE)).text
    assert 'data-outlay="asked"' in page
    assert "/approve" not in page
    (path,) = re.findall(r'action="(/scene-account/[^"]+/approve)"', (await boss.get(PAGE)).text)
    assert (await desk.post(path, data={"csrf": csrf})).status_code == 403
    csrf = re.findall('name="csrf" value="([^"]+)"', (await boss.get(PAGE)).text)[0]
    assert (await boss.post(path, data={"csrf": csrf})).status_code == 303
    assert 'data-outlay="approved"' in (await desk.get(PAGE)).text
    await district.eat()
    await compute(pool, tmp_path)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await compute_indicators(pool, lake, date(2026, 3, 31))
    page = unescape((await desk.get(f"{PAGE}{MONTH}")).text)
    assert "¥1.00 invested, earned back in 2026-03. 1 months in a row" in page
    assert 'data-sustained="0/1"' in (await desk.get(f"{ALL}{MONTH}")).text


@looks
async def test_pages_are_for_everybody(
    chromium_at: str, pool: Any, assets: Path, tmp_path: Path, size: dict[str, int], language: str
) -> None:
    async with open_district(pool, assets) as district:
        await (await district.desk()).aclose()
        session = await log_in(pool, f"scene_team-1@{district.story.tenant.ref}", PASSWORD)
        async with serving(district.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            await context.add_cookies([{"name": COOKIE, "value": session.token, "url": url}])
            page = await context.new_page()
            faults: list[str] = []
            page.on("console", lambda heard: faults.append(heard.text)
                    if heard.type in ("error", "warning") else None)  # fmt: skip
            entries = f"{PAGE}/entries?day=2026-03-04&class=agency"
            for name, path in (
                ("empty", PAGE), ("one", f"{PAGE}{MONTH}"), ("all", ALL), ("entries", entries),
            ):  # fmt: skip
                if name == "one":
                    await district.eat()
                    await compute(pool, tmp_path)
                await page.goto(f"{url}{path}")
                assert await serious_faults(page, assets) == []
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide <= size["width"], name
                if SHOTS:
                    shot = f"{SHOTS}/scene-account-{name}-{size['width']}-{language}.png"
                    await page.screenshot(path=shot, full_page=True)
            assert faults == []
            await browser.close()


async def test_a_currency_that_there_is_not_is_refused(
    district: District, pool: Any, tmp_path: Path
) -> None:
    await district.eat()
    await compute(pool, tmp_path)
    desk = await district.desk()
    for path in (f"{PAGE}/entries", "/scene-account/0/entries"):
        for currency in ("XXX", "%00", "x" * 80, "人民币"):
            answer = await desk.get(f"{path}?day=2026-03-04&class=kept&currency={currency}")
            assert answer.status_code == 400, currency
