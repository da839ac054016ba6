"""What a checked pack is: frozen, typed, with every name resolved.

The loader makes it (`load_pack`, `load_pack_files`, `configure`); the runtime, the console, the
API and the simulator read it. Money is in minor units of `Pack.currency`, times of day are texts
"HH:MM" in the tenant's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from enscene.kernel.expressions import Environment, compile_expression
from enscene.kernel.expressions import Expression as Compiled
from enscene.kernel.money import Portion
from enscene.kernel.said import NOTHING, Said

Value: TypeAlias = str | int | bool | Portion | timedelta | None
"""A constant of a pack: the value of an option or of a case's input, already parsed."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where something is written; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a pack. `code` is stable, `path` is the place in the file as
    `actions.pay_meal.do[1]`; `advice` says what to write instead."""

    file: str
    line: int
    column: int
    code: str
    said: Said
    advice: Said = NOTHING
    path: str = ""

    @property
    def message(self) -> str:
        """What is wrong, in English; `report.told` tells it in Chinese too."""
        return str(self.said)

    @property
    def hint(self) -> str:
        """What to write instead, in English; empty where nothing can be advised."""
        return str(self.advice)

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]"
        return f"{text}\n    {self.hint}" if self.hint else text


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
    person. `implied` marks the key of the `on` thing, which the API takes from the path."""

    name: str
    type: Type
    optional: bool = False
    level: Literal["C1", "C2", "C3"] | None = None
    implied: bool = False
    least: int | None = None
    most: int | None = None


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a party is named.

    kind    name            field
    actor   -               -       the actor itself
    bound   -               -       the party that the acting device is bound to
    timer   -               -       the party that a party timer runs for
    input   field of input  -
    thing   alias           field   the `on` thing, or one under `read`
    one     role            -       the only party of that role in the scene
    link    link            role    the role it starts from (resolved before this one)
    """

    kind: Literal["actor", "bound", "timer", "input", "thing", "one", "link"]
    name: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How the party of a role is found, and the places that must name the same party: where
    one of them names another, the actor acts on what isn't its own and is refused."""

    role: str
    place: Place
    same_as: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a flow takes from, as far as `max` and the balance go; `rest` takes what is left."""

    account: str
    at: Position
    max: Expression | None = None
    rest: bool = False
    condition: Expression | None = None
    owner: Place | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a flow puts: a portion of the whole, an amount, or the rest."""

    account: str
    at: Position
    portion: Expression | None = None
    amount: Expression | None = None
    rest: bool = False
    owner: Place | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """How money moves. `release` holds, for each account with rules that it lets money out of,
    the condition. `owner` in a leg overrides whose account is meant."""

    name: str
    send: Expression
    sources: tuple[Source, ...]
    targets: tuple[Target, ...]
    release: Mapping[str, Expression]
    at: Position
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of an action; `code` is the refusal `scene.<code>` when it does not hold."""

    that: Expression
    code: str


@dataclass(frozen=True, slots=True)
class Step:
    """A block at work. `args` are as the block's spec says: Expressions for `expr`, names for
    the rest. `name` (written `as`) is what later expressions call its output."""

    block: str
    args: Mapping[str, str | Expression]
    at: Position
    condition: Expression | None = None
    name: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class On:
    """The thing an action acts on: its alias is the thing's name, `input.<key>` is its key."""

    thing: str
    states: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Read:
    """Another thing that an action looks at, under an alias; `optional` may be absent."""

    alias: str
    thing: str
    key: Expression
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Creation:
    """The thing an action makes: every field that is set, by an expression (`input.x` unless
    said otherwise)."""

    thing: str
    state: str
    fields: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class Action:
    """What an actor may do: one operation of the API, one commit unit (unless `query`).

    `resolution[actor][role]` says how each role that the action needs is found, in an order in
    which each way only needs the ones before it; `actor` is a role, `clock` or `trigger`.
    `flows` are the flows its steps use, compiled in its environment.

    All expressions of an action share one environment: `input`, `options`, `parties` (the
    resolved ones), `now`, `today`, `actor`, accounts, counters, the `on` thing and those under
    `read`, outputs of steps, and the created thing (for `answer` alone, which also sees the
    `on` thing as it is afterwards). Moments and triggers see `event`: `input`, `options`,
    `parties`, `now`, `today`, `actor`, `answer`, the thing afterwards, and for moments the
    accounts and counters.

    An input field of type party that is named like its role may be left out where the actor
    (or the party its device is bound to) is of that role; it is filled in. `accounts` and
    `counters` are those its expressions and queries look at.
    """

    name: str
    by: tuple[str, ...]
    query: bool
    input: Mapping[str, Field]
    on: On | None
    reads: Mapping[str, Read]
    guards: tuple[Guard, ...]
    steps: tuple[Step, ...]
    creates: Creation | None
    to: str | None
    set: Mapping[str, Expression]
    answer: Mapping[str, Expression]
    level: Literal["A1", "A2"]
    flows: Mapping[str, Flow]
    resolution: Mapping[str, Mapping[str, Way]]
    environment: Environment
    event: Environment
    accounts: frozenset[str]
    counters: frozenset[str]
    refusals: tuple[str, ...]
    at: Position
    part: str | None = None

    def expression(self, source: str) -> Compiled:
        """Compile another expression against this action's environment; `Invalid` when wrong."""
        return compile_expression(source, self.environment)


@dataclass(frozen=True, slots=True)
class Timer:
    """Acts on things of a state (`thing`, `states`) `after` a while, at the time of day
    `at_time` or after `working_days`, counted from the entry into the state or from field
    `since`; or, with `role`, once a day `at_time` for each enrolled party of that role."""

    name: str
    do: str
    at: Position
    thing: str | None = None
    states: tuple[str, ...] = ()
    after: timedelta | None = None
    at_time: str | None = None
    working_days: int | None = None
    since: str | None = None
    role: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """After `after` was committed and where `condition` holds over its event, `do` is done as
    actor `trigger` on each `thing` in `states` whose bind field equals `bound_to`, with
    `input`; without a thing, once."""

    name: str
    after: str
    do: str
    condition: Expression | None
    input: Mapping[str, Expression]
    at: Position
    thing: str | None = None
    states: tuple[str, ...] = ()
    bound_to: Expression | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A mounted product: `shelf` is its id on the bank's shelf, `moment` where it is offered."""

    name: str
    shelf: str
    moment: str | None
    at: Position
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """When the bank may speak to `who` (a role), with which products, how often and why."""

    name: str
    after: str
    condition: Expression | None
    offer: tuple[str, ...]
    via: tuple[str, ...]
    who: str
    reason: str
    at: Position
    times: int | None = None
    within: timedelta | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """Usage that is billed: how often `action` happened, or the sum of `field` of its event."""

    name: str
    action: str
    at: Position
    field: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that is managed: the share of parties of `share_of` who did `who` within
    `within`; or how often `count` happened within it. `target` is a portion or a number."""

    name: str
    at: Position
    within: timedelta
    share_of: str | None = None
    who: str | None = None
    count: str | None = None
    target: Portion | int | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class PageItem:
    """A widget of a page: its name, and the account, thing, action… that it shows."""

    widget: str
    of: str | None
    at: Position
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page for parties of role `who`."""

    name: str
    who: str
    items: tuple[PageItem, ...]
    at: Position
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One action of a case and what it must give: an answer (a part of it) or a refusal.

    `actor` is the id of a party declared under `given`. With `clock` and `trigger` the act says
    what must have happened by itself at this point (for `party`, where a party timer did it).
    `clock` moves the clock there first; timers that fall due on the way run. `input` is as the
    API takes it: money and dates are texts, a party is an id of the case. `refused` is a code
    of the pack (`daily_limit`, in the API `scene.daily_limit`) or one with a dot, of a module.
    """

    action: str
    actor: str
    input: Mapping[str, Any]
    clock: str | None
    answer: Mapping[str, Any]
    refused: str | None
    at: Position
    party: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold at the end: balances by `account of party` in minor units, thing states by
    `thing key`, counters by `counter of party`, cases and notices opened (counts)."""

    balances: Mapping[tuple[str, str], int]
    states: Mapping[tuple[str, str], str]
    counters: Mapping[tuple[str, str], int]
    cases: int | None = None
    notices: int | None = None
    offers: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Where a case begins: parties (id to role), bound devices, links (link, from, to),
    balances, configuration and the clock (ISO time in the tenant's zone)."""

    parties: Mapping[str, str]
    bound: Mapping[str, str]
    links: tuple[tuple[str, str, str], ...]
    balances: Mapping[tuple[str, str], int]
    options: Mapping[str, Value]
    parts: Mapping[str, bool]
    clock: str
    variant: str | None = None


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
    up to `times`; `input` are generators by field (see the reference page)."""

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


@dataclass(frozen=True, slots=True)
class Variant:
    """A declared overlay: option values and bounds, parts, texts; never behaviour."""

    name: str
    options: tuple[str, ...]
    parts: Mapping[str, bool]
    at: Position


@dataclass(frozen=True, slots=True)
class Figures:
    """What the proofs went through, for people."""

    counts: Mapping[str, int]
    money_paths: int
    releases: tuple[str, ...]
    configurations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A scene as data, checked. `digest` (sha256, hex) is of all its files; `files` are their
    texts, from which `configure` works."""

    id: str
    version: str
    digest: str
    currency: str
    serves: tuple[str, ...]
    sector: str
    routes: tuple[str, ...]
    parties: Mapping[str, Party]
    links: Mapping[str, Link]
    options: Mapping[str, Option]
    parts: Mapping[str, Part]
    accounts: Mapping[str, Account]
    counters: Mapping[str, Counter]
    things: Mapping[str, Thing]
    flows: Mapping[str, Flow]
    actions: Mapping[str, Action]
    timers: Mapping[str, Timer]
    triggers: Mapping[str, Trigger]
    products: Mapping[str, Product]
    moments: Mapping[str, Moment]
    meters: Mapping[str, Meter]
    indicators: Mapping[str, Indicator]
    pages: Mapping[str, Page]
    texts: Mapping[str, Mapping[str, str]]
    cases: tuple[Case, ...]
    people: People
    quality: tuple[Quality, ...]
    variants: Mapping[str, Variant]
    figures: Figures
    files: Mapping[str, str] = field(repr=False)
    variant: str | None = None

    def text(self, key: str, language: str = "zh") -> str:
        """The text of a key in a language; the checks have made sure that it exists."""
        return self.texts[language][key]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A pack, or the mistakes that keep it from being one (in the order of files and lines)."""

    pack: Pack | None
    mistakes: tuple[Mistake, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is a pack."""
        return self.pack is not None
