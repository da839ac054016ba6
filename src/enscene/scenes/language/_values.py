"""Values of cases and generators, as the API would take them."""

from __future__ import annotations

from typing import Any

from enscene.kernel.clock import parse_time
from enscene.kernel.documents import Map, Mistakes, Node, Scalar, Seq
from enscene.kernel.documents.chinese import type_word
from enscene.kernel.documents.shapes import BOOLS, word_problem
from enscene.kernel.errors import Invalid
from enscene.kernel.said import say
from enscene.scenes.language._types import parse_value
from enscene.scenes.language.model import Type

_WORDS = {"date": "day", "int": "int", "bool": "bool"}


def plain(node: Node) -> Any:
    """A value of no known type: quoted texts stay texts, bare numbers and truth values don't."""
    if isinstance(node, Map):
        return {key: plain(value) for key, value in node}
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    if node.quoted:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    if word_problem(node, "int") is None:
        return int(node.text)
    return node.text


def typed(node: Node, of: Type, currency: str, mistakes: Mistakes) -> Any:
    """A value as JSON of its type: money, dates and times are texts, lists are lists."""
    if of.name == "list" and of.item is not None:
        if not isinstance(node, Seq):
            mistakes.add(node.at, "wrong_shape", say("a list is expected here"), path=node.path)
            return []
        return [typed(item, of.item, currency, mistakes) for item in node.items]
    if not isinstance(node, Scalar):
        mistakes.add(
            node.at,
            "wrong_shape",
            say("a {of} is expected here", of=type_word(of.name)),
            path=node.path,
        )
        return None
    problem = None
    if of.name in _WORDS:
        problem = word_problem(node, _WORDS[of.name])
    elif of.name == "time":
        try:
            parse_time(node.text)
        except Invalid as error:
            problem = error.advice or error.said.bare()
    else:
        _, problem = parse_value(node, of, currency)
    if problem is not None:
        message = say("`{text}` is no {of}", text=node.text, of=type_word(of.name))
        mistakes.add(node.at, f"bad_{of.name}", message, problem, node.path)
        return None
    if of.name == "int":
        return int(node.text)
    return BOOLS[node.text] if of.name == "bool" else node.text
