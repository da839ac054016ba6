"""Types of expressions: known before anything runs, so that a wrong one is found at load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_KEYWORDS = frozenset({"in", "true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Type:
    """One type; take the constants and makers below rather than building one.

    `item` is the type inside a list, `fields` those of a record, `values` the texts of an ENUM.
    `optional` marks a record's field that may be absent (None at run time).
    """

    kind: str
    item: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()
    values: tuple[str, ...] = ()
    optional: bool = False

    def __str__(self) -> str:
        if self.kind == "list":
            return f"list of {self.item}"
        if self.kind == "enum":
            return "one of " + ", ".join(repr(value) for value in self.values)
        return self.kind

    def field(self, name: str) -> Type | None:
        """The type of a record's field; None when there is no such field."""
        for known, field_type in self.fields:
            if known == name:
                return field_type
        return None

    def present(self) -> Type:
        """The type of the value when it is there."""
        if not self.optional:
            return self
        return Type(self.kind, self.item, self.fields, self.values)

    @property
    def is_text(self) -> bool:
        """Text, or one of a set of texts."""
        return self.kind in ("text", "enum")


BOOL = Type("bool")
INT = Type("int")
TEXT = Type("text")
MONEY = Type("money")
PORTION = Type("portion")
DATE = Type("date")
TIME = Type("time")
DURATION = Type("duration")
PARTY = Type("party")
"""Run-time values: bool, int (64 bits), str, int of minor units, kernel.money.Portion, date,
aware datetime, timedelta, and for a party whatever compares equal for the same party."""


def LIST(item: Type) -> Type:  # noqa: N802 - reads as the type it makes
    """A list of one type."""
    return Type("list", item=item.present())


def RECORD(fields: Mapping[str, Type]) -> Type:  # noqa: N802
    """An object with typed attributes."""
    for name in fields:
        check_name(name)
    return Type("record", fields=tuple(fields.items()))


def ENUM(values: Iterable[str]) -> Type:  # noqa: N802
    """A text out of a fixed set, such as the states of a thing."""
    return Type("enum", values=tuple(values))


def OPTIONAL(of: Type) -> Type:  # noqa: N802
    """A record's field that may be absent: `has(x.f)` asks, reading it absent is an error."""
    return Type(of.kind, of.item, of.fields, of.values, optional=True)


def check_name(name: str) -> None:
    """Names that expressions use are plain identifiers; a leading underscore is never one."""
    if not _NAME.fullmatch(name) or name in _KEYWORDS:
        raise ValueError(f"{name!r} cannot be a name in expressions")


def unify(left: Type, right: Type) -> Type | None:
    """The one type that values of both have; None when they cannot be compared."""
    if left == right:
        return left
    if left.is_text and right.is_text:
        return TEXT
    if left.kind == right.kind == "list" and left.item and right.item:
        item = unify(left.item, right.item)
        return LIST(item) if item else None
    return None
