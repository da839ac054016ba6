"""The page of norms: who sees it, what it says, and uses of data that were refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from enscene.cli._norm_facts import FACTS, load_controls
from enscene.customers.authorizations import find_limits, note_forbidden
from enscene.tenants.apps import register_app
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_apis import KEY
from web.test_browser import serious_faults
from web.test_portal import desk


@pytest.fixture
def knowing(bank: Bank) -> Bank:
    load_controls()
    bank.console.settings = replace(bank.console.settings, facts=FACTS)
    return bank


async def refuse(bank: Bank) -> None:
    app = await register_app(
        bank.pool, bank.tenant, "lender", title="lender", jwks=[KEY], scopes=["scene:canteen:*"]
    )
    found = find_limits("hospital", {"visit": ["kind"]}, "credit")
    await note_forbidden(bank.pool, bank.tenant.id, app.id, "canteen", "ann", "credit", found)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", ("规范对照", "达到", "没有被拒绝的用途")),
     ("en-GB", ("Norms", "held", "No use was refused"))],
)  # fmt: skip
async def test_an_approver_sees_each_norm_and_nothing_is_broken(
    knowing: Bank, language: str, words: tuple[str, ...]
) -> None:
    page = await (await desk(knowing, "checker", language)).http.get("/norms")
    assert page.status_code == 200
    assert all(word in page.text for word in words)
    assert page.text.count("JR/T") >= 6
    assert 'chip bad"' not in page.text


async def test_a_page_in_english_has_no_chinese(knowing: Bank) -> None:
    await refuse(knowing)
    page = (await (await desk(knowing, "checker", "en-GB")).http.get("/norms")).text
    body = page.partition("<main")[2].partition("</main>")[0]
    # The scene of the tests has no other name.
    assert re.findall("[\u4e00-\u9fff：，。；]+", body.replace("一号食堂", "")) == []
    assert "To decide on credit" in body


async def test_what_does_not_hold_is_seen(knowing: Bank) -> None:
    odd = dict(FACTS) | {"c3_is_never_kept": lambda: "pack.thing.face"}
    knowing.console.settings = replace(knowing.console.settings, facts=odd)
    page = await (await desk(knowing, "checker", "en-GB")).http.get("/norms")
    assert "pack.thing.face" in page.text
    assert 'chip bad"' in page.text


async def test_a_refused_use_is_told_with_its_law(knowing: Bank) -> None:
    await refuse(knowing)
    page = await (await desk(knowing, "checker", "zh-CN")).http.get("/norms")
    assert "征信业管理条例" in page.text
    assert "visit.kind" in page.text


async def test_others_do_not_see_it(knowing: Bank) -> None:
    assert (await (await desk(knowing, "maker", "zh-CN")).http.get("/norms")).status_code == 403


@looks
async def test_it_fits_and_is_read_by_everybody(
    knowing: Bank, windows: Windows, assets: Path, size: dict[str, int], language: str
) -> None:
    await refuse(knowing)
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    await page.goto(f"{window.url}/norms")
    assert await serious_faults(page, assets) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/norms-{size['width']}-{language}.png", full_page=True)
    assert window.faults == []
