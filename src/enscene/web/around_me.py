"""What is around a customer: offers of merchants in their own circles, for nobody but themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.customers.circles import DAYS_LEAST, OF_A_PERSON, Circle, Kind, Tally, infer_circles
from enscene.customers.circles.store import read_cells
from enscene.customers.identity import read_parties_of
from enscene.engagement.circles import CONSENT, METRES, Placed, find_offers_around
from enscene.kernel.clock import zone_of
from enscene.operations import store as operations_store
from enscene.operations.district import layout_of, read_titles
from enscene.scenes.runtime import RunningScene
from enscene.web.bank_visit import BankVisit
from enscene.web.district_map import AroundMap, draw_around
from enscene.web.my_scenes import permissions_of
from enscene.web.render import called, money

SHOWN = 6


@dataclass(frozen=True, slots=True)
class Near:
    """An offer near by, in words; `price` is empty where it costs nothing."""

    title: str
    merchant: str
    scene: str
    price: str
    worth: str
    metres: int


@dataclass(frozen=True, slots=True)
class AroundCircle:
    """A circle with what is to be had in it."""

    kind: Kind
    offers: tuple[Near, ...]
    map: AroundMap


@dataclass(frozen=True, slots=True)
class AroundMe:
    """`allowed` says that some scene may know the position; `asked` that some scene would; `least`
    is of how many days payments are needed."""

    asked: bool
    allowed: bool
    circles: tuple[AroundCircle, ...] = ()
    least: int = DAYS_LEAST


async def read_around(visit: BankVisit) -> AroundMe:
    """Of whoever has logged in, as any party that is the same customer; what one scene may know
    stays within the scenes that the customer is in and has let know it."""
    tenant = visit.tenant.id
    asked = await permissions_of(visit.console, tenant, visit.party, visit.customer, CONSENT)
    open_ = [ref for ref, _, on in asked if on]
    if not open_:
        return AroundMe(bool(asked), allowed=False)
    scenes = [await visit.console.host.catalogue.scene(tenant, ref) for ref in open_]
    scenes = [each for each in scenes if layout_of(each.pack) is not None]
    async with visit.reading() as connection:
        clock = await operations_store.read_clock(connection, tenant)
        today = clock["now"].astimezone(zone_of(clock["zone"])).date()
        circles = await _circles(connection, tenant, visit.customer, today)
        found = await find_offers_around(connection, scenes, circles, today, most=SHOWN)
        titles = await _titles(connection, scenes, found)
    names = {each.id: each for each in scenes}
    shown = []
    for circle in circles:
        near = tuple(_near(visit, names[each.scene], each, titles) for each in found[circle.kind])
        drawn = draw_around((circle.lat_e5, circle.lon_e5), METRES, found[circle.kind])
        shown.append(AroundCircle(circle.kind, near, drawn))
    return AroundMe(True, allowed=True, circles=tuple(shown))


async def _circles(connection: Any, tenant: int, customer: int, today: date) -> list[Circle]:
    cells: dict[tuple[int, date], Tally] = {}
    for party in await read_parties_of(connection, tenant, customer):
        for key, tally in (await read_cells(connection, tenant, party)).items():
            before = cells.get(key, Tally(0, 0, 0, 0))
            cells[key] = Tally(*(one + other for one, other in zip(before, tally, strict=True)))
    return infer_circles(cells, today, OF_A_PERSON)


async def _titles(
    connection: Any, scenes: Sequence[RunningScene], found: Mapping[Kind, Sequence[Placed]]
) -> dict[tuple[int, str], str]:
    titles: dict[tuple[int, str], str] = {}
    for scene in scenes:
        layout = layout_of(scene.pack)
        assert layout is not None
        keys = {
            each.store for offers in found.values() for each in offers if each.scene == scene.id
        }
        told = await read_titles(connection, scene.tenant, scene.id, layout, sorted(keys))
        titles |= {(scene.id, key): title for key, title in told.items()}
    return titles


def _near(
    visit: BankVisit, scene: RunningScene, offer: Placed, titles: Mapping[tuple[int, str], str]
) -> Near:
    currency = scene.pack.currency
    return Near(
        offer.title, titles.get((scene.id, offer.store), ""), called(scene.name, visit.language),
        money(offer.price, currency) if offer.price else "", money(offer.worth, currency),
        offer.metres,
    )  # fmt: skip
