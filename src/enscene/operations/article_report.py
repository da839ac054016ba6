"""The "five big articles" (五篇大文章): which products and scenes serve each, with what result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enscene.operations.gap_report import Mounting, read_mountings
from enscene.scenes.runtime import SceneHost
from enscene.shelf import Shelf
from enscene.shelf import store as shelf_store
from enscene.shelf.product import ARTICLES


@dataclass(frozen=True, slots=True)
class Article:
    """One of the five. `products` carry its tag, `scenes` (refs) offer one of them; contracts of
    such products: how many were opened, how many are open, of how much (minor units)."""

    name: str
    products: tuple[str, ...]
    scenes: tuple[str, ...]
    opened: int
    running: int
    minor: int


def article_report(
    shelf: Shelf, scenes: Iterable[Mounting], contracts: Sequence[Mapping[str, Any]]
) -> list[Article]:
    """One line each; a product may carry several tags and then counts for each."""
    listed = sorted(scenes, key=lambda scene: scene.ref)
    found = []
    for name in ARTICLES:
        tagged = [p.id for p in shelf.products.values() if name in p.articles]
        held = [row for row in contracts if row["product"] in tagged]
        found.append(
            Article(
                name, tuple(tagged),
                tuple(s.ref for s in listed if not s.mounted.isdisjoint(tagged)),
                sum(row["opened"] for row in held), sum(row["running"] for row in held),
                sum(row["minor"] for row in held),
            )
        )  # fmt: skip
    return found


async def read_article_report(
    host: SceneHost, source: shelf_store.Pool, tenant: int, shelf: Shelf
) -> list[Article]:
    """The report of a tenant."""
    scenes = await read_mountings(host, source, tenant)
    async with shelf_store.reading(source, tenant) as connection:
        contracts = await shelf_store.count_contracts(connection, tenant)
    return article_report(shelf, scenes, contracts)
