"""One customer in the console: what campaigns decided and why, who the customer is over all scenes,
and who stands around."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from playwright.async_api import async_playwright

from engagement.running.campaigning import made, rules, run
from enscene.api.server import serving
from enscene.commit import admit
from enscene.customers.relations import Relation, state_relations
from enscene.engagement.decisions import Reason
from enscene.web.language import catalog
from web.looks import looks, picture
from web.saying import Pages, Saying, open_saying, speaks
from web.test_browser import serious_faults
from web.test_phone import LOOK

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
async def saying(pool: Any) -> AsyncIterator[Saying]:
    async with open_saying(pool) as found:
        yield found


async def bound(saying: Saying) -> None:
    """A firm that Ann works for, its supplier, and Bob who lives with her."""
    tenant = saying.trip.tenant.id
    async with saying.trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into party (tenant, ref, kind, name) values ($1, 'acme', 'employer', 'Acme'), "
            "($1, 'parts', 'merchant', 'Parts')", tenant,
        )  # fmt: skip
        since = date(2026, 1, 1)
        relations = [
            Relation("ann", "works_for", "acme", since),
            Relation("parts", "supplies", "acme", since),
            Relation("bob", "household", "ann", since),
        ]
        await state_relations(connection, tenant, relations, "wu@bank")


async def test_every_decision_with_its_reason_its_way_and_its_chance(saying: Saying) -> None:
    offer = await saying.says("coupon", "push", "h5")
    page = await (await saying.desk("audit")).get("/customers/ann")
    assert f'data-decision="{offer["id"]}" data-state="offered"' in page
    for said in ("满百减五", "您刚订了行程", "入选概率 100.0%", "推送 · 已送达", "个性化推荐授权",
                 "已使用服务的场景"):  # fmt: skip
        assert said in page, said


async def test_why_each_other_thing_was_not_said(saying: Saying) -> None:
    await saying.says("coupon")
    await run(saying.trip, "two", **speaks("plan"))
    await rules(saying.trip, caps=[{"times": 1, "within": "7d"}])
    await saying.trip.book("ann", "B2", "300.00")
    assert (await made(saying.trip))[-1]["state"] == "none"
    page = await (await saying.desk("audit")).get("/customers/ann")
    assert 'data-state="none"' in page
    assert "未推荐任何内容" in page
    assert "同一权益已由某活动发放过" in page
    assert "触达次数已达上限" in page
    assert "旅行分期" in page


def test_every_reason_of_a_decision_has_words_in_both_languages() -> None:
    for language in ("zh", "en"):
        keys = catalog(language).keys()
        assert {f"said.why_not.{reason}" for reason in get_args(Reason)} <= keys


async def test_what_stopped_it_on_its_way_is_told(saying: Saying) -> None:
    await saying.sql("update party set profile = '{\"do_not_call\": true}' where ref = 'ann'")
    await saying.says("coupon", "call", "h5")
    page = await (await saying.desk("audit", "en-GB")).get("/customers/ann")
    assert "Page · delivered · the customer does not want to be called" in page


async def ask(desk: Pages, **form: str) -> str:
    given = {"other": "bob", "note": "同一身份证复印件", **form}
    return (await desk.press("/customers/ann/identity/ask", **given)).text


async def tie_of(saying: Saying) -> str:
    (row,) = await saying.sql("select id::text from identity_tie where state = 'asked'")
    return str(row["id"])


async def test_two_are_one_once_a_second_person_agrees_and_are_parted_again(saying: Saying) -> None:
    team, check = await saying.desk("team"), await saying.desk("check")
    page = await ask(team)
    assert 'data-tie="asked"' in page
    assert "须由另一人复核" in page
    tie = await tie_of(saying)
    own = await team.press("/customers/ann/identity/agree", tie=tie)
    assert (own.status_code, "须由另一人决定" in own.text) == (403, True)
    agreed = await check.press("/customers/bob/identity/agree", tie=tie)
    assert 'data-tie="tied"' in agreed.text
    assert re.findall('data-party="([^"]+)"', agreed.text) == ["ann", "bob"]
    assert re.findall('data-party="([^"]+)"', await team.get("/customers/ann")) == ["ann", "bob"]
    short = await team.press("/customers/ann/identity/part", note="错")
    assert (short.status_code, "5 至 500 字" in short.text) == (400, True)
    parted = (await team.press("/customers/ann/identity/part", note="经核实并非同一人")).text
    assert 'data-tie="undone"' in parted
    assert "data-party" not in parted


async def test_what_cannot_be_tied_is_said(saying: Saying) -> None:
    team = await saying.desk("team")
    for form, told in (({"other": "nobody"}, "没有这位客户"), ({"other": "ann"}, "同一个参与方"),
                       ({"note": "短"}, "5 至 500 字"), ({"other": "site"}, "没有这位客户")):  # fmt: skip
        assert told in await ask(team, **form), form
    await ask(team)
    assert "已提出，待复核" in await ask(team)
    assert (await team.press("/customers/ann/identity/eat")).status_code == 404
    assert len(await saying.sql("select from identity_tie")) == 1


async def test_who_audits_ties_nobody_and_a_manager_whom_they_serve(saying: Saying) -> None:
    audit = await saying.desk("audit")
    assert (await audit.press("/customers/ann/identity/ask", other="bob")).status_code == 403
    assert "/identity/" not in await audit.get("/customers/ann")
    zhou = await saying.desk("zhou")
    refused = await zhou.press("/customers/ann/identity/ask", other="bob", note="同一身份证")
    assert refused.status_code == 403
    assert await saying.sql("select from identity_tie") == []


async def test_who_stands_around_as_a_picture_and_a_list(saying: Saying) -> None:
    await bound(saying)
    page = await (await saying.desk("audit")).get("/customers/ann")
    assert sorted(re.findall('data-around="([^"]+)"', page)) == ["acme", "bob", "parts"]
    assert page.count("<circle") == 4
    assert "ann → 任职 · acme ← 供货 · parts" in page
    other = await (await saying.desk("audit")).get("/customers/bob")
    assert sorted(re.findall('data-around="([^"]+)"', other)) == ["acme", "ann"]


async def test_in_english_nothing_is_chinese(saying: Saying) -> None:
    await bound(saying)
    await saying.says("coupon", "push")
    await ask(await saying.desk("team"), note="the same card was seen")
    page = await (await saying.desk("check", "en-GB")).get("/customers/ann")
    text = re.sub(r"<[^>]+>", " ", page)
    assert HAN.findall(re.sub(r"中文|入景", "", text)) == []
    for said in ("What campaigns said", "They are one", "Who stands around", "works for"):
        assert said in text


@looks
async def test_it_is_seen(
    pool: Any, chromium_at: str, assets: Path, size: Any, language: str
) -> None:
    async with open_saying(pool, assets) as saying:
        await bound(saying)
        await saying.says("coupon", "push")
        await run(saying.trip, "two", **speaks("plan"))
        await saying.trip.book("ann", "B2", "300.00")
        await made(saying.trip)
        await ask(await saying.desk("team"))
        desk = await saying.desk("check")
        async with serving(saying.app, port=0) as url, async_playwright() as playwright:
            browser = await playwright.chromium.connect(chromium_at)
            context = await browser.new_context(viewport=size, locale=language)
            token = next(iter(desk.client.cookies.jar))
            await context.add_cookies([{"name": token.name, "value": str(token.value), "url": url}])
            page = await context.new_page()
            await page.goto(f"{url}/customers/ann")
            await page.wait_for_selector("svg.around")
            assert await page.evaluate(LOOK) == []
            assert await serious_faults(page, assets) == []
            await picture(page, "customer", size, language)
            await page.click("[data-tie=asked] form[action$='/agree'] button")
            await page.wait_for_selector("[data-tie=tied]")
            await browser.close()
