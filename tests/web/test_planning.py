"""The register in the console: searched, changed, scored, screened, ordered, in both languages."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from enscene.commit import admit
from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults

AT = "/planning"
SPA = {
    "ref": "spa", "name": "Hot springs <b>", "sector": "tourism", "level": "key", "mode": "co_build",
    "route": "turnkey", "owner": "cyd", "serves.C": "on", "serves.B": "on", "pack": "smart_canteen",
    "needed_by": "2999-01-01", "frequent_act": "a ticket is bought", "drives": "a saving plan",
    "pains": "queues at noon", "lines.wealth": "on", "links": "canteen",
}  # fmt: skip
CRITERIA = ("customers", "market", "traffic", "control", "advantage", "endowment")


def scored(points: int, **others: int) -> dict[str, str]:
    return {f"{name}.points": str(others.get(name, points)) for name in CRITERIA} | {
        f"{name}.evidence": f"counted {name}" for name in CRITERIA
    }


async def post(desk: Any, path: str, **form: str) -> Any:
    csrf = re.findall('name="csrf" value="([^"]+)"', (await desk.get(AT)).text)[0]
    return await desk.post(path, data={"csrf": csrf, **form})


async def done(desk: Any, path: str, **form: str) -> None:
    answer = await post(desk, path, **form)
    assert answer.status_code == 303, unescape(answer.text)


async def rules(maker: Any, checker: Any, **given: str) -> None:
    """The form as it is shown, with something otherwise, asked and approved."""
    page = (await maker.get(f"{AT}/rules")).text  # boxes have no value, and stay unticked
    fields = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]*value="([^"]*)"', page))
    await done(maker, f"{AT}/rules", **{**fields, "reason": "the board wants it", **given})
    waiting = re.findall('data-waiting="([0-9]+)"', (await checker.get(f"{AT}/rules")).text)[0]
    await done(checker, f"{AT}/rules/{waiting}/approve")


async def test_a_candidate_is_entered_changed_and_found(bank: Bank) -> None:
    maker = await bank.client("maker", **{"accept-language": "en"})
    page = (await maker.get(AT)).text
    assert 'data-entry="canteen"' in page
    bad = await post(maker, AT, **SPA | {"links": "none"})
    assert bad.status_code == 400
    assert 'value="Hot springs &lt;b&gt;"' in bad.text
    assert "no other entry: none" in bad.text
    await done(maker, AT, **SPA)
    page = unescape((await maker.get(f"{AT}/entries/spa")).text)
    assert "Build together" in page
    assert "The customer it is built for" in page
    assert 'data-reached="canteen"' in page
    assert "queues at noon" in page
    stale = await post(maker, f"{AT}/entries/spa/change", **SPA | {"version": "9"})
    assert stale.status_code == 409
    await done(maker, f"{AT}/entries/spa/change", **SPA | {"version": "1", "owner": "eve"})
    await done(maker, f"{AT}/entries/spa/review", note="looked at")
    page = (await maker.get(f"{AT}/entries/spa")).text
    assert re.findall('data-version="([0-9])"', page) == ["3", "2", "1"]
    for query, found in (
        ("q=springs", ["spa"]), ("q=tourism", ["spa"]), ("q=Catering", ["canteen"]),
        ("serves=G", ["canteen"]), ("level=key", ["spa"]), ("state=live", ["canteen"]),
        ("q=nothing", []), ("use=build&sector=tourism", ["spa"]), ("use=reward", ["spa", "canteen"]),
    ):  # fmt: skip
        shown = re.findall('data-entry="([a-z]+)"', (await maker.get(f"{AT}?{query}")).text)
        assert shown == found, query
    file = await maker.get(f"{AT}/register.csv?use=extend")
    assert file.headers["content-type"].startswith("text/csv")
    assert "spa,Hot springs <b>,candidate,B C" in file.text
    assert (await post(maker, f"{AT}/entries/none/review", note="x")).status_code == 404
    assert (await post(maker, f"{AT}/entries/spa/fly")).status_code == 404


async def test_rules_let_a_candidate_become_a_project_or_not(bank: Bank) -> None:
    maker = await bank.client("maker", **{"accept-language": "en"})
    checker = await bank.client("checker", **{"accept-language": "en"})
    await done(maker, AT, **SPA)
    form = {"ref": "spa", "name": "Spa", "owner": "ann", "entry": "spa"}
    assert "was not scored" in (await post(maker, "/projects", **form)).text
    bad = await post(maker, f"{AT}/entries/spa/score", **scored(50) | {"market.points": "x"})
    assert (bad.status_code, "counted traffic" in bad.text) == (400, True)
    await done(maker, f"{AT}/entries/spa/score", **scored(50, control=20))
    page = (await maker.get(f"{AT}/entries/spa")).text
    assert 'data-warning="control"' in page
    assert "<dd data-total>45</dd>" in page
    own = await post(maker, f"{AT}/rules/1/approve")
    assert own.status_code == 403
    await rules(maker, checker, least_total="60", **{"closed_sectors.tourism": "on"})
    page = unescape((await maker.get(f"{AT}/entries/spa")).text)
    assert "industry closed: Tourism" in page
    assert "total 45, needs 60" in page
    refused = await post(maker, "/projects", **form)
    assert (refused.status_code, "let it not through" in refused.text) == (422, True)
    await rules(maker, checker, least_total="0")
    assert 'value="spa" selected' in (await maker.get("/projects?entry=spa")).text
    await done(maker, "/projects", **form)
    shut = await post(checker, "/projects/spa/approve")
    assert "Compare it with what runs first" in shut.text
    await done(maker, f"{AT}/entries/spa/compare")
    assert 'id="duplicates"' in (await maker.get(f"{AT}/entries/spa")).text
    await done(checker, "/projects/spa/approve")
    assert f"{AT}/entries/spa" in (await maker.get("/projects/spa")).text
    assert (await maker.get(f"{AT}/rules")).text.count("data-rules=") == 3


async def test_other_weights_change_the_order_and_say_why(bank: Bank) -> None:
    maker = await bank.client("maker", **{"accept-language": "en"})
    assert "There is no candidate" in (await maker.get(f"{AT}/map")).text
    await done(maker, AT, **SPA | {"needed_by": ""})
    await done(
        maker, f"{AT}/needs", need="sell before the harvest", who="growers", served_today="by hand",
        source="visits", sector="agriculture",
    )  # fmt: skip
    (path,) = re.findall('action="([^"]+/propose)"', (await maker.get(f"{AT}/needs")).text)
    await done(maker, path)
    again = await post(maker, path)
    assert again.status_code == 409
    assert "/planning/entries/need-1" in (await maker.get(f"{AT}/needs")).text
    await done(maker, f"{AT}/entries/need-1/change", name="Harvest", needed_by="2020-01-01")
    page = (await maker.get(f"{AT}/map")).text
    assert re.findall('data-ref="([a-z0-9-]+)"', page) == ["need-1", "spa"]
    assert "data-moved" not in page
    page = unescape((await maker.get(f"{AT}/map?tiered=100&strategy=0&urgent=0&core=0")).text)
    assert re.findall('data-ref="([a-z0-9-]+)"', page) == ["spa", "need-1"]
    assert "Up from 2 (15 points) to 1 (60 points). It passed: Harvest" in page
    bad = await post(maker, f"{AT}/needs", need="x", who="", served_today="y", source="z")
    assert (bad.status_code, 'value="x"' in bad.text) == (400, True)


async def test_a_flagship_stands_beside_what_it_has(bank: Bank, pool: Any) -> None:
    maker = await bank.client("maker", **{"accept-language": "en"})
    assert "There is no flagship yet" in (await maker.get(f"{AT}/depth")).text
    form = {"name": "Canteen", "weekly_percent": "50", "products_per_100": "50"}
    await done(maker, f"{AT}/entries/canteen/change", **form)
    page = (await maker.get(f"{AT}/depth")).text
    assert "Not known yet" in page
    await done(maker, f"{AT}/entries/canteen/change", **form, drives="fund_plan")
    page = (await maker.get(f"{AT}/entries/canteen")).text
    assert "No whole month is computed yet" in page
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, '2026-03-08', 1)",
            bank.tenant.id,
        )
        await connection.execute(
            "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, value)"
            " values ($1, 'users.active', $2, 'week', '2026-03-02', '', '', 1)",
            bank.tenant.id, bank.scene,
        )  # fmt: skip
    page = unescape((await maker.get(f"{AT}/depth")).text)
    row = re.findall('data-flagship="canteen".*?</tr>', page, re.DOTALL)[0]
    # One of two diners ate there in that week; neither has a contract.
    assert "50 of 50" in row
    assert "0 of 50" in row
    assert (row.count(">Met<"), row.count(">Not met<")) == (1, 1)
    bare = re.findall('data-line="([a-z_]+)" data-bare', page)
    assert "international" in bare
    assert "payments" not in bare


async def test_who_may_only_read_writes_nothing(bank: Bank) -> None:
    auditor = await bank.client("auditor", **{"accept-language": "en"})
    for path in (
        "",
        "/bank",
        "/map",
        "/needs",
        "/depth",
        "/rules",
        "/entries/canteen",
        "/register.csv",
    ):
        assert (await auditor.get(f"{AT}{path}")).status_code == 200, path
    assert '<form method="post" action="/planning' not in (await auditor.get(AT)).text
    partner = await bank.client("partner")
    assert (await partner.get(AT)).status_code == 403
    assert (await partner.get(f"{AT}/register.csv")).status_code == 403


@looks
async def test_pages_are_for_everybody(
    bank: Bank, windows: Windows, assets: Path, size: dict[str, int], language: str
) -> None:
    maker, checker = await bank.client("maker"), await bank.client("checker")
    window = await windows.new("maker", viewport=size, locale=language)
    pages = ("", "/map", "/needs", "/depth", "/rules", "/entries/canteen")
    for full in (False, True):
        if full:
            await done(maker, AT, **SPA | {"name": "温泉小镇 · Hot Springs"})
            await done(maker, AT, **SPA | {"ref": "farm", "name": "产地直采 · From the farm",
                                           "sector": "agriculture", "level": "strategic",
                                           "links": "spa", "needed_by": "2020-01-01"})  # fmt: skip
            await done(maker, f"{AT}/entries/spa/score", **scored(70, control=30))
            await done(maker, f"{AT}/entries/spa/compare")
            form = {"name": "一号食堂", "weekly_percent": "30", "products_per_100": "150"}
            await done(maker, f"{AT}/entries/canteen/change", next_review="2020-01-01", **form)
            await done(maker, f"{AT}/needs", need="收获之前卖出", who="种植户", served_today="打电话",
                       source="走访", sector="agriculture")  # fmt: skip
            await rules(maker, checker, least_total="80",
                        **{"strategic_sectors.agriculture": "on"})  # fmt: skip
            pages = (*pages[:-1], "/bank", "/entries/farm", "/entries/spa", "?use=build",
                     "/map?tiered=0&strategy=0&urgent=0&core=100")  # fmt: skip
        for path in pages:
            await window.page.goto(f"{window.url}{AT}{path}")
            for each in await window.page.query_selector_all("details"):
                await each.evaluate("each => each.open = true")
            name = re.sub("[^a-z]+", "-", path).strip("-") or "register"
            await picture(window.page, f"planning-{name}{'' if full else '-empty'}", size, language)
            assert await serious_faults(window.page, assets) == [], path
            assert await window.page.evaluate(
                "document.documentElement.scrollWidth <= window.innerWidth"
            ), path
    assert window.faults == []
