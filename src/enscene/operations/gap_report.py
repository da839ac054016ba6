"""Every scene against every product that it could offer: on, declined for a reason, or missing.

A product and its variants are one row: a scene needs one of them. A tenant that declines a
product everywhere declines it in each scene.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enscene.scenes.language import Pack
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.shelf import Product, Shelf
from enscene.shelf import store as shelf_store
from enscene.shelf.bundle import Bundle
from enscene.shelf.choose_products import Choices, read_choices
from enscene.shelf.quoting import Place

ON, DECLINED, MISSING = "on", "declined", "missing"
STATUSES = (ON, DECLINED, MISSING)


@dataclass(frozen=True, slots=True)
class Mounting:
    """A scene, or a template, and the shelf's products that it offers."""

    id: int
    ref: str
    name: str
    state: str
    serves: tuple[str, ...]
    sector: str
    mounted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell. `by` are the products of the family that the scene offers, `could` those that
    fit; `opened` counts contracts that were opened there."""

    scene: str
    product: str
    status: str
    reason: str
    by: tuple[str, ...]
    could: tuple[str, ...]
    opened: int


@dataclass(frozen=True, slots=True)
class GapReport:
    """Scenes in columns, families of products in rows; a pair that is not there cannot be."""

    scenes: list[Mounting]
    products: list[str]
    pairs: list[Pair]

    @property
    def counts(self) -> dict[str, int]:
        """How many pairs are on, declined, missing."""
        found = Counter(pair.status for pair in self.pairs)
        return {status: found[status] for status in STATUSES}

    def cells(self) -> dict[tuple[str, str], Pair]:
        """The pairs by scene and product."""
        return {(pair.scene, pair.product): pair for pair in self.pairs}


def gap_report(
    shelf: Shelf,
    scenes: Iterable[Mounting],
    choices: Choices | None = None,
    opened: Mapping[tuple[int, str], int] | None = None,
) -> GapReport:
    """The report; pure. `opened` counts contracts by scene and product."""
    choices, opened = choices or Choices(), opened or {}
    listed = sorted(scenes, key=lambda scene: scene.ref)
    families: dict[str, list[Product]] = {}
    for product in shelf.products.values():
        families.setdefault(product.base or product.id, []).append(product)
    pairs = []
    for scene in listed:
        for family, members in families.items():
            could = tuple(p.id for p in members if p.fits(scene.serves, scene.sector))
            by = tuple(p.id for p in members if p.id in scene.mounted)
            if not could and not by:
                continue
            status, reason = _status(choices, scene, family, by, could)
            count = sum(opened.get((scene.id, product.id), 0) for product in members)
            pairs.append(Pair(scene.ref, family, status, reason, by, could, count))
    rows = {pair.product for pair in pairs}
    return GapReport(listed, [family for family in families if family in rows], pairs)


def _status(
    choices: Choices, scene: Mounting, family: str, by: tuple[str, ...], could: tuple[str, ...]
) -> tuple[str, str]:
    if by:
        return ON, ""
    for name in (family, *could):
        choice = choices.on(name, scene.id)
        if choice is not None and choice.stance == "declined":
            return DECLINED, choice.reason
    return MISSING, ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a scene goes with a need: the pains that its own products cover, and the rest."""

    scene: Mounting
    covered: tuple[str, ...]
    left: tuple[str, ...]


def bundle_coverage(shelf: Shelf, bundle: Bundle, scenes: Iterable[Mounting]) -> list[Coverage]:
    """One for each scene that has such customers: what it offers, not what the bank could."""
    found = []
    for scene in sorted(scenes, key=lambda each: each.ref):
        if bundle.fits(scene.serves, scene.sector):
            offered = [shelf.products[name] for name in scene.mounted if name in shelf.products]
            pains = {pain for product in offered for pain in product.pains}
            covered = tuple(pain for pain in bundle.pains if pain in pains)
            left = tuple(pain for pain in bundle.pains if pain not in pains)
            found.append(Coverage(scene, covered, left))
    return found


def mounting_of_pack(pack: Pack, language: str = "zh") -> Mounting:
    """A template as it is shipped, before any scene is made of it."""
    return Mounting(
        0, pack.id, pack.text("title", language), "template", pack.serves, pack.sector,
        frozenset(product.shelf for product in pack.products.values()),
    )  # fmt: skip


def mounting_of(scene: RunningScene) -> Mounting:
    """A scene under its present terms."""
    pack = scene.pack
    return Mounting(
        scene.id, scene.ref, scene.name, scene.state, pack.serves, pack.sector,
        frozenset(product.shelf for product in pack.products.values()),
    )  # fmt: skip


def place_of(scene: RunningScene, choices: Choices) -> Place:
    """Where a quote is asked in a scene."""
    found = mounting_of(scene)
    return Place(
        found.serves, found.sector, found.id, found.mounted,
        choices.declined(scene.id), choices.order(scene.id),
    )  # fmt: skip


async def read_mountings(host: SceneHost, source: shelf_store.Pool, tenant: int) -> list[Mounting]:
    """The tenant's scenes that are not retired."""
    async with shelf_store.reading(source, tenant) as connection:
        refs = await shelf_store.list_scenes(connection, tenant)
    return [mounting_of(await host.catalogue.read(tenant, ref)) for ref in refs]


async def read_gap_report(
    host: SceneHost, source: shelf_store.Pool, tenant: int, shelf: Shelf
) -> GapReport:
    """The report of a tenant's own scenes."""
    scenes = await read_mountings(host, source, tenant)
    choices = await read_choices(source, tenant)
    async with shelf_store.reading(source, tenant) as connection:
        rows = await shelf_store.count_contracts(connection, tenant)
    opened = {(row["scene"], row["product"]): row["opened"] for row in rows}
    return gap_report(shelf, scenes, choices, opened)
