"""The bank's shelf as the simulator reads it: the files of its products, and what the bank itself
has said of their prices. Nothing of the product's own reader is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from enscene.kernel.money import parse_money
from enscene.simulator._expressions import portion
from enscene.simulator._written import read_written

CURRENCY = "CNY"
USUAL_MONTHS = 12
LENDS = ("loan", "credit_line")
COUNT = "30/360"
"""How days are counted where a product says nothing."""


@dataclass(frozen=True, slots=True)
class ShelfProduct:
    """One product. `amount` are minor units, `rates` portions by name, `charges` minor units;
    `eligible` the rules as they are written, in their order."""

    id: str
    version: str
    kind: str
    serves: tuple[str, ...]
    sectors: tuple[str, ...]
    channels: tuple[str, ...]
    embed: tuple[str, ...]
    documents: tuple[str, ...]
    amount: tuple[int, int] | None
    months: tuple[int, ...]
    rates: Mapping[str, Fraction]
    charges: Mapping[str, int]
    repay: str
    count: str
    eligible: tuple[str, ...]

    @property
    def lends(self) -> bool:
        return self.kind in LENDS

    @property
    def usual_months(self) -> int:
        """The term nearest to a year, the shorter of two."""
        return min(self.months, key=lambda months: (abs(months - USUAL_MONTHS), months))


@dataclass(frozen=True)
class Shelf:
    """All products by id. `own` are prices that the bank has set, as they are written, by (scene,
    product) and name; of `unsure` products it has said more than the model follows."""

    products: Mapping[str, ShelfProduct]
    own: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()

    def rates(self, scene: str, product: str) -> dict[str, Fraction]:
        """The portions of a product in a scene, by name."""
        own = {**self.own.get(("", product), {}), **self.own.get((scene, product), {})}
        known = self.products[product].rates
        return {name: portion(own[name]) if name in own else known[name] for name in known}


def read_shelf(
    files: Mapping[str, str],
    *,
    own: Mapping[tuple[str, str], Mapping[str, str]] | None = None,
    unsure: frozenset[str] = frozenset(),
) -> Shelf:
    """The shelf of these files, by their names; variants are called `product_variant`."""
    products: dict[str, ShelfProduct] = {}
    for text in files.values():
        said = read_written(text)
        variants = said.pop("variants", {})
        products[said["id"]] = _product(said["id"], said)
        for name, other in variants.items():
            whole = {**said, **other}
            for key in ("price", "charges"):
                if key in said and key in other:
                    whole[key] = {**said[key], **other[key]}
            variant = f"{said['id']}_{name}"
            products[variant] = _product(variant, whole)
    return Shelf(products, own or {}, unsure)


def _product(name: str, said: Mapping[str, Any]) -> ShelfProduct:
    bounds = said.get("amount")
    rules = list(said.get("eligible", ()))
    if "risk_level" in said:
        rules.append(f"customer.risk_level >= {said['risk_level']}")
    words = {
        key: tuple(said.get(key, ()))
        for key in ("serves", "sectors", "channels", "embed", "documents")
    }
    return ShelfProduct(
        id=name,
        version=said["version"],
        kind=said["kind"],
        amount=None if bounds is None else (_minor(bounds["min"]), _minor(bounds["max"])),
        months=tuple(int(text) for text in said.get("months", ())),
        rates={key: portion(each["default"]) for key, each in said.get("price", {}).items()},
        charges={key: _minor(each["default"]) for key, each in said.get("charges", {}).items()},
        repay=said.get("repay", ""),
        count=said.get("count", COUNT),
        eligible=tuple(rules),
        **words,
    )


def _minor(text: str) -> int:
    return parse_money(text, CURRENCY)
