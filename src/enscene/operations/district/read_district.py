"""A district as it stands: merchants and their last 30 days, and how many live and work around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from enscene.customers.circles import Counted, count_circles
from enscene.engagement.circles.feed import EAST, NORTH
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.operations.catalogue import start_of_day
from enscene.operations.district import store
from enscene.operations.district.layout import Layout, layout_of
from enscene.scenes.runtime import RunningScene

DAYS = 30
"""So many days count, today among them."""
MERCHANTS_MOST = 500
OFFERS_MOST = 5_000


@dataclass(frozen=True, slots=True)
class OpenAt:
    """An offer that may be had today; `price` and `worth` in minor units."""

    key: str
    title: str
    price: int
    worth: int
    left: int
    until: str


@dataclass(slots=True)
class Merchant:
    """A place of a merchant. `stars` is their mean over `ratings` of them, None where nobody rated.
    `orders` were paid there with a card and came to `turnover`; `acts` are what was done there, with
    how often; `fees` is what the bank earned. Sums in minor units."""

    key: str
    title: str
    owner: str
    owner_name: str
    category: str
    state: str
    lat_e5: int
    lon_e5: int
    stars: float | None
    ratings: int
    offers: list[OpenAt] = field(default_factory=list)
    orders: int = 0
    turnover: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    fees: int = 0


@dataclass(frozen=True, slots=True)
class District:
    """All of it. `merchants` are those who sold most first; `more` says that there are further ones.
    The sums are of those told."""

    scene: str
    currency: str
    layout: Layout
    since: date
    today: date
    merchants: list[Merchant]
    more: bool
    circles: Counted

    @property
    def orders(self) -> int:
        return sum(each.orders for each in self.merchants)

    @property
    def turnover(self) -> int:
        return sum(each.turnover for each in self.merchants)

    @property
    def fees(self) -> int:
        return sum(each.fees for each in self.merchants)

    @property
    def offers(self) -> int:
        return sum(len(each.offers) for each in self.merchants)


async def read_district(
    source: operations_store.Source, scene: RunningScene, category: str | None = None
) -> District:
    """The district of a scene, of one category or of all.

    Raises: NotFound("district.none") where the scene has no places, Invalid (`category`).
    """
    layout = layout_of(scene.pack)
    if layout is None:
        raise NotFound("the scene has no places", code="district.none")
    if category is not None and category not in layout.categories:
        raise Invalid(
            f"no category is called {category[:40]!r}",
            code="district.category",
            param="category",
            hint=f"one of {', '.join(layout.categories)}",
        )
    tenant = scene.tenant
    async with operations_store.reading(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        midnight = start_of_day(clock["now"], scene.zone)
        since, today = midnight - timedelta(days=DAYS - 1), midnight.date()
        rows = await store.read_places(
            connection, tenant, scene.id, layout, category, MERCHANTS_MOST + 1
        )
        more, rows = len(rows) > MERCHANTS_MOST, rows[:MERCHANTS_MOST]
        found = {row["key"]: _merchant(row, layout) for row in rows}
        keys = list(found)
        for row in await store.read_offers(
            connection, tenant, scene.id, layout, keys, today.isoformat(), OFFERS_MOST
        ):
            found[row["place"]].offers.append(_offer(row["key"], row["fields"]))
        for row in await store.read_acts(connection, tenant, scene.id, layout, keys, since):
            at = found[row["place"]]
            at.acts[row["action"]] = row["times"]
            at.orders += row["orders"]
            at.turnover += row["minor"]
        fees = await store.read_fees(connection, tenant, scene.id, layout, keys, since)
        for key, minor in fees.items():
            found[key].fees = minor
        circles = await count_circles(connection, tenant, scene.id, today)
    merchants = sorted(found.values(), key=lambda each: (-each.turnover, each.key))
    return District(
        scene.ref, scene.pack.currency, layout, since.date(), today, merchants, more, circles
    )


def _merchant(row: Any, layout: Layout) -> Merchant:
    fields: Mapping[str, Any] = row["fields"]
    ratings = int(fields.get("ratings") or 0)
    owner = fields[layout.owner]
    return Merchant(
        row["key"], fields["title"], owner, row["owner_name"] or owner, fields["category"],
        row["state"], fields[NORTH], fields[EAST],
        int(fields.get("stars") or 0) / ratings if ratings else None, ratings,
    )  # fmt: skip


def _offer(key: str, fields: Mapping[str, Any]) -> OpenAt:
    return OpenAt(
        key, fields["title"], int(fields.get("price", 0)), int(fields["worth"]),
        int(fields["left"]), fields["until"],
    )  # fmt: skip
