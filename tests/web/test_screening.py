"""The page of screening: who sees it, what it says, how a case is decided."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from api.test_screening import lending as screened
from enscene.risk.screening import read_screening
from enscene.tenants.users import create_user
from enscene.web.language import catalog
from lending import Lending
from web.conftest import Windows
from web.test_browser import serious_faults
from web.test_workbench import PASSWORD, desk_of

ROLES = {"check": "approver", "audit": "auditor", "maker": "scene_team"}
__all__ = ["screened"]


@pytest.fixture
async def lending(screened: Lending) -> Lending:
    for login, role in ROLES.items():
        await create_user(
            screened.trip.pool, screened.trip.tenant, login, name=login, password=PASSWORD,
            roles=[role],
        )  # fmt: skip
    return screened


def case_of(page: str) -> str:
    return re.findall(r'data-case="([0-9a-f-]{36})"', page)[0]


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", ("金额远高于平常", "待裁定", "误报")),
     ("en-GB", ("Far more than usual", "Waiting for a decision", "False alarm"))],
)  # fmt: skip
async def test_a_case_is_told_in_words_and_decided_with_a_reason(
    lending: Lending, language: str, words: tuple[str, ...]
) -> None:
    desk = await desk_of(lending, "check", language)
    page = (await desk.get("/screening")).text
    assert all(word in page for word in words)
    assert "6000.00" in page
    path = f"/screening/{case_of(page)}"
    refused = await desk.press(path, outcome="false_alarm", why="no")
    assert refused.status_code == 400
    assert 'aria-invalid="true"' in refused.text
    assert 'value="no"' in refused.text
    done = await desk.press(path, outcome="false_alarm", why="a planned holiday")
    assert "a planned holiday" in done.text
    assert "data-case" not in done.text
    assert (await desk.press(path, outcome="confirmed", why="second thoughts")).status_code == 409


async def test_an_auditor_looks_and_others_do_not(lending: Lending) -> None:
    auditor = await desk_of(lending, "audit")
    page = (await auditor.get("/screening")).text
    assert '<form method="post" action="/screening' not in page
    answer = await auditor.press(f"/screening/{case_of(page)}", outcome="confirmed", why="because")
    assert answer.status_code == 403
    assert (await (await desk_of(lending, "maker")).get("/screening")).status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_and_figure_has_words(language: Any) -> None:
    texts = catalog(language)
    for rule in read_screening().rules:
        assert f"screening.rules.{rule.name}" in texts
        assert all(f"screening.figures.{name}" in texts for name in rule.figures)


async def test_it_reads_well_on_a_telephone(windows: Windows, assets: Path) -> None:
    window = await windows.new("checker", viewport={"width": 390, "height": 844})
    await window.page.goto(f"{windows.url}/screening")
    wide = await window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert await serious_faults(window.page, assets) == []
