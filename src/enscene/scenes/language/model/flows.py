"""Who is meant, and how money moves between declared accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from enscene.kernel.documents import Position
from enscene.scenes.language.model.values import Expression


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
