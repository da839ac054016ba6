"""What a party, a device or the clock may do to things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from enscene.kernel.documents import Position
from enscene.kernel.expressions import Environment, compile_expression
from enscene.kernel.expressions import Expression as Compiled
from enscene.scenes.language.model.flows import Flow, Way
from enscene.scenes.language.model.values import Expression, Field


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
