"""What a pack declares: parties, links, options, parts, accounts, counters, things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from enscene.kernel.documents import Position
from enscene.scenes.language.model.values import Field, Type, Value


@dataclass(frozen=True, slots=True)
class Party:
    """A role. `one`: exactly one such party in a scene. `bound_to`: the role a device serves."""

    name: str
    is_a: str
    one: bool
    at: Position
    bound_to: str | None = None
    consent: tuple[str, ...] = ()
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A relation that each `source` party has to at most one `target` party."""

    name: str
    source: str
    target: str
    label: str
    at: Position
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """What a tenant may change, within bounds. `value` is the configured one."""

    name: str
    type: Type
    default: Value
    value: Value
    at: Position
    least: Value = None
    most: Value = None
    choices: tuple[str, ...] = ()
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """An optional part. What belongs to it is gone from a pack configured without it."""

    name: str
    default: bool
    on: bool
    at: Position
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account of each party of role `of`. `floor` is in minor units; None is no floor.
    `outside` marks the account that stands for the world outside the scene."""

    name: str
    of: str
    kind: Literal["free", "supervised", "closed_loop"]
    role: str
    floor: int | None
    at: Position
    outside: bool = False
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """A sum over time for each party of role `of`; `per` is a calendar window or `ever`."""

    name: str
    of: str
    sum: Literal["money", "int"]
    per: Literal["hour", "day", "week", "month", "year", "ever"]
    at: Position
    part: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A state of a thing; a thing in one that `ends` is done."""

    name: str
    ends: bool
    at: Position


@dataclass(frozen=True, slots=True)
class Thing:
    """A business object: `key` is the field that names it, `bind` the field that triggers find
    it by."""

    name: str
    key: str
    fields: Mapping[str, Field]
    states: Mapping[str, State]
    at: Position
    bind: str | None = None
    part: str | None = None

    @property
    def level(self) -> str:
        """Of reading it: A2 where it tells of money."""
        return "A2" if any(each.type.name == "money" for each in self.fields.values()) else "A1"
