"""Trainings and experts in the console: planned, recorded, found, asked, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_teamwork import desk_of, done, post
from web.test_voices import manager

TRAININGS, EXPERTS = "/teamwork/trainings", "/teamwork/experts"
COURSE = {
    "scene": "canteen", "title": "Loans <i> at the till", "held_on": "2020-01-02",
    "audience": "staff", "places": "3", "skill": "loan",
}  # fmt: skip
EXPERT = {"name": "Wu <b>", "login": "rm", "vertical": "catering", "knows": "kitchens and tills"}


async def planned(desk: Any, **given: str) -> str:
    answer = await post(desk, TRAININGS, **COURSE | given)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_a_training_is_planned_and_recorded_by_another(bank: Bank) -> None:
    await manager(bank)
    maker = await desk_of(bank, "maker")
    assert "There is no training yet" in (await maker.get(TRAININGS)).text
    bad = await post(maker, TRAININGS, **COURSE | {"places": "none"})
    assert (bad.status_code, 'value="Loans &lt;i&gt; at the till"' in bad.text) == (400, True)
    at = await planned(maker)
    for name in ("rm", "maker"):
        await done(maker, f"{at}/people", name=name)
    twice = await post(maker, f"{at}/people", name="rm")
    assert (twice.status_code, "have a place already" in twice.text) == (409, True)
    page = (await maker.get(at)).text
    assert page.count(f'action="{at}/results"') == 1  # not one's own
    own = await post(maker, f"{at}/results", name="maker", result="passed")
    assert (own.status_code, "Somebody else records" in own.text) == (403, True)
    wrong = await post(maker, f"{at}/results", name="rm", result="absent", score="9")
    assert wrong.status_code == 400
    await done(maker, f"{at}/results", name="rm", result="passed", score="91")
    page = (await maker.get(at)).text
    assert ("91 points" in page, f'action="{at}/results"' in page) == (True, False)
    page = (await maker.get(TRAININGS)).text
    assert re.findall(r'data-record="(\w+)"', page) == ["rm", "maker"]
    people = (await (await desk_of(bank, "auditor")).get("/institution/people")).text
    assert "Advises on" in people or "Loan" in people
    customers = await planned(maker, audience="customers", skill="")
    await done(maker, f"{customers}/people", name="ann")
    nobody = await post(maker, f"{customers}/people", name="nobody")
    assert (nobody.status_code, "no such person" in nobody.text) == (400, True)
    assert (await maker.get(f"{TRAININGS}/x")).status_code == 404


async def test_an_expert_is_asked_and_the_answer_stays_for_all(bank: Bank) -> None:
    await manager(bank)
    maker, rm = await desk_of(bank, "maker", "zh"), await desk_of(bank, "rm")
    assert "还没有专家" in (await maker.get(EXPERTS)).text
    bad = await post(maker, EXPERTS, **EXPERT | {"login": "nobody"})
    assert (bad.status_code, 'value="Wu &lt;b&gt;"' in bad.text) == (400, True)
    await done(maker, EXPERTS, **EXPERT)
    (expert,) = re.findall('data-expert="([^"]+)"', (await maker.get(f"{EXPERTS}?q=餐饮")).text)
    assert "没有找到" in (await maker.get(f"{EXPERTS}?q=船")).text
    form = {"ref": "mall", "name": "Mall", "owner": "ann"}
    await done(maker, "/projects", **form)
    assert f'href="{EXPERTS}?project=mall"' in (await maker.get("/projects/mall")).text
    assert '<option value="mall" selected>' in (await maker.get(f"{EXPERTS}?project=mall")).text
    empty = await post(maker, f"{EXPERTS}/{expert}/ask", says=" ", project="mall")
    assert empty.status_code == 400
    asked = await post(maker, f"{EXPERTS}/{expert}/ask", says="how many tills?", project="mall")
    at = asked.headers["location"]
    assert "how many tills?" in (await rm.get("/voices?show=owed")).text
    csrf = re.findall('name="csrf" value="([^"]+)"', (await rm.get(at)).text)[0]
    assert (await rm.post(f"{at}/answer", data={"csrf": csrf, "says": "two"})).status_code == 303
    page = (await (await desk_of(bank, "auditor")).get(EXPERTS)).text
    assert ("two" in page, "/ask" in page) == (True, False)
    await done(maker, f"{EXPERTS}/{expert}/end")
    assert (await post(maker, f"{EXPERTS}/{expert}/ask", says="more?")).status_code == 404


@looks
async def test_pages_are_for_everybody(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    await manager(bank)
    desk = await desk_of(bank, "maker")
    window = await windows.new("maker", viewport=size, locale=language)
    page, training = window.page, ""
    paths = ("trainings-empty", "experts-empty", "trainings", "experts", "training")
    for number, name in enumerate(paths):
        if number == 2:
            zh = language == "zh-CN"
            training = await planned(desk, title="收银台贷款" if zh else "Loans at the till")
            for login in ("rm", "checker", "maker"):
                await done(desk, f"{training}/people", name=login)
            await done(desk, f"{training}/results", name="rm", result="passed", score="91")
            knows = {"name": "吴老师", "knows": "后厨与收银"} if zh else {"name": "Wu"}
            await done(desk, EXPERTS, **EXPERT | knows)
            (expert,) = re.findall('data-expert="([^"]+)"', (await desk.get(EXPERTS)).text)
            await done(
                desk, f"{EXPERTS}/{expert}/ask", says="要几台收银机？" if zh else "How many tills?"
            )
        at = training if name == "training" else f"/teamwork/{name.removesuffix('-empty')}"
        await page.goto(f"{window.url}{at}")
        await picture(page, name, size, language)
        assert await serious_faults(page, assets) == [], name
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            name
        )
    assert window.faults == []
