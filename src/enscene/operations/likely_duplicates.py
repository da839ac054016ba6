"""Scenes that may already be what somebody is about to build."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from enscene.operations import store
from enscene.operations.catalogue import SceneCard, list_scenes
from enscene.operations.launch import Launch, Wish, list_launches
from enscene.operations.templates import Templates
from enscene.scenes.language.likeness import compare_packs

LIKELY = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """`same` names what agrees: pack, structure (of another pack), sector, region, customer, name."""

    title: str
    ref: str | None
    state: str
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants. `scene` is the one that it changes, `id` the request's, if any."""

    pack: str
    wish: Wish
    scene: str | None = None
    id: UUID | None = None


async def likely_duplicates(
    source: store.Source, tenant: int, templates: Templates, launch: Launch
) -> list[Likeness]:
    """Scenes and open requests that agree with the request in what matters.

    The same pack counts 2, another pack of the same structure 3, the same sector 1, region 1, customer 2, name 2; from 3 on it is
    likely. The scene that a request changes is not its duplicate.
    """
    wanted = Wanted(launch.pack, launch.wish, launch.scene, launch.id)
    return await find_likely(source, tenant, templates, wanted)


async def find_likely(
    source: store.Source, tenant: int, templates: Templates, launch: Wanted
) -> list[Likeness]:
    """The same for what is only thought of: a template, and as much of a wish as is known."""
    found: list[tuple[tuple[str, ...], str, SceneCard | Launch]] = [
        (_same(templates, launch, card.pack, _traits(card)), card.name, card)
        for card in await list_scenes(source, tenant)
        if card.ref != launch.scene and card.state != "retired"
    ]
    for other in await list_launches(source, tenant, states=("submitted",)):
        if other.id != launch.id and other.kind == "new":
            wish = other.wish
            traits = {"region": wish.region, "customer": wish.customer, "name": wish.name}
            found.append((_same(templates, launch, other.pack, traits), wish.name, other))
    weights = {"pack": 2, "structure": 3, "sector": 1, "region": 1, "customer": 2, "name": 2}
    likely = [
        Likeness(name, item.ref if isinstance(item, SceneCard) else None, item.state, same)
        for same, name, item in found
        if sum(weights[trait] for trait in same) >= LIKELY
    ]
    return sorted(likely, key=lambda item: -len(item.same))


def _traits(card: SceneCard) -> dict[str, str]:
    profile = card.profile
    return {
        "region": str(profile.get("region", "")),
        "customer": str(profile.get("customer", "")),
        "name": card.name,
    }


def _same(
    templates: Templates, launch: Wanted, pack: str, traits: dict[str, str]
) -> tuple[str, ...]:
    same = []
    if pack == launch.pack:
        same.append("pack")
    mine, theirs = templates.packs.get(launch.pack), templates.packs.get(pack)
    if mine is not None and theirs is not None:
        if pack != launch.pack and compare_packs(mine, theirs).is_alike:
            same.append("structure")
        if mine.sector == theirs.sector:
            same.append("sector")
    for trait, value in traits.items():
        own = getattr(launch.wish, trait)
        if own and own.strip().casefold() == value.strip().casefold():
            same.append(trait)
    return tuple(same)
