"""Addresses without a page: what is told there, and where a form's own address leads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from enscene.web import ConsoleSettings, create_console
from web.conftest import ROOT, Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/partners/ptn_1/act", "/partners/ptn_1"),
        ("/own", "/"),
        ("/screening/none", "/screening"),
        ("/portal/bank/signup", "/portal/bank"),
        ("/launches/x/approve", "/launches/x"),
    ],
)
async def test_a_forms_address_leads_to_the_page_of_the_form(
    bank: Bank, path: str, leads: str
) -> None:
    answer = await (await bank.client("checker")).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, leads)


async def test_other_methods_stay_wrong(bank: Bank) -> None:
    answer = await (await bank.client("checker")).put("/own")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("language", "title"), [("zh", "这里没有页面"), ("en", "There is no page")]
)
@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("/nowhere", ["/", "/docs"]),
        ("/portal/bank/nowhere", ["/", "/portal/bank", "/bank/bank", "/docs"]),
        ("/portal/nobody", ["/", "/docs"]),
        ("/h5/bank/none/none", ["/", "/portal/bank", "/bank/bank", "/docs"]),
    ],
)
async def test_an_unknown_address_is_a_page_with_ways_on(
    bank: Bank, path: str, ways: list[str], language: str, title: str
) -> None:
    answer = await (await bank.client(**{"accept-language": language})).get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert title in answer.text
    for way in ways:
        assert f'href="{way}"' in answer.text, way


@pytest.mark.parametrize("who", ["maker", "checker"])
async def test_a_nul_in_an_address_finds_nothing(bank: Bank, who: str) -> None:
    """In every part of every address, and in what is asked there."""
    client = await bank.client(who)
    app = create_console(bank.host, bank.pool, ConsoleSettings(packs=ROOT / "packs"))
    paths = {re.sub(r"\{[^}]+\}", "%00", each.path) for each in app.routes
             if isinstance(each, Route) and "GET" in (each.methods or ())}  # fmt: skip
    assert sum("%00" in path for path in paths) > 50
    asked = "?month=%00&day=%00&q=%00&cursor=%00&line=%00&show=%00&kind=%00&role=%00"
    wrong = {}
    for path in sorted(paths):
        status = (await client.get(path + asked)).status_code
        if status >= 500:
            wrong[path] = status
    assert wrong == {}


async def test_a_nul_in_a_form_is_left_out(bank: Bank) -> None:
    client = await bank.client()
    answer = await client.post("/login", data={"login": "a\x00", "password": "b\x00", "form": "c"})
    assert answer.status_code < 500


async def test_a_file_that_is_not_there_is_no_page(bank: Bank) -> None:
    answer = await (await bank.client()).get("/static/none.css")
    assert (answer.status_code, answer.text) == (404, "404")


@looks
async def test_the_page_is_in_order(
    windows: Windows, assets: Path, size: dict[str, int], language: str
) -> None:
    window = await windows.new(viewport=size, locale=language)
    page: Any = window.page
    await page.goto(f"{windows.url}/portal/bank/nowhere")
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/lost-{size['width']}-{language}.png", full_page=True)
    assert await serious_faults(page, assets) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
