"""The catalogs: both complete, and everything that pages say is in them."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from enscene.blocks import LIBRARY
from enscene.web.language import catalog, choose_language

WEB = Path(__file__).parents[2] / "src" / "enscene" / "web"


def test_both_languages_have_the_same_keys():
    assert catalog("zh").keys() == catalog("en").keys()


def test_texts_ask_for_the_same_values():
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    zh, en = catalog("zh"), catalog("en")
    assert {key: values(zh[key]) for key in zh} == {key: values(en[key]) for key in en}


def test_every_text_that_a_page_asks_for_is_there():
    asked = set()
    for place in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        asked |= set(re.findall(r"\b(?:t|texts)\(\"([a-z0-9_.]+)\"[,)]", place.read_text("utf-8")))
    assert len(asked) > 150
    assert asked <= catalog("zh").keys()


def test_every_block_of_the_library_is_named():
    keys = catalog("zh").keys()
    for block in LIBRARY.values():
        assert f"blocks.{block.name}.title" in keys
        assert f"blocks.{block.name}.help" in keys
        assert f"families.{block.family}" in keys
        assert {f"effects.{effect}" for effect in block.effects} <= keys
        assert {f"argkinds.{arg.kind}" for arg in block.args.values()} <= keys


def test_no_text_is_left_in_the_other_language():
    chinese = re.compile(r"[一-鿿]")
    assert [key for key, text in catalog("en").items() if chinese.search(text)] == []


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        (None, "", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "zh-CN,en", "zh"),
        ("en", "zh-CN", "en"),
        ("xx", "fr", "zh"),
    ],
)
def test_language_is_chosen(cookie: str | None, accept: str, language: str):
    assert choose_language(cookie, accept) == language
