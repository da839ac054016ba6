"""The preferences of a customer: one page for the customer and the bank, with its switch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx

from enscene.commit import admit
from enscene.engagement import reactor_of
from enscene.web.bank_session import COOKIE, issue_bank_session
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_phone import LOOK

HAN = re.compile("[\u4e00-\u9fff]")


async def eaten(bank: Bank, times: int = 2) -> None:
    for n in range(times):
        await bank.do(
            "pay_by_code", "ann", ticket=f"more-{n}", canteen="hall", price="9.00", dishes=["d1"]
        )
    await reactor_of(bank.pool, bank.host, bank.tenant.shard).settle(bank.tenant.id)


async def session_of(bank: Bank, who: str = "ann") -> str:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        party = await connection.fetchval("select id from party where ref = $1", who)
    return await issue_bank_session(bank.pool, bank.tenant.id, who, party)


async def phone_of(bank: Bank, who: str = "ann", language: str = "zh") -> httpx.AsyncClient:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(bank.app), base_url="http://bank.test",
        headers={"accept-language": language},
    )  # fmt: skip
    client.cookies.set(COOKIE, await session_of(bank, who))
    return client


def topics(page: str) -> list[str]:
    return re.findall(r'data-topic="([^"]+)"', page)


async def test_customer_and_bank_read_the_same(bank: Bank) -> None:
    await eaten(bank)
    mine = (await (await phone_of(bank)).get("/bank/bank/spectrum")).text
    theirs = (await (await bank.client("auditor")).get("/customers/ann/spectrum")).text
    assert topics(mine) == topics(theirs)
    assert sorted(topics(mine)) == [
        "eating", "smart_canteen.canteen_food", "smart_canteen.dish:d1",
    ]  # fmt: skip
    for page in (mine, theirs):
        for said in ("餐饮", "菜品：面&lt;i&gt;", "依据 4 条", "每 30 天减半", "评价", "无 → "):
            assert said in page, said
        assert "100 × 5 ÷（5 + 3）= 62" in page
    link = 'href="/customers/ann/spectrum"'
    assert link in (await (await bank.client("auditor")).get("/customers/ann")).text
    assert 'href="/bank/bank/spectrum"' in (await (await phone_of(bank)).get("/bank/bank")).text


async def test_the_switch_clears_it_and_the_bank_sees_nothing(bank: Bank) -> None:
    await eaten(bank)
    phone = await phone_of(bank)
    page = (await phone.get("/bank/bank/spectrum")).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    form = {"csrf": csrf[1], "scene": "canteen", "granted": "0"}
    origin = {"origin": "http://bank.test"}
    answer = await phone.post("/bank/bank/spectrum", data=form, headers=origin)
    assert (answer.status_code, answer.headers["location"]) == (303, "/bank/bank/spectrum#switches")
    mine = (await phone.get("/bank/bank/spectrum")).text
    theirs = (await (await bank.client("auditor")).get("/customers/ann/spectrum")).text
    assert (topics(mine), topics(theirs)) == ([], [])
    assert 'aria-checked="false"' in mine
    assert "暂无偏好记录" in mine
    assert "暂无偏好记录" in theirs
    wrong = {**form, "scene": "elsewhere"}
    refused = await phone.post("/bank/bank/spectrum", data=wrong, headers=origin)
    assert refused.status_code == 404


async def test_in_english_nothing_is_chinese_but_names(bank: Bank) -> None:
    await eaten(bank)
    for page in (
        (await (await phone_of(bank, language="en")).get("/bank/bank/spectrum")).text,
        (await (await bank.client("auditor", **{"accept-language": "en"})).get(
            "/customers/ann/spectrum")).text,
    ):  # fmt: skip
        text = re.sub(r"<[^>]+>", " ", page)
        assert HAN.findall(re.sub(r"中文|入景|一号食堂|面|安", "", text)) == []
        assert "Eating in the canteen" in text


async def test_nobody_looks_who_may_not(bank: Bank) -> None:
    assert (await (await bank.client("partner")).get("/customers/ann/spectrum")).status_code == 403
    assert (await (await bank.client("auditor")).get("/customers/hall/spectrum")).status_code == 404


@looks
async def test_it_is_seen(
    windows: Windows, bank: Bank, assets: Path, size: Any, language: str
) -> None:
    await eaten(bank, 3)
    window = await windows.new("auditor", viewport=size, locale=language)
    page = window.page
    cookie = {"name": COOKIE, "value": await session_of(bank), "url": windows.url}
    await window.context.add_cookies([cookie])
    for name, path in (("bank", "/customers/ann/spectrum"), ("own", "/bank/bank/spectrum")):
        await page.goto(f"{windows.url}{path}")
        assert await page.evaluate(LOOK) == []
        await page.click("details summary >> nth=0")
        assert await serious_faults(page, assets) == []
        assert await page.evaluate(LOOK) == []
        if SHOTS:
            shot = Path(SHOTS) / f"spectrum-{name}-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)
    cookie["value"] = await session_of(bank, "bob")
    await window.context.add_cookies([cookie])
    for name, path in (("bank", "/customers/bob/spectrum"), ("own", "/bank/bank/spectrum")):
        await page.goto(f"{windows.url}{path}")
        assert await serious_faults(page, assets) == []
        if SHOTS:
            shot = Path(SHOTS) / f"spectrum-{name}-empty-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)
    assert window.faults == []
