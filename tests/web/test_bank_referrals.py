"""Referrals in the mobile bank: a link that tells nothing, and what a friend sees who follows it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from enscene.web.bank_session import COOKIE
from lending import Lending, open_lending
from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_bank import bank_of
from web.test_browser import serious_faults
from web.test_spectrum import session_of


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        yield found


async def test_a_friend_comes_by_a_link(lending: Lending) -> None:
    ann, bob = await bank_of(lending), await bank_of(lending, "bob")
    assert "/referrals" in (await ann.get("")).text
    page = (await ann.get("/referrals")).text
    (scene,) = re.findall(r'name="scene" value="([^"]+)"', page)[:1]
    await ann.press("/referrals", scene=scene)
    page = (await ann.get("/referrals")).text
    (code,) = re.findall(r'data-code="([0-9a-f]{16})"', page)
    assert 'data-came="0"' in page
    asked = await bob.get(f"/invited/{code}")
    assert asked.status_code == 200
    assert "ann" not in asked.text
    own = await ann.press(f"/invited/{code}")
    assert (own.status_code, "自己的邀请码" in own.text) == (422, True)
    came = await bob.press(f"/invited/{code}")
    assert came.status_code == 200, came.text
    assert "已记下" in came.text
    assert 'data-came="1"' in (await ann.get("/referrals")).text
    assert (await bob.get("/invited/0000000000000000")).status_code == 404
    strange = await ann.press("/referrals", scene="nothing")
    assert strange.status_code == 422
    assert (await ann.press("/referrals", scene="\0")).status_code in (400, 422)
    assert (await bob.get("/invited/%00")).status_code == 404


@looks
async def test_it_is_seen(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    window = await windows.new("auditor", viewport=size, locale=language)
    page = window.page
    cookie = {"name": COOKIE, "value": await session_of(bank), "url": windows.url}
    await window.context.add_cookies([cookie])
    await page.goto(f"{windows.url}/bank/bank/referrals")
    assert await serious_faults(page, assets) == []
    await page.click("form[action$=referrals] button")
    code = await page.get_attribute("input[data-code]", "data-code")
    assert await serious_faults(page, assets) == []
    await picture(page, "referrals-own", size, language)
    cookie["value"] = await session_of(bank, "bob")
    await window.context.add_cookies([cookie])
    await page.goto(f"{windows.url}/bank/bank/invited/{code}")
    assert await serious_faults(page, assets) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    await picture(page, "referrals-invited", size, language)
    assert window.faults == []
