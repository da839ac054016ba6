"""Voices in console and mobile bank: staff and customers tell, the owner answers, the teller sees it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from enscene.commit import admit
from enscene.tenants.users import create_user
from enscene.web.bank_session import COOKIE as BANK_COOKIE
from enscene.web.bank_session import issue_bank_session
from web.conftest import PASSWORD, Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_teamwork import desk_of, done, post

AT = "/voices"
IDEA = {"kind": "idea", "scene": "canteen", "says": "a tray <b> for two"}


async def manager(bank: Bank) -> None:
    await create_user(bank.pool, bank.tenant, "rm", name="rm", password=PASSWORD, roles=["manager"])


async def tell(desk: Any, **given: str) -> str:
    answer = await post(desk, AT, **IDEA | given)
    assert answer.status_code == 303, unescape(answer.text)
    return str(answer.headers["location"])


async def late(bank: Bank) -> None:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("update voice set due_on = '2020-01-02' where answered_on is null")


async def test_what_is_told_is_taken_answered_and_seen_by_who_told(bank: Bank) -> None:
    await manager(bank)
    rm, maker, checker = [await desk_of(bank, each) for each in ("rm", "maker", "checker")]
    page = (await rm.get("/workbench")).text
    assert "Tell the product owner" in page
    assert 'id="voices"' not in page
    csrf = re.findall('name="csrf" value="([^"]+)"', (await rm.get(AT)).text)[0]
    bad = await rm.post(AT, data={"csrf": csrf, **IDEA, "customer": "nobody"})
    assert (bad.status_code, "a tray &lt;b&gt; for two</textarea>" in bad.text) == (400, True)
    told = await rm.post(AT, data={"csrf": csrf, **IDEA})
    at = told.headers["location"]
    assert "/answer" not in (await rm.get(at)).text
    assert (await rm.post(f"{at}/answer", data={"csrf": csrf, "says": "x"})).status_code == 403
    await done(maker, f"{at}/take")
    busy = await post(checker, f"{at}/take")
    assert (busy.status_code, "Somebody else has taken it" in busy.text) == (409, True)
    await late(bank)
    assert 'data-late-voices="1"' in (await rm.get("/workbench")).text
    assert 'data-late="1"' in (await maker.get(f"{AT}?show=late")).text
    board = (await maker.get("/board")).text
    assert 'data-todo="voices" data-count="1"' in board
    await done(maker, f"{at}/answer", says="from May on")
    page = (await rm.get("/workbench")).text
    assert ("from May on" in page, 'data-state="answered"' in page) == (True, True)
    assert "The scene&#39;s terms have not changed" in (await maker.get(at)).text
    early = await post(maker, f"{at}/change", release="1")
    assert (early.status_code, "no such release" in early.text) == (400, True)
    auditor = await desk_of(bank, "auditor")
    assert "/voices#tell" not in (await auditor.get("/workbench")).text
    assert (await auditor.get(at)).status_code == 200
    assert (await post(auditor, f"{at}/take")).status_code == 403
    assert (await maker.get(f"{AT}/none")).status_code == 404
    assert (await post(maker, f"{at}/fly")).status_code == 404


async def test_who_is_asked_by_name_answers_and_a_hot_spot_is_logged(bank: Bank) -> None:
    await manager(bank)
    maker = await desk_of(bank, "maker")
    at = await tell(maker, kind="complaint")
    assert "/answer" not in (await maker.get(at)).text  # one's own
    await done(maker, f"{at}/hand", department="branch", owner="rm@bank", says="near them")
    rm = await desk_of(bank, "rm")
    assert 'action="' + at + '/answer"' in (await rm.get(at)).text
    csrf = re.findall('name="csrf" value="([^"]+)"', (await rm.get(at)).text)[0]
    assert (await rm.post(f"{at}/answer", data={"csrf": csrf, "says": "sorry"})).status_code == 303
    spot = await tell(maker, kind="hot_spot", found_at="a forum", scene="")
    await done(maker, f"{spot}/propose", says="ask the makers")
    empty = await post(maker, f"{spot}/drop", says=" ")
    assert empty.status_code == 400
    await done(maker, f"{spot}/drop", says="they are gone")
    page = (await maker.get(f"{AT}?show=hot_spot")).text
    assert ('data-state="dropped"' in page, "they are gone" in page) == (True, True)
    assert re.findall('data-step="([a-z]+)"', (await maker.get(spot)).text) == [
        "told", "proposed", "dropped",
    ]  # fmt: skip


async def phone_of(bank: Bank, ref: str = "ann") -> Any:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        party = await connection.fetchval("select id from party where ref = $1", ref)
    client = await bank.client(**{"accept-language": "zh"})
    client.cookies.set(BANK_COOKIE, await issue_bank_session(bank.pool, bank.tenant.id, ref, party))
    return client


async def test_a_customer_tells_us_and_reads_the_answer(bank: Bank) -> None:
    phone, maker = await phone_of(bank), await desk_of(bank, "maker")
    at = "/bank/bank/voices"
    assert f'href="{at}"' in (await phone.get("/bank/bank")).text
    page = (await phone.get(at)).text
    assert ("还没有" in page, 'value="canteen"' in page) == (True, True)
    csrf = re.findall('name="csrf" value="([^"]+)"', page)[0]
    for wrong in ({"kind": "hot_spot"}, {"scene": "none"}, {"says": " "}):
        bad = await phone.post(at, data={"csrf": csrf, **IDEA} | wrong)
        assert bad.status_code == 422, wrong
    assert (await phone.post(at, data={"csrf": csrf, **IDEA})).status_code == 303
    (voice,) = re.findall('data-voice="(voi_[^"]+)"', (await maker.get(AT)).text)
    await done(maker, f"{AT}/{voice}/answer", says="五月起就有")
    page = (await phone.get(at)).text
    assert ('data-voice="answered"' in page, "五月起就有" in page) == (True, True)
    assert "五月起就有" not in (await (await phone_of(bank, "bob")).get(at)).text


@looks
async def test_from_the_teller_to_the_answer_in_a_browser(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    """Staff tells in the workbench, the owner takes and answers, the teller sees it."""
    await manager(bank)
    teller = await windows.new(viewport=size, locale=language)
    await _log_in(teller, "rm")
    owner = await windows.new("maker", viewport=size, locale=language)

    async def looked_at(window: Any, name: str) -> None:
        await picture(window.page, name, size, language)
        assert await serious_faults(window.page, assets) == [], name
        assert await window.page.evaluate(
            "document.documentElement.scrollWidth <= window.innerWidth"
        ), name

    await teller.page.click('a[href="/voices#tell"]')
    await looked_at(teller, "voices-empty")
    await teller.page.select_option("#kind", "complaint")
    await teller.page.select_option("#scene", "canteen")
    line, second = "the line is too long at noon", "a second line opens in May"
    tray, forum = "a tray for two", "a forum of the town"
    if language == "zh-CN":
        line, second, tray, forum = "午餐排队太久", "五月开第二条队", "增设双人餐盘", "本地论坛"
    await teller.page.fill("#says", line)
    await teller.page.click("#tell button")
    await teller.page.wait_for_url("**/voices/voi_*")
    at = teller.page.url
    await owner.page.goto(at)
    await owner.page.click("#acts form[action$=take] button")
    await owner.page.wait_for_selector('[data-step="taken"]')
    await looked_at(owner, "voice-taken")
    await owner.page.fill("#says-answer", second)
    await owner.page.click("#acts form[action$=answer] button")
    await owner.page.wait_for_selector("[data-answer]")
    await teller.page.goto(f"{teller.url}/workbench")
    assert second in await teller.page.inner_text("#voices")
    await looked_at(teller, "voices-workbench")
    await done(await desk_of(bank, "maker"), AT, **IDEA | {"says": tray}, found_at=forum)
    await late(bank)
    await owner.page.goto(f"{owner.url}/voices")
    await looked_at(owner, "voices")
    await owner.page.goto(at)
    await looked_at(owner, "voice")
    phone = await windows.new(viewport=size, locale=language)
    client = await phone_of(bank)
    csrf = re.findall('name="csrf" value="([^"]+)"', (await client.get("/bank/bank/voices")).text)[
        0
    ]
    await client.post("/bank/bank/voices", data={"csrf": csrf, **IDEA, "says": tray})
    await phone.context.add_cookies(
        [{"name": BANK_COOKIE, "value": client.cookies[BANK_COOKIE], "url": phone.url}]
    )
    await phone.page.goto(f"{phone.url}/bank/bank/voices")
    await looked_at(phone, "tell-us")
    assert [each.faults for each in windows.open] == [[], [], []]


async def _log_in(window: Any, login: str) -> None:
    await window.page.goto(f"{window.url}/login")
    await window.page.fill("#login", f"{login}@bank")
    await window.page.fill("#password", PASSWORD)
    await window.page.click("main button")
    await window.page.wait_for_url(lambda url: "/login" not in url)
    await window.page.goto(f"{window.url}/workbench")
