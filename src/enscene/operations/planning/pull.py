"""Whether the high-frequency act of a scene brings the low-frequency product that it should drive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.planning.entry import Entry
from enscene.operations.scene_account import read_whole_months
from enscene.shelf import standard_shelf


@dataclass(frozen=True, slots=True)
class Pull:
    """Of the last whole computed month (its first day): customers who used the scene, and contracts
    of the product and its variants that were opened there. Before there is one, `month` is None."""

    product: str
    month: date | None
    active: int
    contracts: int

    @property
    def per_1000(self) -> int | None:
        """Contracts by a thousand who used it, rounded down; None where nobody did."""
        return None if not self.active else 1_000 * self.contracts // self.active


async def read_pull(source: operations_store.Source, tenant: int, entry: Entry) -> Pull | None:
    """None for a candidate, and where `drives` is no product of the shelf by its id."""
    product = entry.content.drives
    shelf = standard_shelf()
    if entry.scene is None or product not in shelf.products:
        return None
    family = {each.id for each in shelf.products.values() if product in (each.id, each.base)}
    async with operations_store.reading(source, tenant) as connection:
        months = await read_whole_months(connection, tenant)
        if not months:
            return Pull(product, None, 0, 0)
        month = months[-1]
        values = await read_values(
            connection, tenant, ["users.active", "link.contracted"], "month", month, month,
            entry.scene,
        )  # fmt: skip
    return Pull(
        product, month, sum(v.value for v in values if v.indicator == "users.active"),
        sum(v.value for v in values if v.indicator == "link.contracted" and v.key in family),
    )  # fmt: skip
