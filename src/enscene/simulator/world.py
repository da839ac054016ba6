"""What the simulator believes the scene holds: its own books, changed only by its own rules."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(slots=True)
class Member:
    """A party: its roles (with what a device stands at) and its links."""

    ref: str
    group: str
    roles: dict[str, str | None] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


class Thing(msgspec.Struct):
    """A thing as the API shows it: `fields` in their JSON form. `paid` is what each flow moved
    for it, [from account, from party, to account, to party, minor, held] a leg; `counted` where
    it was counted: [party, window] by counter."""

    state: str
    fields: dict[str, Any]
    paid: dict[str, list[tuple[str, str, str, str, int, bool]]] = {}
    counted: dict[str, tuple[str, str]] = {}
    due: str | None = None
    timer: str | None = None


Change = tuple[MutableMapping[Any, Any], Any, Any]


class World:
    """Balances and holds by (account, party), counters by (name, party, window), things by
    (type, key), principal lent by (product, party, about), limits of lines by (product, party).
    Every change can be taken back."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.posted: dict[tuple[str, str], int] = {}
        self.held: dict[tuple[str, str], int] = {}
        self.counts: dict[tuple[str, str, str], int] = {}
        self.things: dict[tuple[str, str], Thing] = {}
        self.lent: dict[tuple[str, str, str], int] = {}
        self.lines: dict[tuple[str, str], int] = {}
        self._journal: list[Change] = []

    def add(self, place: MutableMapping[Any, int], key: Any, amount: int) -> None:
        """Add to a balance, a hold or a counter."""
        self._note(place, key)
        place[key] = place.get(key, 0) + amount

    def put(self, thing: str, key: str, value: Thing) -> None:
        """Set a thing; the one given before is left as it was."""
        self._note(self.things, (thing, key))
        self.things[thing, key] = value

    def _note(self, place: MutableMapping[Any, Any], key: Any) -> None:
        self._journal.append((place, key, place.get(key)))

    def mark(self) -> int:
        """A point that `back` returns to."""
        return len(self._journal)

    def back(self, mark: int) -> None:
        """Take back every change since the mark."""
        while len(self._journal) > mark:
            place, key, old = self._journal.pop()
            if old is None:
                place.pop(key, None)
            else:
                place[key] = old

    def settle(self) -> None:
        """What was changed so far stays."""
        self._journal.clear()


class Newcomer(msgspec.Struct):
    """Somebody who came to live in the scene without the simulator."""

    ref: str
    roles: dict[str, str | None]
    links: dict[str, str]


class Kept(msgspec.Struct):
    """A world as it is kept between runs."""

    posted: list[tuple[str, str, int]]
    held: list[tuple[str, str, int]]
    counts: list[tuple[str, str, str, int]]
    things: list[tuple[str, str, Thing]]
    newcomers: list[Newcomer] = []
    lent: list[tuple[str, str, str, int]] = []
    lines: list[tuple[str, str, int]] = []


def keep(world: World) -> Kept:
    """The world to be kept; of its members only those who came later."""
    return Kept(
        posted=[(*key, amount) for key, amount in world.posted.items()],
        held=[(*key, amount) for key, amount in world.held.items() if amount],
        counts=[(*key, amount) for key, amount in world.counts.items()],
        things=[(*key, thing) for key, thing in world.things.items()],
        newcomers=[
            Newcomer(member.ref, member.roles, member.links)
            for member in world.members.values()
            if not member.group
        ],
        lent=[(*key, amount) for key, amount in world.lent.items()],
        lines=[(*key, amount) for key, amount in world.lines.items()],
    )


def restore(world: World, kept: Kept) -> None:
    """Fill a world with what was kept."""
    world.posted = {(account, party): amount for account, party, amount in kept.posted}
    world.held = {(account, party): amount for account, party, amount in kept.held}
    world.counts = {(name, party, span): amount for name, party, span, amount in kept.counts}
    world.things = {(kind, key): thing for kind, key, thing in kept.things}
    world.lent = {(name, party, about): amount for name, party, about, amount in kept.lent}
    world.lines = {(name, party): amount for name, party, amount in kept.lines}
    for new in kept.newcomers:
        known = world.members.setdefault(new.ref, Member(new.ref, ""))
        known.roles = {**new.roles, **known.roles}
        known.links = {**new.links, **known.links}
