"""Types as packs write them, and as expressions know them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from enscene.kernel.clock import parse_duration
from enscene.kernel.documents import Scalar
from enscene.kernel.documents.shapes import BOOLS, word_problem
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import (
    BOOL,
    DATE,
    DURATION,
    ENUM,
    INT,
    LIST,
    MONEY,
    OPTIONAL,
    PARTY,
    PORTION,
    RECORD,
    TEXT,
    TIME,
)
from enscene.kernel.expressions import Type as Kernel
from enscene.kernel.money import Portion, parse_money
from enscene.kernel.said import Said, say
from enscene.scenes.language.model import Type, Value

SIMPLE = ("text", "int", "money", "bool", "date", "time", "duration", "portion", "time_of_day")
_CALL = re.compile(r"([a-z]+)\((.*)\)")
_CHOICE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
_KERNEL = {
    "text": TEXT,
    "int": INT,
    "money": MONEY,
    "bool": BOOL,
    "date": DATE,
    "time": TIME,
    "duration": DURATION,
    "portion": PORTION,
    "time_of_day": TEXT,
    "party": PARTY,
    "ref": TEXT,
}
TYPE_HINT = say(
    "types are text, int, money, bool, date, time, duration, portion, choice(a|b), party(role), "
    "ref(thing), list(text)"
)


def parse_type(text: str, field_name: str) -> Type | None:
    """The type of a text such as `choice(a|b)`; None when there is no such type. A bare `party`
    is the role that the field is named after."""
    text = text.strip()
    if text in SIMPLE:
        return Type(text)
    if text == "party":
        return Type("party", role=field_name)
    match = _CALL.fullmatch(text)
    if match is None:
        return None
    name, inside = match[1], match[2].strip()
    if name == "choice":
        choices = tuple(word.strip() for word in inside.split("|"))
        good = all(_CHOICE.fullmatch(word) for word in choices) and len(set(choices)) > 1
        return Type("choice", choices=choices) if good else None
    if name == "party":
        return Type("party", role=inside)
    if name == "ref":
        return Type("ref", thing=inside)
    if name == "list":
        item = parse_type(inside, field_name)
        return Type("list", item=item) if item and item.name != "list" else None
    return None


def kernel_type(of: Type, optional: bool = False) -> Kernel:
    """The type as expressions know it."""
    if of.name == "choice":
        kind = ENUM(of.choices)
    elif of.name == "list":
        assert of.item is not None
        kind = LIST(kernel_type(of.item))
    elif of.name == "record":
        kind = RECORD({name: kernel_type(inner) for name, inner in of.fields})
    else:
        kind = _KERNEL[of.name]
    return OPTIONAL(kind) if optional else kind


def output_type(text: str) -> Kernel:
    """The type of a block's output: `money`, `record(balance: money, held: money)`, `list`."""
    if text.startswith("record("):
        pairs = (pair.split(":") for pair in text[len("record(") : -1].split(","))
        return RECORD({name.strip(): _KERNEL[kind.strip()] for name, kind in pairs})
    if text == "list":
        return LIST(RECORD({}))
    if text.startswith("list("):
        return LIST(_KERNEL[text[len("list(") : -1]])
    return _KERNEL[text]


def arg_types(text: str | None) -> tuple[Kernel | None, ...]:
    """The types an argument of a block may have; `money|int` are two."""
    if text is None or text == "any":
        return (None,)
    return tuple(output_type(word.strip()) for word in text.split("|"))


def parse_value(node: Scalar, of: Type, currency: str) -> tuple[Value, Said | None]:
    """A constant of a type and None, or None and why it is none."""
    text = node.text
    readers: dict[str, Callable[[], Value]] = {
        "money": lambda: parse_money(text, currency),
        "portion": lambda: Portion.parse(text),
        "duration": lambda: parse_duration(text),
        "int": lambda: int(text),
        "bool": lambda: BOOLS[text],
    }
    if of.name in ("money", "int", "bool", "time_of_day"):
        problem = word_problem(node, of.name)
        if problem is not None:
            return None, problem
    if of.name == "choice" and text not in of.choices:
        return None, say("write one of {names}", names=tuple(f"`{word}`" for word in of.choices))
    try:
        return readers.get(of.name, lambda: text)(), None
    except Invalid as error:
        return None, error.advice or error.said.bare()


def in_bounds(value: Value, least: Value, most: Value) -> bool:
    """Whether a value lies within bounds of its own type; an absent bound holds."""

    def at_most(low: Value, high: Value) -> bool:
        if low is None or high is None:
            return True
        return bool(low <= high)  # type: ignore[operator]

    return at_most(least, value) and at_most(value, most)


def records(fields: Iterable[tuple[str, Kernel]]) -> Kernel:
    """A record of the fields, in order."""
    return RECORD(dict(fields))
