"""What scenes keep: fields of things, accounts, and which products are held, with their levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from enscene.customers.authorizations.limits import Limit, read_limits
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Field, Thing
from enscene.scenes.runtime import RunningScene

Kind = Literal["field", "account", "holdings"]
Level = Literal["C1", "C2", "C3"]
LEVELS: tuple[Level, ...] = ("C1", "C2", "C3")


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a scene keeps. `of` is the thing or the account, `field` that of a thing;
    of what is `holdings` both are empty. `level` is that of JR/T 0171, `api` that of JR/T 0185.
    `about` are the roles of persons that it tells of; what is `hidden` stands in no answer.
    `declared` is what makes it the same as another scene's: name, type and level."""

    scene: int
    ref: str
    pack: str
    kind: Kind
    of: str
    field: str
    type: str
    level: Level
    api: Literal["A1", "A2"]
    about: tuple[str, ...]
    hidden: bool
    limits: tuple[Limit, ...]

    @property
    def id(self) -> str:
        """Its name within the scene: `things.meal.price`, `accounts.wallet`, `holdings`."""
        if self.kind == "holdings":
            return "holdings"
        return f"things.{self.of}.{self.field}" if self.kind == "field" else f"accounts.{self.of}"

    @property
    def declared(self) -> tuple[str, str, str, str]:
        """Two scenes that declare this alike keep the same kind of data."""
        return (self.kind, self.field or self.of, self.type, self.level)

    def closed_for(self, purpose: str) -> tuple[Limit, ...]:
        """The limits of law that refuse a purpose."""
        return tuple(limit for limit in self.limits if purpose not in limit.only)


def items_of(scene: RunningScene) -> list[Item]:
    """All that a scene keeps, in the order of its pack."""
    pack = scene.pack
    found = [
        _field(scene, thing, field) for thing in pack.things.values()
        for field in thing.fields.values()
    ]  # fmt: skip
    for account in pack.accounts.values():
        about = (account.of,) if pack.parties[account.of].is_a == "person" else ()
        found.append(
            Item(scene.id, scene.ref, pack.id, "account", account.name, "", account.kind,
                 "C2" if about else "C1", "A2", about, False, ())
        )  # fmt: skip
    persons = tuple(role for role, party in pack.parties.items() if party.is_a == "person")
    if pack.products and persons:
        found.append(
            Item(scene.id, scene.ref, pack.id, "holdings", "", "", "list", "C2", "A2", persons,
                 False, ())
        )  # fmt: skip
    return found


def _field(scene: RunningScene, thing: Thing, field: Field) -> Item:
    pack = scene.pack
    return Item(
        scene.id, scene.ref, pack.id, "field", thing.name, field.name, field.type.name,
        field.level or "C1", "A2" if thing.level == "A2" else "A1", persons_of(pack, thing), field.hidden,
        _limits(pack.id, thing.name, field.name),
    )  # fmt: skip


def persons_of(pack: Pack, thing: Thing) -> tuple[str, ...]:
    """The roles of persons that a thing names: what it says, it says of them."""
    named = [each.type.role for each in thing.fields.values() if each.type.name == "party"]
    return tuple(dict.fromkeys(
        role for role in named if role is not None and pack.parties[role].is_a == "person"
    ))  # fmt: skip


def _limits(pack: str, thing: str, field: str) -> tuple[Limit, ...]:
    return tuple(
        limit
        for limit in read_limits().limits
        if limit.pack == pack and {field, "*"} & set(limit.things.get(thing, ()))
    )
