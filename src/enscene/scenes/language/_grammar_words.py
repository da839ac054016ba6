"""The words that the grammar tables are written in."""

from __future__ import annotations

from enscene.kernel.documents.shapes import Key, Shape, Word

NAME, TEXT, EXPR, BOOL, TYPE = (Word(kind) for kind in ("name", "text", "expr", "bool", "type"))
INT, MONEY, DURATION = Word("int"), Word("money"), Word("duration")

PART = Key(
    "part",
    NAME,
    "the optional part that this belongs to; it is gone when the part is off",
    "所属的可选部分；该部分关闭时一并消失",
)


def key(name: str, shape: Shape, en: str, zh: str) -> Key:
    """A key that may be left out."""
    return Key(name, shape, en, zh)


def must(name: str, shape: Shape, en: str, zh: str) -> Key:
    """A key that is required."""
    return Key(name, shape, en, zh, required=True)
