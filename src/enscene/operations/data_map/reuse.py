"""Reuse: which customers, data and components two or more scenes share, counted from what runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from enscene.operations.data_map import store
from enscene.operations.data_map.read_map import DataMap
from enscene.operations.store import Pool
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Flow

KINDS = ("data", "blocks", "products", "flows", "pages")


@dataclass(frozen=True, slots=True)
class Shared:
    """One of a kind and the scenes (refs) that have it; `packs` are their templates, which name
    it each in its own words."""

    kind: str
    name: str
    scenes: tuple[str, ...]
    packs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a kind there are, and how many of these two or more scenes have."""

    kind: str
    all: int
    shared: int

    @property
    def share(self) -> float | None:
        """In per cent, to a tenth; None where there is nothing."""
        return None if not self.all else round(100 * self.shared / self.all, 1)


@dataclass(frozen=True, slots=True)
class Reuse:
    """`counts` begin with customers; `pairs` are (scene, scene, customers in both)."""

    counts: list[Count]
    shared: list[Shared]
    pairs: list[tuple[str, str, int]]

    def of(self, kind: str) -> list[Shared]:
        """Those of a kind that are shared, by the most scenes first."""
        return [each for each in self.shared if each.kind == kind]


async def read_reuse(data_map: DataMap, pool: Pool, tenant: int) -> Reuse:
    """What the tenant's scenes share now."""
    ids = list(data_map.scenes)
    async with store.reading(pool, tenant) as connection:
        by_scenes = await store.read(connection, "people_by_scenes", tenant, ids)
        pairs = await store.read(connection, "shared_people", tenant, ids)
    people = {row["scenes"]: row["people"] for row in by_scenes}
    held = sum(count for scenes, count in people.items() if scenes > 1)
    counts = [Count("customers", sum(people.values()), held)]
    shared: list[Shared] = []
    for kind, where in _components(data_map).items():
        counts.append(Count(kind, len(where), sum(len(refs) > 1 for refs in where.values())))
        shared += [
            Shared(kind, name, tuple(sorted(refs)), tuple(sorted(refs.values())))
            for (name, *_), refs in where.items() if len(refs) > 1
        ]  # fmt: skip
    shared.sort(key=lambda each: (KINDS.index(each.kind), -len(each.scenes), each.name))
    names = {scene.id: scene.ref for scene in data_map.scenes.values()}
    return Reuse(counts, shared, [(names[r["one"]], names[r["other"]], r["people"]) for r in pairs])


def _components(data_map: DataMap) -> dict[str, dict[tuple[Any, ...], dict[str, str]]]:
    """By kind and by what makes one the same: the scenes that have it, with their templates."""
    found: dict[str, dict[tuple[Any, ...], dict[str, str]]] = {
        kind: defaultdict(dict) for kind in KINDS
    }
    for item in data_map.items:
        if item.kind != "holdings":
            name, what, level = item.field or item.of, item.type, item.level
            found["data"][name, item.kind, what, level][item.ref] = item.pack
    for scene in data_map.scenes.values():
        for kind, keys in keys_of_pack(scene.pack).items():
            for key in keys:
                found[kind][key][scene.ref] = scene.pack.id
    return found


def keys_of_pack(pack: Pack) -> Mapping[str, Iterable[tuple[Any, ...]]]:
    """What a scene is made of, by kind. A flow and a page are the same where they look the same, not where they are called alike."""
    return {
        "blocks": Counter((s.block,) for act in pack.actions.values() for s in act.steps),
        "products": {(product.shelf,) for product in pack.products.values()},
        "flows": [(flow.name, *_shape(flow)) for flow in pack.flows.values()],
        "pages": [
            (page.name, page.who, tuple((item.widget, item.of) for item in page.items))
            for page in pack.pages.values()
        ],
    }


def _shape(flow: Flow) -> tuple[Any, ...]:
    return (
        flow.send.source,
        tuple(source.account for source in flow.sources),
        tuple(target.account for target in flow.targets),
    )
