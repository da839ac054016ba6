"""What is wrong with a pack is told in Chinese as fully as in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
import yaml

from enscene.blocks import LIBRARY
from enscene.kernel import expressions
from enscene.kernel.documents._yaml_problems import _PROBLEMS
from enscene.kernel.documents.chinese import in_chinese, table
from enscene.kernel.said import Both, say
from enscene.scenes.language import load_pack_files
from enscene.scenes.language._types import SIMPLE
from enscene.scenes.language.report import advised, mistakes_text, told
from enscene.scenes.language.scaffold import new_pack

SOURCE = Path(__file__).parents[3] / "src" / "enscene"
FILES = [
    file
    for part in ("kernel", "shelf", "scenes/language")
    for file in (SOURCE / part).rglob("*.py")
]
BROKEN = yaml.safe_load((Path(__file__).parent / "broken_packs.yaml").read_text("utf-8"))
GOOD = new_pack("corner_shop")
HAN = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(the|is|no|not|of|and|an|to|there|expected|here)\b")


def calls(*names: str) -> Iterator[ast.Call]:
    """All calls of functions and methods of those names in what may find a mistake."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else None
                if (name or getattr(called, "id", None)) in names:
                    yield node


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def sentences() -> dict[str, set[str]]:
    """Every sentence that may be said, with the names of its facts."""
    found: dict[str, set[str]] = {}
    for call in calls("say"):
        (template,) = call.args
        assert isinstance(template, ast.Constant), ast.unparse(call)
        found[template.value.rstrip(".")] = {keyword.arg or "" for keyword in call.keywords}
    return found


def test_every_sentence_has_a_chinese_one_with_the_same_blanks() -> None:
    said = sentences()
    assert len(said) > 300
    assert set(said) == set(table("sentences"))
    for english, chinese in table("sentences").items():
        assert blanks(english) == blanks(chinese) == said[english], english


def test_every_word_for_what_may_have_a_name_is_known() -> None:
    words = set()
    for call, place in [(call, 1) for call in calls("unknown")] + [
        (call, 2) for call in calls("known")
    ]:
        what = call.args[place] if len(call.args) > place else None
        if isinstance(what, ast.Constant):
            words.add(what.value)
    words |= {"part", "people", "flow", "account", "counter", "thing", "product", "block"}
    for spec in LIBRARY.values():
        words |= {arg.summary or arg.kind for arg in spec.args.values()}
    assert words <= set(table("words"))


def test_every_type_is_called_in_chinese() -> None:
    kinds = {of.kind for of in vars(expressions).values() if isinstance(of, expressions.Type)}
    assert {"money", "int", "text"} <= kinds
    assert kinds | set(SIMPLE) | {"choice", "party", "list", "ref", "record"} <= set(table("types"))


@pytest.mark.parametrize("broken", BROKEN, ids=[item["name"] for item in BROKEN])
def test_a_broken_pack_is_told_in_chinese(broken: dict[str, str]) -> None:
    text = GOOD[broken["file"]].replace(broken["old"], broken["new"], 1)
    (mistake,) = load_pack_files({**GOOD, broken["file"]: text}).mistakes
    for shown in (told(mistake, "zh"), advised(mistake, "zh")):
        plain = re.sub(r"`[^`]*`|\"[^\"]*\"", "", shown)
        assert HAN.search(shown) or not plain.strip(' 写作[],"'), shown
        assert not ENGLISH.search(plain), shown


def test_facts_are_told_in_chinese_too() -> None:
    inner = say("flow `{flow}` has {problem} {side} that takes the rest", flow="pay",
                problem=say("no"), side=say("target"))  # fmt: skip
    assert in_chinese(inner) == "资金流 `pay` 没有承接余额的去向"
    rule = say("rule `{name}` is missing: {rule}", name="x", rule=Both("a rule", "某规则"))
    assert in_chinese(rule) == "缺少规则 `x`：某规则"
    names = say("there is {names}", names=("`a`", "`b`"))
    assert (in_chinese(names), str(names)) == ("可用的有 `a`、`b`", "there is `a`, `b`")


def test_a_sentence_that_the_table_lacks_stays_english() -> None:
    assert in_chinese(say("nobody has {what}", what="translated this")) == (
        "nobody has translated this"
    )


def test_mistakes_are_counted_as_people_count() -> None:
    scene = GOOD["scene.yaml"].replace("is: merchant", "is: merchand")
    one = load_pack_files({**GOOD, "scene.yaml": scene})
    assert mistakes_text("p", one, "en").startswith("p: 1 mistake\n")
    assert mistakes_text("p", one, "zh").startswith("p: 1 处错误\n")
    two = load_pack_files({**GOOD, "scene.yaml": scene.replace("is: bank", "is: bunk")})
    assert mistakes_text("p", two, "en").startswith("p: 2 mistakes\n")


def test_every_yaml_mistake_has_a_hint() -> None:
    for broken in (
        "a: b: c",
        "a:\n\t- b",
        "a: [1, 2",
        'a: "x',
        "a: b\n c: d",
        "- a\nb: c",
        "a: @b",
    ):
        (mistake,) = load_pack_files({**GOOD, "scene.yaml": broken}).mistakes
        assert mistake.code == "not_yaml", broken
        assert mistake.hint
        assert HAN.search(told(mistake, "zh"))
        assert HAN.search(advised(mistake, "zh"))
        # Known by its own words, not told as "cannot be read".
        problem = mistake.message.removeprefix("this is not YAML: ")
        assert any(problem.startswith(start) for start, _, _ in _PROBLEMS), problem
