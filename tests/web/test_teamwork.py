"""Parties, tasks and teams in the console: chosen, filled in, handed on, closed, in both languages."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from enscene.scenes.administer import SceneOrder, change_state, create_scene
from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults

SCENE, TEAMS = "/teamwork/scenes/canteen", "/teamwork/teams"
PARTIES = ("demand", "user", "commissioning", "builder", "cooperation", "operator")
TEAM = {
    "ref": "lunch", "kind": "task", "name": "Lunch <b>", "goal": "all eat here", "unit": "cards",
    "scene": "canteen", "indicator": "users.active", "month": "2999-01", "least": "10",
    "member0.name": "ann", "member0.unit": "cards", "member0.role": "lead",
    "member1.name": "ben", "member1.unit": "branch 1", "member1.role": "sales",
}  # fmt: skip


async def post(desk: Any, path: str, **form: str) -> Any:
    csrf = re.findall('name="csrf" value="([^"]+)"', (await desk.get("/")).text)[0]
    return await desk.post(path, data={"csrf": csrf, **form})


async def done(desk: Any, path: str, **form: str) -> None:
    answer = await post(desk, path, **form)
    assert answer.status_code == 303, unescape(answer.text)


async def desk_of(bank: Bank, login: str, language: str = "en") -> Any:
    return await bank.client(login, **{"accept-language": language})


async def test_a_refused_launch_leads_to_the_empty_cells(bank: Bank) -> None:
    async with bank.pool.acquire() as connection, connection.transaction():
        pack = (await bank.console.templates()).get("smart_canteen")
        order = SceneOrder("north", "North", profile={"region": "x", "origins": ["http://x.test"]})
        await create_scene(connection, bank.tenant.id, pack, order, "test")
        await change_state(connection, bank.tenant.id, "north", "sandbox", "test")
    maker, checker = await desk_of(bank, "maker"), await desk_of(bank, "checker")
    at = "/teamwork/scenes/north"
    assert "No standard is chosen yet" in (await maker.get(at)).text
    early = await post(maker, f"{at}/parties", party="demand", who="us")
    assert (early.status_code, "Choose a standard first" in early.text) == (409, True)
    await done(maker, f"{at}/choose", mode="co_build")
    await done(maker, "/scenes/north/life/pilot")
    refused = await post(checker, "/scenes/north/life/live")
    assert refused.status_code == 409
    assert f'href="{at}"' in refused.text
    page = unescape((await checker.get(at)).text)
    assert "Missing: who this party is" in page
    assert "/parties" not in page
    for party in PARTIES:
        await done(maker, f"{at}/parties", party=party, who=f"<{party}>", benefits="its share")
    page = (await maker.get(at)).text
    assert ('data-empty="0"' in page, "&lt;operator&gt;" in page) == (True, True)
    await done(maker, f"{at}/parties", party="demand", who="", benefits="")
    assert 'data-empty="1"' in (await maker.get(at)).text
    await done(maker, f"{at}/parties", party="demand", who="us")
    await done(checker, "/scenes/north/life/live")
    await done(maker, f"{at}/parties", party="demand", who="", benefits="")
    page = (await maker.get(at)).text
    assert ("1 cells are empty." in page, "for the first time" in page) == (True, False)


async def test_a_task_is_taken_handed_on_and_ended(bank: Bank) -> None:
    maker = await desk_of(bank, "maker")
    bad = await post(maker, f"{SCENE}/tasks", what="settle <i>", department="branch", due_on="x")
    assert (bad.status_code, 'value="settle &lt;i&gt;"' in bad.text) == (400, True)
    assert "There is no task yet" in (await maker.get(SCENE)).text
    form = {"what": "settle <i>", "department": "branch", "due_on": "2020-01-01"}
    await done(maker, f"{SCENE}/tasks", **form)
    page = (await maker.get(SCENE)).text
    (task,) = re.findall('data-task="([^"]+)"', page)
    assert "Overdue" in page
    await done(maker, f"{SCENE}/tasks/{task}/take")
    assert "maker@bank" in (await maker.get(SCENE)).text
    await done(maker, f"{SCENE}/tasks/{task}/hand", department="subsidiary", owner="dan")
    page = (await maker.get(SCENE)).text
    assert 'data-handed="branch-subsidiary"' in page
    assert "Bank and subsidiary" in page
    assert (await post(maker, f"{TEAMS}/lunch/tasks/{task}/end", result="x")).status_code == 404
    empty = await post(maker, f"{SCENE}/tasks/{task}/end", result=" ")
    assert empty.status_code == 400
    await done(maker, f"{SCENE}/tasks/{task}/end", result="settled")
    ended = await post(maker, f"{SCENE}/tasks/{task}/take")
    assert (ended.status_code, "The task has ended" in ended.text) == (409, True)
    auditor = await desk_of(bank, "auditor")
    assert (await post(auditor, f"{SCENE}/tasks", **form)).status_code == 403
    assert (await post(maker, f"{SCENE}/tasks/x/take")).status_code == 404
    assert (await post(maker, f"{SCENE}/fly")).status_code == 404


async def test_a_team_is_formed_works_and_is_closed(bank: Bank) -> None:
    maker = await desk_of(bank, "maker", "zh")
    assert "还没有团队" in (await maker.get(TEAMS)).text
    bad = await post(maker, TEAMS, **TEAM | {"member1.unit": "cards"})
    assert (bad.status_code, "至少两个单位" in bad.text) == (400, True)
    assert 'value="Lunch &lt;b&gt;"' in bad.text
    await done(maker, TEAMS, **TEAM)
    roles = {f"member{n}.role": role for n, role in
             enumerate(("开发经理", "数据策略经理", "产品经理"))}  # fmt: skip
    people = {f"member{n}.{part}": f"{part}{n}" for n in range(3) for part in ("name", "unit")}
    triangle = {**TEAM, **people, **roles, "ref": "three", "kind": "iron_triangle"}
    await done(maker, TEAMS, **triangle)
    assert "数据策略经理" in (await maker.get(f"{TEAMS}/three")).text
    at = f"{TEAMS}/lunch"
    await done(maker, f"{at}/notes", says="begin in May")
    await done(maker, f"{at}/notes", says="the plan", link="https://files.test/plan")
    assert "https://" in (await post(maker, f"{at}/notes", says="x", link="ftp://x")).text
    await done(maker, f"{at}/tasks", what="ask", department="partner", due_on="2999-01-01")
    page = (await maker.get(at)).text
    assert 'href="https://files.test/plan"' in page
    (task,) = re.findall('data-task="([^"]+)"', page)
    await done(maker, f"{at}/tasks/{task}/take")
    await done(maker, f"{at}/close", outcome="reached")
    page = (await maker.get(at)).text
    assert 'data-state="dropped"' in page
    assert "reached" in page
    assert (await post(maker, f"{at}/notes", says="late")).status_code == 409
    assert (await maker.get(f"{TEAMS}/none")).status_code == 404


@looks
async def test_pages_are_for_everybody(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    desk = await desk_of(bank, "maker")
    window = await windows.new("maker", viewport=size, locale=language)
    page = window.page
    for number, path in enumerate((SCENE, TEAMS, SCENE, TEAMS, f"{TEAMS}/lunch")):
        if number == 2:
            await done(desk, f"{SCENE}/choose", mode="self_build")
            zh = language == "zh-CN"
            for party, who in (("user", "工厂员工" if zh else "Staff of the factory"),
                               ("builder", "科技部 一组" if zh else "Technology, group 1")):  # fmt: skip
                await done(desk, f"{SCENE}/parties", party=party, who=who)
            named = (
                ("午餐提升", "让八成员工在食堂用餐") if zh else ("Lunch", "Four in five eat here")
            )
            await done(desk, TEAMS, **TEAM | {"name": named[0], "goal": named[1]})
            says = "五月起试行错峰用餐" if zh else "Lunch in two shifts from May on"
            await done(desk, f"{TEAMS}/lunch/notes", says=says)
            what = "与档口商定出餐时间" if zh else "Agree on times with the stalls"
            form = {"what": what, "department": "partner", "due_on": "2999-01-01"}
            await done(desk, f"{TEAMS}/lunch/tasks", **form)
        await page.goto(f"{window.url}{path}")
        name = ("parties-empty", "teams-empty", "parties", "teams", "team")[number]
        await picture(page, name, size, language)
        assert await serious_faults(page, assets) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            path
        )
    assert window.faults == []
