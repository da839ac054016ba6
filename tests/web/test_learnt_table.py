"""What the pages of campaigns say was learnt of an offer: no rate before it was tried often enough."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from enscene.engagement.results import Arm
from enscene.web.language import Language, Texts
from enscene.web.render import make_environment

PARTS = ("night", "morning", "noon", "evening")


def table(tried: int, language: Language = "en") -> str:
    arm = Arm("lunch", "coupon", tried, 0.3, dict.fromkeys(PARTS, 0.183), [("eating", -0.026)])
    macros: Any = make_environment().get_template("campaign_macros.html").module
    page = macros.arms_table([arm], lambda each: each.offer, Texts(language))
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", str(page))))


@pytest.mark.parametrize("tried", [1, 2, 29])
def test_after_few_tries_no_rate_is_told(tried: int) -> None:
    page = table(tried)
    assert f"Tried {tried} times, too few to tell a rate; 30.0% was expected at first." in page
    assert "told from 30 times on" in page
    assert re.findall(r"[0-9.]+%", page) == ["30.0%", "30.0%"], "what was expected, alone"
    assert "points" not in page


def test_from_thirty_tries_on_rates_are_told() -> None:
    page = table(30)
    assert "about 18.3%" in page
    assert page.count("18.3%") == 5
    assert "most take it 2.6 points less often" in page
    assert "told from" not in page


def test_what_was_never_tried_has_no_rate() -> None:
    page = table(0)
    assert "Not tried yet; 30.0% is expected" in page
    assert "told from 30 times on" in page


def test_the_same_holds_in_chinese() -> None:
    assert "试过 2 次，还不足以给出比例；最初预计 30.0%。" in table(2, "zh")
    assert "满 30 次后给出" in table(2, "zh")
    assert "低 2.6 个百分点" in table(30, "zh")
