"""Which price holds: effective-dated, by segment and scene; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, format_money, parse_money
from enscene.shelf.product import Price, Product

CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price in force. `value` None ends what held before: the shelf's own price again.

    `scene` 0 is every scene, `segment` "" every customer; `since` is the first day, `until` the
    last (None: open); `number` is the order in which they were set.
    """

    id: UUID
    number: int
    product: str
    name: str
    scene: int
    segment: str
    value: Price | None
    since: date
    until: date | None


class PriceList:
    """The prices of a tenant, ready to be asked."""

    def __init__(self, rows: Iterable[PriceRow] = ()) -> None:
        self._by_product: dict[str, list[PriceRow]] = {}
        # What was set later stands for what was set before it in the same place.
        for row in sorted(rows, key=lambda row: row.number):
            self._by_product.setdefault(row.product, []).append(row)

    def of(self, product: str, segment: str | None, scene: int, day: date) -> dict[str, Price]:
        """The prices that differ from the shelf's own, by name."""
        rows = self._by_product.get(product)
        if rows is None:
            return {}
        chosen = self.rows_of(product, segment, scene, day)
        return {name: row.value for name, row in chosen.items() if row.value is not None}

    def rows_of(
        self, product: str, segment: str | None, scene: int, day: date
    ) -> Mapping[str, PriceRow]:
        """The row that decides each price: of the place that is nearest, the latest.

        A scene's own price for a segment comes first, then a scene's, then a segment's, then one
        for all. In one place what begins last holds; of two that begin together, the newer one. A
        row that ends a price gives way to the next place.
        """
        best: dict[str, tuple[tuple[int, date, int], PriceRow]] = {}
        places = [(scene, segment or ""), (scene, ""), (0, segment or ""), (0, "")]
        for row in self._by_product.get(product, ()):
            if row.since > day or (row.scene, row.segment) not in places:
                continue
            if row.until is not None and row.until < day:
                continue
            place = places.index((row.scene, row.segment))
            key = (-place, row.since, row.number)
            found = best.get(f"{row.name} {place}")
            if found is None or found[0] < key:
                best[f"{row.name} {place}"] = (key, row)
        decided: dict[str, tuple[tuple[int, date, int], PriceRow]] = {}
        for key, row in best.values():
            if row.value is not None and (row.name not in decided or decided[row.name][0] < key):
                decided[row.name] = (key, row)
        return {name: row for name, (_, row) in decided.items()}


NO_PRICES = PriceList()


def parse_price(product: Product, name: str, text: str) -> Price:
    """A price as it is written: "7.2%", or "9.90" of a charge. Raises: Invalid."""
    if name in product.price:
        return Portion.parse(text, param="value")
    if name in product.charges:
        return parse_money(text, CURRENCY, param="value")
    known = ", ".join((*product.price, *product.charges)) or "none"
    raise Invalid(
        f"the product has no price {name[:40]!r}", code="price.unknown", param="name",
        hint=f"it has {known}",
    )  # fmt: skip


def price_text(price: Price) -> str:
    """A price as it is written."""
    return format_money(price, CURRENCY) if isinstance(price, int) else str(price)


def holds(product: Product, name: str, price: Price) -> bool:
    """Whether a price is within what needs no approval."""
    if isinstance(price, int):
        return product.charges[name].holds(price)
    return product.price[name].holds(price)
