"""A bundle: what a need consists of, products over the bank's lines, what is covered and what not.

A bundle belongs to a need of the customer, never to a department: its lines are for the bank's
own people to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enscene.kernel.documents import Map, Mistakes, Scalar, read_yaml
from enscene.kernel.documents.shapes import conform
from enscene.kernel.said import say
from enscene.shelf._grammar import BUNDLE
from enscene.shelf.bank import BankWords
from enscene.shelf.product import Product, Told


@dataclass(frozen=True, slots=True)
class Bundle:
    """`pains` is everything that the need consists of, also what no product covers yet."""

    id: str
    version: str
    serves: tuple[str, ...]
    sectors: tuple[str, ...]
    pains: tuple[str, ...]
    products: tuple[Product, ...]
    texts: Mapping[str, Told]

    @property
    def covered(self) -> dict[str, list[Product]]:
        """Which products cover which of its pains."""
        found = {pain: [p for p in self.products if pain in p.pains] for pain in self.pains}
        return {pain: products for pain, products in found.items() if products}

    @property
    def left(self) -> list[str]:
        """The pains that no product of it covers."""
        return [pain for pain in self.pains if pain not in self.covered]

    @property
    def lines(self) -> list[str]:
        """The lines of the bank that work together in it."""
        return sorted({product.line for product in self.products})

    def fits(self, serves: tuple[str, ...], sector: str) -> bool:
        """Whether a scene of this class has such customers."""
        return bool(set(serves) & set(self.serves)) and (not self.sectors or sector in self.sectors)


def read_bundle(
    file: str, text: str, mistakes: Mistakes, products: Mapping[str, Product], words: BankWords
) -> Bundle | None:
    """The bundle of one file, or None when something is wrong with it."""
    before = len(mistakes)
    root = read_yaml(file, text, mistakes)
    node = None if root is None else conform(root, BUNDLE, mistakes)
    if len(mistakes) > before or not isinstance(node, Map):
        return None
    name = file.rpartition("/")[2].removesuffix(".yaml")
    if node.text("id") != name:
        message = say("the id is not the file's name `{name}`", name=name)
        mistakes.add(node.where("id"), "wrong_id", message, path="id")
    for item in node.seq("products"):
        if isinstance(item, Scalar) and item.text not in products:
            mistakes.unknown(item.at, "product", item.text, products, "products")
    for item in node.seq("pains"):
        if isinstance(item, Scalar) and item.text not in words.pains:
            mistakes.unknown(item.at, "need", item.text, words.pains, "pains")
    if len(mistakes) > before:
        return None
    bundle = Bundle(
        node.text("id"),
        node.text("version"),
        _texts(node, "serves"),
        _texts(node, "sectors"),
        _texts(node, "pains"),
        tuple(products[name] for name in _texts(node, "products")),
        {
            language: Told(told.text("name"), told.text("says"))
            for language in ("zh", "en")
            for told in (node.map("texts").map(language),)
        },
    )
    if not bundle.covered:
        message = say("no product of the bundle covers any of its needs")
        mistakes.add(node.where("products"), "covers_nothing", message, path="products")
        return None
    return bundle


def _texts(node: Map, key: str) -> tuple[str, ...]:
    return tuple(item.text for item in node.seq(key) if isinstance(item, Scalar))
