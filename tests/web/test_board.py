"""Boards: what headquarters, a branch and a tenant see of the scenes, to whom, and on paper."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from enscene.api.server import serving
from enscene.commit import admit
from enscene.tenants.users import create_user, log_in
from enscene.web.console import COOKIE
from web.conftest import PASSWORD
from web.district import PASSWORD as DISTRICT_PASSWORD
from web.district import District, open_district
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_operator import CANARY, Town, town
from web.test_scene_account import compute

__all__ = ["town"]
MONTH = "?month=2026-03"
PICTURED = ("board-empty", "board")
PAPER = {"width": 726, "height": 1055}
"""A sheet of A4 without its margins."""
WAITING = [
    f"insert into {each}"
    for each in (
        """project (tenant, id, ref, name, owner, currency, planned_by, planned_at) values
        ($1, gen_random_uuid(), 'annex', 'Annex', 'ann', 'CNY', 'ann', now() + $2 * '0 s'::interval)""",
        """pilot_criterion (tenant, scene, currency, set_by, set_at)
        values ($1, $2, 'CNY', 'ann', now())""",
        """scene_outlay (tenant, id, scene, kind, day, minor, currency, note, asked_by) values
        ($1, gen_random_uuid(), $2, 'running', '2026-03-01', 1, 'CNY', 'x', 'ann')""",
        """planning_rules (tenant, version, rules, reason, asked_by, asked_at)
        values ($1, 1, '{}', 'x', 'ann', now() + $2 * '0 s'::interval)""",
        """staff_task (tenant, id, kind, scene, customer, need, reason, made_at)
        values ($1, gen_random_uuid(), 'refer', $2, 1, 1, 'x', '2020-01-01Z')""",
        *(
            f"""voice (tenant, id, kind, source, scene, says, said_by, said_at, due_on, department,
            owner) values ($1, gen_random_uuid(), 'complaint', 'staff', $2, 'x', 'ann', now(),
            current_date + {days}, 'x', 'x')"""
            for days in (-9, 9)
        ),
    )
]
"""Of each kind one that waits, of a tenant ($1) and its scene ($2)."""


@pytest.fixture
async def district(pool: Any) -> AsyncIterator[District]:
    async with open_district(pool) as found:
        yield found


async def put(pool: Any, tenant: int, rows: list[tuple[Any, ...]], to: date) -> None:
    """Figures as a night leaves them: indicator, scene, grain, day, key, currency, value."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.executemany(
            "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, value) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8)",
            [(tenant, *row) for row in rows],
        )
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, $2, 1)", tenant, to
        )


async def figured(town: Town, ref: str, *, last_week: int = 70) -> int:
    """A canteen with users in five weeks, postings and a funnel; its number."""
    tenant = town.tenants[ref].id
    async with town.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        scene: int = await connection.fetchval("select id from scene where tenant = $1", tenant)
        await connection.execute(
            "update scene set live_at = '2025-01-01Z' where tenant = $1", tenant
        )
    month, to, monday = date(2026, 3, 1), date(2026, 3, 29), date(2026, 3, 23)
    rows: list[tuple[Any, ...]] = [
        ("users.active", scene, "month", month, "", "", 400),
        ("users.repeat_share", scene, "month", month, "", "", 750_000),
        ("users.active", scene, "day", to, "", "", 50),
        *[("link." + name, scene, "month", month, "", "", count)
          for name, count in (("shown", 1000), ("clicked", 100), ("applied", 50))],
        ("money.income", scene, "month", month, "", "CNY", 1234),
        *[("account.balance", number, grain, day, "kept", "CNY", value)
          for number, value in ((scene, 50_000), (0, 700))
          for grain, day in (("day", to), ("month", month))],
        ("account.balance", 0, "day", to, "outside", "CNY", -50_700),
        ("account.moved", scene, "month", month, "fees", "CNY", 1234),
        ("users.cohort", scene, "month", month, "2026-03", "", 400),
        *[("users.active", scene, "week", monday - timedelta(weeks=n), "", "",
           last_week if n == 0 else 100) for n in range(5)],
    ]  # fmt: skip
    await put(town.pool, tenant, rows, to)
    return scene


async def staff(town: Town, ref: str, role: str = "scene_team", language: str = "en") -> Any:
    await create_user(
        town.pool, town.tenants[ref], "ying", name="Ying", password=PASSWORD, roles=[role]
    )
    return await town.client(f"ying@{ref}", language)


async def test_headquarters_sees_all_below_it_and_no_other_bank(town: Town) -> None:
    await figured(town, "school")
    await figured(town, "other")
    client = await staff(town, "bank")
    page = unescape((await client.get("/board")).text)
    assert "Jiangnan Bank" in page
    assert 'data-to="2026-03-29"' in page
    assert "400 users, 300 of them repeatedly" in page
    assert 'href="/board/school/scenes/canteen?month=2026-03"' in page
    assert 'data-alarm="canteen"' in page
    assert "70 users in the last whole week, 100 in the mean" in page
    assert "Beiling" not in page
    assert CANARY not in page
    total = re.findall(r'data-total="deposits".*?</tr>', page, re.DOTALL)[0]
    assert re.findall(r"¥[\d.,]+", total) == ["¥500.00", "¥7.00", "¥507.00"]
    assert 'data-even="yes"' in page
    steps = re.findall(r'data-step="link\.(\w+)".*?<b>([\d,]+)</b>.*?share">(.*?)<', page)
    assert steps == [("shown", "1,000", ""), ("clicked", "100", "10.0%"),
                     ("applied", "50", "50.0%"), ("contracted", "0", "0.0%")]  # fmt: skip
    for path in ("/board/other", "/board/other/scenes/canteen", "/board/operator", "/board/nobody",
                 "/board/other/figures/users.active"):  # fmt: skip
        assert (await client.get(path)).status_code == 404, path


async def test_a_branch_sees_its_own_and_a_tenant_itself(town: Town) -> None:
    await figured(town, "school")
    branch = await staff(town, "hz")
    assert 'href="/board/school/scenes/canteen' in (await branch.get("/board")).text
    assert (await branch.get("/board/bank")).status_code == 404
    school = await staff(town, "school")
    own = (await school.get("/board")).text
    assert 'data-alarms="1"' in own
    for above in ("hz", "bank", "shop"):
        assert (await school.get(f"/board/{above}")).status_code == 404
    scene = (await school.get(f"/board/school/scenes/canteen{MONTH}")).text
    assert 'href="/scene-account/canteen?month=2026-03"' in scene
    from_above = (await branch.get(f"/board/school/scenes/canteen{MONTH}")).text
    assert "/scene-account" not in re.sub("<nav.*?</nav>", "", from_above, flags=re.DOTALL)
    assert 'data-line="deposits"' in from_above


async def test_a_figure_leads_to_what_it_is_made_of(town: Town) -> None:
    scene = await figured(town, "school")
    client = await staff(town, "bank")
    page = (await client.get("/board")).text
    links = {unescape(each) for each in re.findall(r'href="(/board/[^"#]+)"', page)}
    assert len(links) > 20
    for link in links:
        assert (await client.get(link)).status_code == 200, link
    kept = (await client.get(f"/board/bank/figures/account.balance{MONTH}&key=kept")).text
    assert re.findall(r'data-scene="(\d+)"', kept) == [str(scene), "0"]
    assert (await client.get("/board/bank/figures/nothing")).status_code == 404
    assert (await client.get("/board?month=2026-13")).status_code == 400
    strange = await client.get(f"/board/bank/figures/users.active{MONTH}&key=%3Cscript%3Ex")
    assert "<script>x" not in strange.text


async def test_a_board_opens_at_the_last_month_of_its_own_place(town: Town) -> None:
    """Clocks of sandboxes may be months apart."""
    await put(town.pool, town.tenants["bank"].id, [], date(2026, 3, 29))
    await put(town.pool, town.tenants["school"].id, [], date(2026, 11, 20))
    client = await staff(town, "bank")
    for path, told in (("/board", "2026-03"), ("/board/school", "2026-11")):
        page = (await client.get(path)).text
        assert re.findall(r"month=(\d{4}-\d{2})", page)[0] == _before(told), path


def _before(month: str) -> str:
    return f"{date.fromisoformat(month + '-01') - timedelta(days=1):%Y-%m}"


async def test_the_operator_sees_figures_of_all(town: Town) -> None:
    await figured(town, "school")
    await figured(town, "other")
    client = await town.client("he@operator", "en")
    page = (await client.get("/board")).text
    assert 'href="/board/other/scenes/canteen' in page
    assert 'href="/board/school/scenes/canteen' in page
    assert CANARY not in page
    assert (await client.get("/board/other/scenes/canteen")).status_code == 200
    partner = await staff(town, "hz", "manager")
    assert (await partner.get("/board")).status_code == 403


async def test_what_is_missing_is_said(town: Town) -> None:
    await figured(town, "school")
    await put(town.pool, town.tenants["school"].id, [], date(2026, 3, 20))
    page = unescape((await (await staff(town, "school")).get("/board")).text)
    (late,) = re.findall(r'data-late="(\d+)"', page)
    assert int(late) > 0
    assert 'data-gaps="8"' in page
    assert "8 days before are missing" in page


async def test_what_waits_is_told_with_where_it_is_done(district: District) -> None:
    desk = await district.desk()
    page = (await desk.get("/board")).text
    assert "Nothing waits" in page
    assert "No day is computed yet" in page
    async with district.story.pool.acquire() as connection, connection.transaction():
        await admit(connection, [district.tenant])
        await connection.execute(
            "insert into scene_outlay (tenant, id, scene, kind, day, minor, currency, note, asked_by) "
            "values ($1, gen_random_uuid(), 1, 'running', '2026-03-01', 1, 'CNY', 'x', 'ann')",
            district.tenant,
        )
        await connection.execute(
            "insert into staff_task (tenant, id, kind, scene, customer, need, reason, made_at) "
            "values ($1, gen_random_uuid(), 'refer', 1, 1, 1, 'x', '2020-01-01Z')",
            district.tenant,
        )
    page = (await desk.get("/board")).text
    assert re.findall(r'data-todo="(\w+)" data-count="(\d+)">', page) == [
        ("outlays", "1"), ("tasks", "1"),
    ]  # fmt: skip
    assert '<a href="/scene-account/business_district#payback">1 investments' in page
    assert "/workbench" not in page  # not for a scene team
    assert '1 tasks are older than a day <span class="small">nobody has taken' in page


async def test_the_second_person_is_led_to_what_waits(town: Town) -> None:
    """Each kind to the very page on which it is decided, from the board and from the approvals."""
    tenant, who = town.tenants["school"].id, await staff(town, "school", "approver")
    async with town.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        scene = await connection.fetchval("select id from scene where tenant = $1", tenant)
        for waits in WAITING:
            await connection.execute(waits, tenant, scene)
    at = {
        "outlays": "/scene-account/canteen#payback", "plans": "/projects/annex",
        "criteria": "/copies/scene/canteen#criterion", "rules": "/planning/rules#waiting",
    }  # fmt: skip
    board, approvals = (await who.get("/board")).text, (await who.get("/approvals")).text
    for what, path in at.items():
        assert re.search(f'data-todo="{what}" data-count="1"><a href="{path}">', board), what
        assert re.search(f'data-waits="{what}"><a href="{path}">', approvals), what
    more = {
        "tasks": "/workbench/capacity",
        "voices": r"/voices\?show=late",
        "voices_open": "/voices",
    }
    for what, path in more.items():
        assert re.search(f'data-todo="{what}" data-count="1"><a href="{path}">', board), what
        late = re.search(f'<li class="bad" data-todo="{what}"', board)
        assert bool(late) == (what != "voices_open"), what
    listed = (await who.get("/copies")).text
    assert '<a href="/copies/scene/canteen#criterion">The criterion of a good pilot' in listed
    above = (await (await staff(town, "hz")).get("/board")).text
    assert 'data-todo="criteria"' in above
    assert "/copies/scene" not in above, "others are told figures alone"


async def test_an_empty_board_says_where_the_sandboxes_are(town: Town) -> None:
    async with town.pool.acquire() as connection:
        for each in town.tenants.values():
            await connection.execute("update tenant set sandbox = true where id = $1", each.id)
    operator = await town.client("he@operator", "en")
    page = (await operator.get("/board")).text
    assert "There are no scenes here yet" in page
    assert '<a href="/board/shop" data-sandbox>' in page
    assert "canteen" in (await operator.get("/board/school")).text


async def test_a_board_of_many_scenes_opens_at_once(town: Town) -> None:
    tenant = town.tenants["school"].id
    scene = await figured(town, "school")
    async with town.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into scene (tenant, ref, name, pack, state, live_at) select $1, 's' || n, "
            "'Scene ' || n, 'smart_canteen', 'live', '2025-01-01Z' from generate_series(1, 300) n",
            tenant,
        )
        await connection.execute(
            "insert into indicator_value select $1, 'users.active', s.id, 'day', d::date, '', '', 9 "
            "from scene s, generate_series('2025-12-01'::date, '2026-03-28', interval '1 day') d "
            "where s.tenant = $1 and s.id <> $2",
            tenant, scene,
        )  # fmt: skip
    client = await staff(town, "bank")
    await client.get("/board")
    began = time.perf_counter()
    page = (await client.get("/board")).text
    assert time.perf_counter() - began < 2
    assert page.count("board-spot") == 24
    assert "and 277 more" in page


@looks
async def test_boards_are_for_everybody(
    chromium_at: str, pool: Any, assets: Path, tmp_path: Path, size: dict[str, int], language: str
) -> None:
    async with open_district(pool, assets, "") as district:
        await (await district.desk()).aclose()
        session = await log_in(pool, f"scene_team-1@{district.story.tenant.ref}", DISTRICT_PASSWORD)
        async with serving(district.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            await context.add_cookies([{"name": COOKIE, "value": session.token, "url": url}])
            page = await context.new_page()
            for name in PICTURED:
                if name == "board":
                    await district.eat()
                    await compute(pool, tmp_path)
                await page.goto(f"{url}/board")
                assert await serious_faults(page, assets) == []
                assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                await picture(page, name, size, language)
            await page.emulate_media(media="print")
            await picture(page, "board-paper", PAPER, language)
            report = await page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", report)) == 1
            await page.emulate_media(media="screen")
            await page.set_viewport_size(size)
            ref = district.story.tenant.ref
            for name, path in (
                ("board-scene", f"/board/{ref}/scenes/business_district?month=2026-03"),
                ("board-figure", f"/board/{ref}/figures/money.turnover?month=2026-03"),
            ):
                await page.goto(f"{url}{path}")
                assert await serious_faults(page, assets) == []
                assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                await picture(page, name, size, language)
            await browser.close()
