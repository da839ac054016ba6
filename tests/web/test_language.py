"""What an error is called on a page: in the reader's language, and by the field's own words."""

from __future__ import annotations

import ast
from pathlib import Path

import enscene
from enscene.kernel.problem_texts import PROBLEMS
from enscene.web.incentive_view import names_of
from enscene.web.language import Texts, catalog

SOURCES = Path(enscene.__file__).parent
PARTS = ("operations", "work", "engagement", "billing", "partners", "web")
NEVER_SHOWN = frozenset({
    "circles.metres", "engine.row", "loop.days", "loop.step", "model.bad", "model.features",
    "policy.no_rows", "policy.propensity", "web.bad_host",
})  # fmt: skip
"""Of calculations and of the server's settings: no form leads there."""


def _codes() -> set[str]:
    found = set()
    for part in PARTS:
        for place in (SOURCES / part).rglob("*.py"):
            for node in ast.walk(ast.parse(place.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "code":
                    value = node.value.value if isinstance(node.value, ast.Constant) else None
                    if isinstance(value, str) and "." in value:
                        found.add(value)
    return found


def test_every_refusal_of_a_page_has_chinese_words():
    known = {code for code, *_ in PROBLEMS}
    known |= {key.removeprefix("problems.") for key in catalog("zh")}
    codes = _codes()
    assert len(codes) > 400
    assert codes - known == NEVER_SHOWN


def test_chinese_readers_get_chinese_and_english_readers_the_precise_words():
    detail = "money after the pilot needs a target at a gate before it"
    said = Texts("zh").problem("project.no_target", {}, detail)
    assert said == "试点之后的资金，须在此前的关口设有目标。"
    assert Texts("en").problem("project.no_target", {}, detail) == detail


def test_a_page_does_not_point_into_an_answer_of_the_api():
    assert Texts("zh").problem("copy.shares", {}, "") == "各方份额合计超过 10000。"
    for code, *_ in PROBLEMS:
        said = Texts("zh").problem(code, {}, "")
        assert not any(word in said for word in ("见 facts", "见 param", "见 detail")), said


def test_a_field_is_called_what_its_form_calls_it():
    zh = Texts("zh")
    assert zh.field("projects", "steps.promote.amount") == "推广 · 金额"
    assert zh.field("projects", "targets[0].month") == "关口目标 1 · 月份"
    assert zh.field("incentives", "market.points") == "份额"
    assert Texts("en").field("projects", "targets[1].month").endswith("2 · Month")
    assert (zh.field("projects", "no.such"), zh.field("projects", None)) == ("", "")


def test_no_two_figures_of_a_rule_have_one_name():
    for t in (Texts("zh"), Texts("en")):
        names = list(names_of(t).values())
        assert len(set(names)) == len(names)
