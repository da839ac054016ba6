"""The pages to read: both languages, no script, nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from enscene import api
from enscene.api.pages.texts import TEXTS
from enscene.api.problems import STATUSES
from enscene.kernel.problem_texts import PROBLEMS

SOURCES = Path(api.__file__).parent
PAGES = ["/docs", "/docs/canteen", "/docs/problems"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_page_is_whole_and_strict(world, path, language):
    answer = await world.bank.http.get(f"{path}?lang={language}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    html = answer.text
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in html
    assert "<script" not in html
    assert " style=" not in html
    assert " on" + "click" not in html
    assert not re.search(r'(src|href)="(https?:)?//', html)
    chinese = len(re.findall("[\u4e00-\u9fff]", html))
    assert chinese > 50 if language == "zh" else chinese <= 40


async def test_every_action_is_on_its_page(world):
    html = (await world.bank.http.get("/docs/canteen")).text
    for action in world.pack.actions.values():
        shown = f'id="{action.name}"' in html
        assert shown is not (set(action.by) <= {"clock", "trigger"})


async def test_the_language_follows_the_reader(world):
    for accept, text in (("en-GB,en;q=0.9", "How to connect"), ("zh-CN", "四步接入"), ("", "四步")):
        answer = await world.bank.http.get("/docs", headers={"accept-language": accept})
        assert text in answer.text
    answer = await world.bank.http.get("/docs?lang=fr")
    assert (answer.status_code, answer.json()["param"]) == (400, "lang")


async def test_style_and_unknown_pages(world):
    answer = await world.bank.http.get("/docs/assets/docs.css")
    assert answer.headers["content-type"].startswith("text/css")
    for path in ("/docs/nowhere", "/docs/assets/x.css", "/docs/../secret", "/docs/canteen/x"):
        assert (await world.bank.http.get(path)).status_code == 404, path


def test_both_languages_have_every_text():
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    assert all(zh and en and zh != en for _, _, zh, en in PROBLEMS)
    assert len({code for code, *_ in PROBLEMS}) == len(PROBLEMS)


def test_every_problem_of_the_api_is_explained():
    explained = {code for code, *_ in PROBLEMS}
    raised: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        raised |= set(re.findall(r'code="([a-z]+\.[a-z_0-9]+)"', path.read_text()))
        raised |= {f"json.{code}" for code in re.findall(r'_bad\("([a-z_0-9]+)"', path.read_text())}
    # The token endpoint speaks OAuth's own words; a port is told to who starts the server.
    assert raised - explained == {"auth.client", "http.port"}
    assert len(raised) > 40


def test_the_status_on_the_page_is_the_one_that_is_sent():
    for code, status, *_ in PROBLEMS:
        assert STATUSES.get(code, status) == status, code
