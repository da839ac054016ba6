"""Golden cases of a pack, and the people who live in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from enscene.kernel.documents import Position
from enscene.kernel.money import Portion
from enscene.scenes.language.model.values import Value


@dataclass(frozen=True, slots=True)
class Act:
    """One action of a case and what it must give: an answer (a part of it) or a refusal.

    `actor` is the id of a party declared under `given`. With `clock` and `trigger` the act says
    what must have happened by itself at this point (for `party`, where a party timer did it).
    `clock` moves the clock there first; timers that fall due on the way run. `input` is as the
    API takes it: money and dates are texts, a party is an id of the case. `refused` is a code
    of the pack (`daily_limit`, in the API `scene.daily_limit`) or one with a dot, of a module.
    `agreed` is the loan (minor units, months) that the actor has applied for and been granted.
    """

    action: str
    actor: str
    input: Mapping[str, Any]
    clock: str | None
    answer: Mapping[str, Any]
    refused: str | None
    at: Position
    party: str | None = None
    agreed: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold at the end: balances by `account of party` in minor units, thing states by
    `thing key`, counters by `counter of party`, cases and notices opened (counts), offers made and
    contracts opened as (party, product)."""

    balances: Mapping[tuple[str, str], int]
    states: Mapping[tuple[str, str], str]
    counters: Mapping[tuple[str, str], int]
    cases: int | None = None
    notices: int | None = None
    offers: tuple[tuple[str, str], ...] | None = None
    contracts: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Where a case begins: parties (id to role), bound devices, links (link, from, to),
    balances, configuration, the clock (ISO time in the tenant's zone), what is known of
    parties (facts by name) and the credit lines that they have (party, product, minor units)."""

    parties: Mapping[str, str]
    bound: Mapping[str, str]
    links: tuple[tuple[str, str, str], ...]
    balances: Mapping[tuple[str, str], int]
    options: Mapping[str, Value]
    parts: Mapping[str, bool]
    clock: str
    variant: str | None = None
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lines: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A golden case: given, when, then."""

    name: str
    given: Given
    when: tuple[Act, ...]
    then: Expectation
    at: Position


@dataclass(frozen=True, slots=True)
class Habit:
    """What someone of a group does: `action` with `chance` a day, between two times of day,
    up to `times`; `input` are generators by field (see the reference page). Whoever applies for
    a `product` names the thing it is `about` and how they go on; `action` is empty then."""

    action: str
    chance: Portion
    begin: str
    until: str
    times: int
    input: Mapping[str, Any]
    at: Position
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    on: str | None = None
    part: str | None = None
    product: str | None = None
    about: str | None = None
    then: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`count` parties of a role who live alike: balances, links and habits."""

    name: str
    role: str
    count: int
    balances: Mapping[str, tuple[int, int]]
    links: Mapping[str, str]
    habits: tuple[Habit, ...]
    at: Position
    bound: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Who lives in the scene, for the simulator. `wrong` are the portions of requests that are
    sent `bad`, twice (`duplicate`) and `late`."""

    groups: Mapping[str, Group]
    wrong: Mapping[str, Portion]


@dataclass(frozen=True, slots=True)
class Quality:
    """A quality rule of the pack: `said` by its author, `found` by its validator."""

    rule: str
    said: Literal["done", "todo", "exempt"]
    found: bool
    comment: str
    at: Position
