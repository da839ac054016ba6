"""Silos: data that exist in one scene alone, what keeps them there, and what sharing would take."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

from enscene.operations.data_map import store
from enscene.operations.data_map.items import Item
from enscene.operations.data_map.read_map import DataMap
from enscene.operations.store import Pool

Kept = Literal["law", "consent", "nobody_asks"]
KEPT: tuple[Kept, ...] = ("law", "consent", "nobody_asks")


@dataclass(frozen=True, slots=True)
class Silo:
    """A field that one scene alone keeps, and that no partner may read of all its customers.

    It is `kept` by the law (secret, or open for some purposes alone), by consents that are
    missing, or because nobody asks. What sharing would take: `consents` still to be asked for
    (customers of the scene less those who have said yes), `reviews` of an application for level
    A2 (0 or 1), `clauses` to be agreed (0 or 1)."""

    item: Item
    kept: Kept
    customers: int
    agreed: int
    reviews: int
    clauses: int

    @property
    def is_closed(self) -> bool:
        """Whether nothing opens it: C3, and what stands in no answer."""
        return self.item.level == "C3" or self.item.hidden

    @property
    def consents(self) -> int:
        """customers − agreed; none where the data tell of nobody."""
        return self.customers - self.agreed

    @property
    def steps(self) -> int | None:
        """consents + reviews + clauses; None where nothing opens it."""
        return None if self.is_closed else self.consents + self.reviews + self.clauses


async def read_silos(data_map: DataMap, pool: Pool, tenant: int) -> list[Silo]:
    """All of them, by scene and in the order of its pack."""
    async with store.reading(pool, tenant) as connection:
        covered = await store.read(connection, "covered", tenant)
        clauses = {row["field"] for row in await store.read(connection, "clauses", tenant)}
    agreed: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in covered:
        agreed[row["scene"], row["thing"], row["field"]] = row["people"]
    high = {app.name for app in data_map.apps.values() if app.level == "A2"}
    times = Counter(
        declared for _, declared in {(item.scene, item.declared) for item in data_map.items}
    )
    found = []
    for item in data_map.items:
        if item.kind != "field" or times[item.declared] > 1:
            continue
        customers = data_map.people.get(item.scene, 0) if item.about else 0
        yes = agreed[item.ref, "*", "*"] + agreed[item.ref, item.of, item.field]
        shares = any(use.rule == "consent" and use.holds for use in data_map.uses(item))
        if shares and yes >= customers:
            continue  # a partner reads it of everybody
        found.append(
            Silo(
                item, _kept(item, asked=shares), customers, min(yes, customers),
                int(item.api == "A2" and not high), int(item.field not in clauses),
            )
        )  # fmt: skip
    return found


def _kept(item: Item, *, asked: bool) -> Kept:
    """A limit of the law leaves purposes open, and consents are asked for those alone."""
    if item.level == "C3" or item.hidden or item.limits:
        return "law"
    return "consent" if item.about and asked else "nobody_asks"
