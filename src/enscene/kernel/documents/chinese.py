"""What is wrong with a pack, told in Chinese from the table `mistakes.zh.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from enscene.kernel.expressions import Type
from enscene.kernel.said import Both, Said

TABLE = Path(__file__).parent / "mistakes.zh.yaml"


@cache
def table(part: str) -> Mapping[str, str]:
    """`sentences`, `words` for what may have a name, `types`: English to Chinese."""
    found: dict[str, str] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))[part]
    return found


def word(english: str) -> str:
    """One of the table's words."""
    return table("words").get(english, english)


def type_word(name: str) -> Both:
    """A type as files name it, and as it is called in Chinese."""
    return Both(name, table("types").get(name, name))


def in_chinese(said: Said) -> str:
    """The sentence in Chinese; one that the table lacks stays English rather than be lost."""
    template = said.template.rstrip(".")
    known = table("sentences").get(template) or table("words").get(template)
    if known is None:
        return str(said)
    return known.format(**{name: _shown(value) for name, value in said.facts.items()})


def _shown(value: object) -> object:
    if isinstance(value, Said):
        return in_chinese(value)
    if isinstance(value, Both):
        return value.zh
    if isinstance(value, Type):
        return _type(value)
    if isinstance(value, tuple):
        return "、".join(str(_shown(item)) for item in value)
    return value


def _type(of: Type) -> str:
    if of.kind == "list" and of.item is not None:
        return f"{_type(of.item)} 的列表"
    if of.kind == "enum":
        return "取值（" + "、".join(repr(value) for value in of.values) + "）"
    return table("types").get(of.kind, of.kind)
