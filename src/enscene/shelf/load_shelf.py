"""Read the bank's shelf: a folder with a file for each product, and the bank's own beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from enscene.kernel.documents import Mistake, Mistakes
from enscene.shelf.bank import BankWords, Policy, read_policy, read_words
from enscene.shelf.bundle import Bundle, read_bundle
from enscene.shelf.documents import Document, read_documents
from enscene.shelf.product import Product
from enscene.shelf.read_product import read_products

SHELF = Path(__file__).parents[3] / "shelf"
"""The standard shelf, which stands beside the packs."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products by id, variants after their base, and what is wrong with files that are none;
    the bundles that are made of them, what holds for all, and the texts that customers sign."""

    products: dict[str, Product]
    mistakes: tuple[Mistake, ...]
    bundles: dict[str, Bundle] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    words: BankWords = field(default_factory=BankWords)
    documents: dict[str, Document] = field(default_factory=dict)

    def versions_of(self, documents: Iterable[str]) -> dict[str, str]:
        """Which texts these documents have today, by name."""
        return {name: self.documents[name].version for name in documents if name in self.documents}

    def variants(self, base: str) -> list[Product]:
        """The variants of a product."""
        return [product for product in self.products.values() if product.base == base]


@cache
def standard_shelf() -> Shelf:
    """The bank's own shelf, read once."""
    return load_shelf(SHELF)


def load_shelf(folder: Path) -> Shelf:
    """Every product and bundle of the folder; mistakes are collected, never raised."""
    mistakes = Mistakes()
    policy = read_policy(folder / "bank", mistakes)
    texts = read_documents(folder / "bank", mistakes)
    # A document with a mistake is known all the same: the products that name it have none.
    titles = {name: text.titles if text else {} for name, text in texts.items()}
    words = read_words(folder / "bank", mistakes, titles)
    products: dict[str, Product] = {}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for product in read_products(path.name, text, mistakes, policy, words):
            products[product.id] = product
    bundles: dict[str, Bundle] = {}
    for path in sorted((folder / "bundles").glob("*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        bundle = read_bundle(f"bundles/{path.name}", text, mistakes, products, words)
        if bundle is not None:
            bundles[bundle.id] = bundle
    documents = {name: text for name, text in texts.items() if text is not None}
    return Shelf(products, mistakes.all(), bundles, policy, words, documents)
