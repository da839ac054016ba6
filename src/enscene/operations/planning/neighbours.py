"""What to add next beside what there is: by customers, sector and roles that both have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enscene.operations.planning.entry import Entry
from enscene.operations.planning.register import Packs
from enscene.scenes.language import Pack

SHOWN_MOST = 5
CUSTOMER, ROLE, SECTOR = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A candidate (`ref`), or a template (`pack`) that no scene of the bank runs on. `roles`, `blocks`
    and the rest are what it shares with the entry; `points` are 3 for the same customer, 2 for each
    role of the same name, 1 for the same sector."""

    ref: str | None
    pack: str
    name: str
    same_customer: bool
    same_sector: bool
    roles: tuple[str, ...]
    blocks: tuple[str, ...]

    @property
    def points(self) -> int:
        return CUSTOMER * self.same_customer + ROLE * len(self.roles) + SECTOR * self.same_sector


def find_neighbours(
    entry: Entry, entries: Iterable[Entry], packs: Packs, language: str = "zh"
) -> tuple[Neighbour, ...]:
    """At most five, the most points first; blocks of the same kind tell equal ones apart and give no
    points, since most scenes share some. What shares nothing is no neighbour."""
    own = packs.get(entry.content.pack)
    listed = list(entries)
    used = {each.content.pack for each in listed if each.live_at is not None and not each.is_over}
    found = [
        _shared(entry, own, each, packs.get(each.content.pack))
        for each in listed
        if each.is_candidate and each.ref != entry.ref
    ]
    proposed = {each.pack for each in found}
    for pack in packs.values():
        if pack.id not in used and pack.id not in proposed and pack.id != entry.content.pack:
            roles, blocks = _parts(own, pack)
            same = bool(entry.content.sector) and entry.content.sector == pack.sector
            name = pack.text("title", language)
            found.append(Neighbour(None, pack.id, name, False, same, roles, blocks))
    near = [each for each in found if each.points]
    return tuple(
        sorted(near, key=lambda each: (-each.points, -len(each.blocks), each.ref or each.pack))
    )[:SHOWN_MOST]


def _shared(entry: Entry, own: Pack | None, other: Entry, pack: Pack | None) -> Neighbour:
    here, there = entry.content, other.content
    roles, blocks = _parts(own, pack)
    return Neighbour(
        other.ref, there.pack, there.name,
        bool(here.customer) and here.customer.casefold() == there.customer.casefold(),
        bool(here.sector) and here.sector == there.sector, roles, blocks,
    )  # fmt: skip


def _parts(one: Pack | None, other: Pack | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Roles of the same name but the bank's, which is in all; and blocks."""
    if one is None or other is None:
        return (), ()
    roles = sorted(
        name for name, party in one.parties.items()
        if name in other.parties and party.is_a == other.parties[name].is_a != "bank"
    )  # fmt: skip
    return tuple(roles), tuple(sorted(_blocks(one) & _blocks(other)))


def _blocks(pack: Pack) -> set[str]:
    return {step.block for action in pack.actions.values() for step in action.steps}
