"""What happens by itself, what is offered, counted and shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from enscene.kernel.documents import Position
from enscene.kernel.expressions import Environment
from enscene.kernel.money import Portion
from enscene.scenes.language.model.values import Expression


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
    """A mounted product: `shelf` is its id on the bank's shelf, `moment` where it is offered.
    `keeps_open` are (thing, state): a contract that was opened with such a thing cannot be closed
    while the thing is in that state. `ended_by` are the actions that end such a thing: closing the
    contract does the first that acts on its state, and where the thing ends the contract does."""

    name: str
    shelf: str
    moment: str | None
    at: Position
    part: str | None = None
    keeps_open: frozenset[tuple[str, str]] = frozenset()
    ended_by: tuple[str, ...] = ()


NOTHING_CAME = ""
"""Stands for the event where a pattern fires because nothing came."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a moment waits for in the log of its scene, where one action is not enough: `name` is one
    of the seven that campaigns have.

    `of` are actions: those counted, the steps in their order, what begins an absence (`without`
    ends it). Expressions are by action, those of a condition that no event brings by NOTHING_CAME;
    `names` says what each may look at, by `action.key`. Amounts are minor units, or whole numbers
    where the field is one; places hundred-thousandths of a degree north and east.
    """

    name: str
    of: tuple[str, ...]
    without: tuple[str, ...]
    within: timedelta
    at_least: int
    only: Mapping[str, Expression]
    field: Mapping[str, Expression]
    reaches: int
    below: int | None
    above: int | None
    places: tuple[tuple[int, int], ...]
    metres: int
    conditions: Mapping[str, Expression]
    tolerance: timedelta
    names: Mapping[str, Environment]

    def expressions(self) -> Iterator[tuple[str, Expression, Environment]]:
        """Every expression by `action.key`, with the names that it may use."""
        for key, held in (("only", self.only), ("field", self.field), ("if", self.conditions)):
            for kind, expression in held.items():
                yield f"{kind}.{key}", expression, self.names[f"{kind}.{key}"]


@dataclass(frozen=True, slots=True)
class Moment:
    """When the bank may speak to `who` (a role), with which products, how often and why: after an
    action where `condition` holds, or by a `pattern`, and then `after` is empty."""

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
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """What tells of a topic: after `after`, where `condition` holds, of the party of role `who`, with
    `strength` (a whole number, below 0 against it). `each` gives the texts that it is about."""

    after: str
    who: str
    strength: Expression
    at: Position
    condition: Expression | None = None
    each: Expression | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """What customers may like or not. `is_a` is the general topic that it counts to as well.
    `half_life`, `half_at` and `doubt` are those of the formula. With `each` it is kept for each
    text apart, the `most` strongest; `called` is the (thing, field) that says what one is called."""

    name: str
    signs: tuple[Sign, ...]
    at: Position
    is_a: str | None
    half_life: timedelta
    half_at: int
    doubt: int
    each: bool = False
    called: tuple[str, str] | None = None
    most: int = 20
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
