"""Set a price: at once within the product's limits, beyond them only with a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import Portion
from enscene.shelf import store
from enscene.shelf.load_shelf import Shelf
from enscene.shelf.pricing.price_list import PriceList, PriceRow, holds, parse_price, price_text
from enscene.shelf.product import LENDS, Price, Product
from enscene.shelf.read_product import worst_cost

WHY_MOST, LIST_MOST = 200, 200
STATES = ("asked", "in_force", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class PriceOrder:
    """What somebody wants something to cost. `value` is as written: "7.2%", or "9.90" of a
    charge; `scene` is a scene's ref, "" every scene; `segment` "" every customer. `since` None is
    the tenant's present day, `until` None leaves it open."""

    product: str
    name: str
    value: str
    why: str
    scene: str = ""
    segment: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A price as it was set, and who has decided on it."""

    id: UUID
    number: int
    product: str
    name: str
    scene: int
    segment: str
    value: str | None
    outside: bool
    since: date
    until: date | None
    why: str
    state: str
    ends: UUID | None
    set_by: str
    set_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str
    scene_ref: str | None
    scene_name: str | None


async def set_price(
    source: store.Source, tenant: int, shelf: Shelf, order: PriceOrder, who: str
) -> UUID:
    """Keep a price: in force within the limits, else asked for. Returns its id.

    Raises: Invalid (no such price, a day that is past), NotFound (product, scene),
    Refused("price.over_cap"): no approval makes a loan dearer than the bank's policy allows.
    """
    product = _product(shelf, order.product)
    value = parse_price(product, order.name, order.value)
    check_why(order.why)
    if len(order.segment) > 40:
        raise Invalid("a segment has at most 40 characters", code="price.segment", param="segment")
    async with store.writing(source, tenant) as connection:
        today = await read_today(connection, tenant)
        since = order.since or today
        _check_days(since, order.until, today)
        scene = await _scene(connection, tenant, order.scene)
        rows = await read_price_list(connection, tenant, shelf)
        place = rows.of(product.id, order.segment, scene, since)
        check_cap(shelf, product, place | {order.name: value})
        outside = not holds(product, order.name, value)
        key = new_uuid()
        await store.insert_price(
            connection, tenant, id=key, product=product.id, name=order.name, scene=scene,
            segment=order.segment, value=price_text(value), outside=outside, since=since,
            until=order.until, why=order.why.strip(), set_by=who,
            state="asked" if outside else "in_force",
        )  # fmt: skip
    return key


async def decide_price(
    source: store.Source,
    tenant: int,
    shelf: Shelf,
    price: UUID,
    who: str,
    *,
    approve: bool,
    note: str = "",
) -> None:
    """Approve or refuse a price that was asked for, as a second person.

    One whose first day has passed meanwhile begins today. Raises: NotFound, Conflict (decided by
    now), Forbidden (one's own), Refused (over the cap by now).
    """
    async with store.writing(source, tenant) as connection:
        found = await _lock(connection, tenant, price)
        check_second(found.set_by, who)
        today = await read_today(connection, tenant)
        since = max(found.since, today) if approve else found.since
        if approve:
            if found.until is not None and found.until < since:
                raise Conflict("its last day has passed", code="price.ended")
            product = _product(shelf, found.product)
            assert found.value is not None, "what ends a price needs no approval"
            rows = await read_price_list(connection, tenant, shelf)
            place = rows.of(product.id, found.segment, found.scene, since)
            value = parse_price(product, found.name, found.value)
            check_cap(shelf, product, place | {found.name: value})
        state = "in_force" if approve else "refused"
        await store.decide_price(connection, tenant, price, state, who, note[:1000], since)


async def end_price(
    source: store.Source, tenant: int, price: UUID, who: str, why: str, since: date | None = None
) -> UUID | None:
    """Take a price back from a day on: a new row ends it, and what held before holds again. One
    that is only asked for is withdrawn. Returns the new row's id.

    Raises: NotFound, Conflict("price.moved_on"), Invalid (a day that is past).
    """
    check_why(why)
    async with store.writing(source, tenant) as connection:
        row = await store.read_price(connection, tenant, price, lock=True)
        if row is None:
            raise no_such_price()
        found = SetPrice(**dict(row))
        if found.state == "asked":
            if found.set_by != who:
                raise Forbidden("who has asked for it withdraws it", code="price.not_own")
            await store.decide_price(
                connection, tenant, price, "withdrawn", None, why[:1000], found.since
            )
            return None
        if found.state != "in_force" or found.value is None:
            raise moved_on()
        today = await read_today(connection, tenant)
        day = max(since or today, found.since)
        _check_days(day, None, today)
        key = new_uuid()
        await store.insert_price(
            connection, tenant, id=key, product=found.product, name=found.name,
            scene=found.scene, segment=found.segment, value=None, outside=False, since=day,
            why=why.strip(), set_by=who, state="in_force", ends=price,
        )  # fmt: skip
    return key


async def read_set_price(source: store.Source, tenant: int, price: UUID) -> SetPrice:
    """One price. Raises: NotFound."""
    async with store.reading(source, tenant) as connection:
        row = await store.read_price(connection, tenant, price)
    if row is None:
        raise no_such_price()
    return SetPrice(**dict(row))


async def list_set_prices(
    source: store.Source,
    tenant: int,
    *,
    product: str | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = LIST_MOST,
) -> list[SetPrice]:
    """The history, newest first."""
    async with store.reading(source, tenant) as connection:
        rows = await store.list_prices(connection, tenant, product, state, before, limit)
    return [SetPrice(**dict(row)) for row in rows]


async def read_price_list(source: store.Source, tenant: int, shelf: Shelf) -> PriceList:
    """Every price in force. One of a product or a name that the shelf no longer has is left out."""
    async with store.reading(source, tenant) as connection:
        rows = await store.read_prices_in_force(connection, tenant)
    return PriceList(_rows(rows, shelf))


def _rows(rows: list[store.Row], shelf: Shelf) -> list[PriceRow]:
    found = []
    for row in rows:
        product = shelf.products.get(row["product"])
        if product is None or row["name"] not in product.prices():
            continue
        value = None
        if row["value"] is not None:
            try:
                value = parse_price(product, row["name"], row["value"])
            except Invalid:
                continue  # the shelf has made a charge of what was a portion
        found.append(
            PriceRow(
                row["id"], row["number"], row["product"], row["name"], row["scene"],
                row["segment"], value, row["since"], row["until"],
            )
        )  # fmt: skip
    return found


async def read_today(connection: store.Connection, tenant: int) -> date:
    """The tenant's present day."""
    now, zone = await store.read_clock(connection, tenant)
    return local_day(now, zone)


def check_cap(shelf: Shelf, product: Product, prices: Mapping[str, Price]) -> None:
    """Raises: Refused("price.over_cap")."""
    if product.kind not in LENDS:
        return
    worst = worst_cost(product, dict(prices))
    most = shelf.policy.annual_cost_most
    if worst is not None and Portion(worst, 1_000_000) > most:
        raise Refused(
            "the loan would cost more a year, all in, than the bank's policy allows",
            code="price.over_cap", param="value",
            facts={"cost": str(Portion(worst, 1_000_000)), "most": str(most)},
        )  # fmt: skip


def check_why(why: str) -> None:
    """Raises: Invalid."""
    if not 1 <= len(why.strip()) <= WHY_MOST:
        raise Invalid(f"say why, in 1 to {WHY_MOST} characters", code="price.why", param="why")


def _check_days(since: date, until: date | None, today: date) -> None:
    if since < today:
        raise Invalid("a price begins today or later", code="price.past", param="since",
                      facts={"today": today.isoformat()})  # fmt: skip
    if until is not None and until < since:
        raise Invalid("it ends before it begins", code="price.days", param="until")


def _product(shelf: Shelf, name: str) -> Product:
    product = shelf.products.get(name)
    if product is None:
        raise NotFound("there is no such product", code="shelf.no_product", param="product")
    return product


async def _scene(connection: store.Connection, tenant: int, ref: str) -> int:
    if not ref:
        return 0
    found = await store.find_scene(connection, tenant, ref)
    if found is None:
        raise NotFound(f"there is no scene {ref[:60]!r}", code="scene.not_found", param="scene")
    return found


async def _lock(connection: store.Connection, tenant: int, price: UUID) -> SetPrice:
    row = await store.read_price(connection, tenant, price, lock=True)
    if row is None:
        raise no_such_price()
    found = SetPrice(**dict(row))
    if found.state != "asked":
        raise moved_on()
    return found


def no_such_price() -> NotFound:
    """There is none of that id."""
    return NotFound("there is no such price", code="price.not_found")


def moved_on() -> Conflict:
    """Somebody has decided on it, or it has ended."""
    return Conflict("the price is in another state by now", code="price.moved_on")


def plain(price: SetPrice) -> dict[str, Any]:
    """As JSON tells it."""
    return {
        "id": str(price.id), "product": price.product, "name": price.name,
        "scene": price.scene_ref, "segment": price.segment or None, "value": price.value,
        "outside": price.outside, "since": price.since.isoformat(),
        "until": price.until.isoformat() if price.until else None, "why": price.why,
        "state": price.state, "ends": str(price.ends) if price.ends else None,
        "set_by": price.set_by, "set_at": price.set_at.isoformat(),
        "decided_by": price.decided_by,
        "decided_at": price.decided_at.isoformat() if price.decided_at else None,
        "note": price.note,
    }  # fmt: skip


@control("price_second_person")
def check_second(set_by: str, who: str) -> None:
    """Who asked for a price does not decide it. Raises: Forbidden("price.own_request")."""
    if set_by == who:
        raise Forbidden("a second person decides", code="price.own_request")
