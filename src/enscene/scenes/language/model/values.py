"""Types, fields and expressions: what values of a pack are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from enscene.kernel.documents import Position
from enscene.kernel.expressions import Expression as Compiled
from enscene.kernel.money import Portion

Value: TypeAlias = str | int | bool | Portion | timedelta | None
"""A constant of a pack: the value of an option or of a case's input, already parsed."""


@dataclass(frozen=True, slots=True)
class Type:
    """Type of a field, an option or a value.

    `name` is one of text, int, money, bool, date, time, duration, portion, time_of_day, choice,
    party, list, ref, record. Choices are texts, a ref is the key (text) of a thing, a party is
    an id (text).
    """

    name: str
    choices: tuple[str, ...] = ()
    role: str | None = None
    thing: str | None = None
    item: Type | None = None
    fields: tuple[tuple[str, Type], ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A typed field of a thing or of an input. `level` is C1, C2 or C3 when it may identify a
    person. `implied` marks the key of the `on` thing, which the API takes from the path.
    `momentary`: a thing keeps it while it lasts, and it stands in no log and no answer."""

    name: str
    type: Type
    optional: bool = False
    level: Literal["C1", "C2", "C3"] | None = None
    implied: bool = False
    least: int | None = None
    most: int | None = None
    momentary: bool = False

    @property
    def hidden(self) -> bool:
        """Whether it stands in no log and no answer."""
        return self.momentary or self.level == "C3"


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. `compiled` is the kernel's compiled expression, None only in
    `Pack.flows`, whose expressions are compiled for each action that uses the flow.
    `reads` are the dotted names it looks at: `input.price`, `wallet.balance`, `now`."""

    source: str
    at: Position
    type: str
    compiled: Compiled | None = field(default=None, compare=False)
    reads: frozenset[str] = frozenset()
