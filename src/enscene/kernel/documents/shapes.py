"""Shapes of what is written in a pack: one table for the parser, the JSON Schema and the
reference page.

`conform` checks a node against a shape, collects what does not fit, and gives the node in its
long form: short forms are written out, a single value becomes a list of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from enscene.kernel.clock import parse_day, parse_duration
from enscene.kernel.documents.mistakes import Mistakes
from enscene.kernel.documents.nodes import Map, Node, Scalar, Seq, join
from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion
from enscene.kernel.said import Both, Said, say

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
BOOLS = {"true": True, "false": False, "on": True, "off": False}

PATTERNS: Mapping[str, tuple[re.Pattern[str], Said]] = {
    "name": (NAME, say("a name is small letters, digits and _, at most 40, as in `pay_meal`")),
    "version": (re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}"), say("a version is three numbers: 1.0.0")),
    "currency": (re.compile(r"[A-Z]{3}"), say("a currency is an ISO 4217 code such as CNY")),
    "int": (re.compile(r"-?(0|[1-9][0-9]{0,14})"), say("a whole number is expected")),
    "money": (
        re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?"),
        say('an amount of money is a decimal text such as "12.30"'),
    ),
    "time_of_day": (TIME_OF_DAY, say('a time of day is "HH:MM", as in "22:30"')),
    "clock": (
        re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"),
        say("a time is 2026-03-02T12:00, in the tenant's zone"),
    ),
    "frequency": (
        re.compile(r"[1-9][0-9]{0,3} per [1-9][0-9]{0,3}[smhdw]"),
        say("a frequency is `1 per 7d`"),
    ),
    "shelf": (
        re.compile(r"shelf\.[a-z][a-z0-9_]{0,39}"),
        say("a shelf product is `shelf.auto_topup`"),
    ),
    "text_key": (
        re.compile(r"[a-z][a-z0-9_.]{0,79}"),
        say("a text key is small letters, _ and dots"),
    ),
    "id": (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}"),
        say("an id is letters, digits, _ . : -"),
    ),
}
MAX_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What is expected at a place."""


@dataclass(frozen=True, slots=True)
class Word(Shape):
    """A scalar: one of PATTERNS, or text, bool, portion, duration, day, expr, type, any."""

    kind: str


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    """One of some words."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Many(Shape):
    """A list; a single value stands for a list of one."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Named(Shape):
    """A mapping from names to values of one shape; `most` bounds their number."""

    value: Shape
    key: str = "name"
    most: int | None = None
    least: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record, explained in both languages."""

    name: str
    shape: Shape
    en: str
    zh: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """A mapping with fixed keys. A scalar stands for the key `short`; where `short` is two
    keys, the scalar is `first.second`. A list stands for the key `short_list`."""

    title: str
    keys: tuple[Key, ...]
    short: str | tuple[str, str] | None = None
    short_list: str | None = None
    short_true: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OneOf(Shape):
    """A mapping with exactly one of `options` as key, besides the keys that all share."""

    title: str
    what: str
    options: Mapping[str, Shape]
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class OrOption(Shape):
    """A scalar, or `{option: name}` for the value of an option."""


@dataclass(frozen=True, slots=True)
class Free(Shape):
    """Anything; what it means is checked elsewhere."""


def conform(node: Node, shape: Shape, mistakes: Mistakes) -> Node | None:
    """The node in its long form, or None when it does not fit (then mistakes say why)."""
    match shape:
        case Word():
            return _word(node, shape.kind, mistakes)
        case Choice():
            return _choice(node, shape, mistakes)
        case Many():
            items = node.items if isinstance(node, Seq) else [node]
            kept = [conform(item, shape.item, mistakes) for item in items]
            return Seq(node.at, node.path, [item for item in kept if item is not None])
        case Named():
            return _named(node, shape, mistakes)
        case Record():
            return _record(node, shape, mistakes)
        case OrOption():
            option = Record("option", (Key("option", Word("name"), "", "", required=True),))
            named = isinstance(node, Map)
            return conform(node, option if named else Word("any"), mistakes)
        case OneOf():
            return _one_of(node, shape, mistakes)
        case _:
            return node


def _not(node: Node, expected: Said, mistakes: Mistakes) -> None:
    found = {Scalar: say("a single value"), Seq: say("a list"), Map: say("a mapping")}[type(node)]
    mistakes.add(
        node.at,
        "wrong_shape",
        say("{expected} is expected here, not {found}", expected=expected, found=found),
        path=node.path,
    )


def _word(node: Node, kind: str, mistakes: Mistakes) -> Node | None:
    if not isinstance(node, Scalar):
        _not(node, say("a single value"), mistakes)
        return None
    problem = word_problem(node, kind)
    if problem is None:
        return node
    mistakes.add(
        node.at,
        f"bad_{kind}",
        say("{text} does not fit", text=_shown(node.text)),
        problem,
        node.path,
    )
    return None


def word_problem(node: Scalar, kind: str) -> Said | None:
    """Why a scalar is not a word of that kind; None when it is."""
    text = node.text
    if kind == "money" and not node.quoted:
        return say('write the amount in quotes, as in "12.30": it is a decimal, not a number')
    if kind in PATTERNS:
        pattern, hint = PATTERNS[kind]
        return None if pattern.fullmatch(text) else hint
    if kind == "bool":
        return (
            None if text in BOOLS and not node.quoted else say("write true or false (or on, off)")
        )
    if kind == "any":
        return None
    if kind in ("text", "expr", "type"):
        if not text.strip():
            return say("something must stand here")
        return None if len(text) <= MAX_TEXT else say("at most {most} characters", most=MAX_TEXT)
    try:
        {"portion": Portion.parse, "duration": parse_duration, "day": parse_day}[kind](text)
    except Invalid as error:
        return error.advice or error.said.bare()
    return None


def _shown(text: str) -> str:
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}...`"


def _choice(node: Node, shape: Choice, mistakes: Mistakes) -> Node | None:
    if not isinstance(node, Scalar):
        _not(node, say("one of {names}", names=shape.values), mistakes)
        return None
    if node.text in shape.values:
        return node
    hint = say("write one of {names}", names=tuple(f"`{value}`" for value in shape.values))
    mistakes.add(
        node.at, "bad_choice", say("{text} does not fit", text=_shown(node.text)), hint, node.path
    )
    return None


def _named(node: Node, shape: Named, mistakes: Mistakes) -> Node | None:
    if isinstance(node, Scalar) and not node.text and not node.quoted:
        return Map(node.at, node.path)
    if not isinstance(node, Map):
        _not(node, say("a mapping of names"), mistakes)
        return None
    out = Map(node.at, node.path)
    pattern, hint = PATTERNS[shape.key]
    for name, value in node:
        if not pattern.fullmatch(name):
            path = join(node.path, name)
            mistakes.add(
                node.keys[name],
                "bad_name",
                say("{text} does not fit", text=_shown(name)),
                hint,
                path,
            )
            continue
        kept = conform(value, shape.value, mistakes)
        if kept is not None:
            out.entries[name] = kept
            out.keys[name] = node.keys[name]
    count = len(node.entries)
    if (shape.most is not None and count > shape.most) or count < shape.least:
        exact = shape.least == shape.most
        wanted = (
            say("exactly {count}", count=shape.least)
            if exact
            else say("1 to {most}", most=shape.most)
        )
        mistakes.add(
            node.at,
            "wrong_count",
            say("{wanted} name is expected here", wanted=wanted),
            path=node.path,
        )
    return out


def _long(node: Node, shape: Record) -> Node:
    if isinstance(node, Seq) and shape.short_list:
        return _wrap(node, {shape.short_list: node})
    if not isinstance(node, Scalar):
        return node
    if not node.text and not node.quoted:
        return Map(node.at, node.path)
    if isinstance(shape.short, str):
        extra = {key: Scalar(node.at, node.path, "true") for key in shape.short_true}
        return _wrap(node, {shape.short: node, **extra})
    if isinstance(shape.short, tuple) and node.text.count(".") == 1:
        words = node.text.split(".")
        return _wrap(
            node,
            {
                key: Scalar(node.at, node.path, word)
                for key, word in zip(shape.short, words, strict=True)
            },
        )
    return node


def _wrap(node: Node, entries: dict[str, Node]) -> Map:
    return Map(node.at, node.path, entries, dict.fromkeys(entries, node.at))


def _record(node: Node, shape: Record, mistakes: Mistakes) -> Node | None:
    node = _long(node, shape)
    if not isinstance(node, Map):
        _not(node, say("a mapping"), mistakes)
        return None
    out = Map(node.at, node.path)
    known = {key.name: key for key in shape.keys}
    _take(node, known, out, mistakes, set(known))
    for key in shape.keys:
        if key.required and key.name not in node.entries:
            mistakes.add(
                node.at,
                "missing_key",
                say("`{key}` is missing", key=key.name),
                say("{about}", about=Both(key.en, key.zh)),
                node.path,
            )
    return out


def _take(
    node: Map, known: Mapping[str, Key], out: Map, mistakes: Mistakes, allowed: set[str]
) -> None:
    for name, value in node:
        if name not in known:
            if name not in allowed:
                path = join(node.path, name)
                mistakes.unknown(node.keys[name], "key", name, allowed, path)
            continue
        kept = conform(value, known[name].shape, mistakes)
        if kept is not None:
            out.entries[name] = kept
            out.keys[name] = node.keys[name]


def _one_of(node: Node, shape: OneOf, mistakes: Mistakes) -> Node | None:
    if isinstance(node, Scalar):
        node = _wrap(node, {node.text: Scalar(node.at, node.path, "")})
    if not isinstance(node, Map):
        _not(node, say("a mapping"), mistakes)
        return None
    out = Map(node.at, node.path)
    known = {key.name: key for key in shape.keys}
    chosen = [name for name, _ in node if name not in known]
    if len(chosen) != 1:
        mistakes.add(
            node.at,
            "wrong_count",
            say("exactly one {what} is expected here", what=Said(shape.what, {})),
        )
        return None
    name = chosen[0]
    if name not in shape.options:
        mistakes.unknown(node.keys[name], shape.what, name, shape.options, node.path)
        return None
    _take(node, known, out, mistakes, {name, *known})
    kept = conform(node.entries[name], shape.options[name], mistakes)
    if kept is None:
        return None
    out.entries[name] = kept
    out.keys[name] = node.keys[name]
    return out
