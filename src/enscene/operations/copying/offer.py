"""Offer a scene for copying: two people of its branch say what others see of it and what it earns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.copying import store
from enscene.operations.copying.bank import Family
from enscene.operations.copying.criterion import (
    check_second,
    outcome_of,
    read_criterion,
    scene_of,
)
from enscene.operations.copying.shares import BASES, WHOLE
from enscene.operations.launch import Wish
from enscene.operations.prepare_launch import read_wish_in_force
from enscene.scenes.language import Pack

SAYS_MOST, REASON_MOST = 500, 500
MONTHS_MOST = 60
OFFERED_FROM = ("pilot", "live")
State: TypeAlias = Literal["asked", "offered", "refused", "ended"]


@dataclass(frozen=True, slots=True)
class OfferOrder:
    """`basis` is one of `BASES`, `months` for how many from its going live a copy is credited,
    `points` what of ten thousand goes to the branch of origin. `left_open` names options that
    belong to the place (None: all sums of money). `reason` is needed where the criterion is not
    met."""

    says: str
    basis: str
    months: int
    points: int
    left_open: Sequence[str] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """`wish` has nothing of the place; `exception`: the criterion was not met when it was offered."""

    id: UUID
    tenant: int
    scene: int
    scene_ref: str
    name: str
    pack: str
    currency: str
    wish: Wish
    left_open: tuple[str, ...]
    says: str
    basis: str
    months: int
    points: int
    reason: str
    exception: bool
    state: State
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


async def ask_offer(
    source: operations_store.Source,
    tenant: int,
    scene: str,
    pack: Pack,
    order: OfferOrder,
    who: str,
) -> UUID:
    """Ask that a scene may be copied; others see it when a second person has agreed.

    `pack` is the scene's template. Raises: NotFound, Invalid, Conflict("copy.not_open",
    "copy.not_met", "copy.offered").
    """
    _check_order(order, pack)
    left_open = _left_open(order, pack)
    async with operations_store.writing(source, tenant) as connection:
        found = await scene_of(connection, tenant, scene)
        if found["state"] not in OFFERED_FROM:
            raise Conflict("a scene in pilot or live is offered", code="copy.not_open")
        reason = order.reason.strip()
        await _is_exception(connection, tenant, found["id"], reason)
        wish = await read_wish_in_force(connection, tenant, scene)
        clock = await operations_store.read_clock(connection, tenant)
        number = new_uuid()
        try:
            async with connection.transaction():
                await store.insert_offer(
                    connection, tenant, number, found["id"], scene, found["name"], pack.id,
                    found["terms"], pack.currency,
                    msgspec.to_builtins(without_place(wish, left_open)), list(left_open),
                    order.says.strip(), order.basis, order.months, order.points, reason, who,
                    clock["now"],
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict("the scene is offered already", code="copy.offered") from None
    return number


async def decide_offer(
    source: operations_store.Source, tenant: int, offer: UUID, who: str, *, approve: bool
) -> None:
    """A second person lets others copy it, or does not.

    Raises: NotFound, Conflict("copy.decided", "copy.not_met"), Forbidden("copy.second_person").
    """
    async with operations_store.writing(source, tenant) as connection:
        found = await _lock(connection, tenant, offer)
        if found.state != "asked":
            raise Conflict("it was decided by now", code="copy.decided")
        check_second(found.asked_by, who)
        exception = approve and await _is_exception(connection, tenant, found.scene, found.reason)
        clock = await operations_store.read_clock(connection, tenant)
        state = "offered" if approve else "refused"
        await store.decide_offer(connection, tenant, offer, state, exception, who, clock["now"])


async def end_offer(source: operations_store.Source, tenant: int, offer: UUID) -> None:
    """Nobody begins another copy; those that there are stay, with what was agreed.

    Raises: NotFound, Conflict("copy.decided").
    """
    async with operations_store.writing(source, tenant) as connection:
        found = await _lock(connection, tenant, offer)
        if found.state not in ("asked", "offered"):
            raise Conflict("it is over already", code="copy.decided")
        await store.set_offer(connection, tenant, offer, "ended")


async def list_offers(
    pool: operations_store.Pool, family: Family, scene: int | None = None
) -> tuple[Offer, ...]:
    """The tenant's own (with `scene`, of that one alone), and what others of its bank offer."""
    async with store.reading_all(pool, list(family.tenants)) as connection:
        rows = await store.read_offers(connection, family.own, None, scene)
    return tuple(_offer(row) for row in rows)


async def read_offer(pool: operations_store.Pool, family: Family, offer: UUID) -> Offer:
    """One that the tenant may see. Raises: NotFound."""
    async with store.reading_all(pool, list(family.tenants)) as connection:
        rows = await store.read_offers(connection, family.own, offer)
    if not rows:
        raise _no_offer()
    return _offer(rows[0])


def without_place(wish: Wish, left_open: Sequence[str]) -> Wish:
    """A wish without what belongs to where its scene is."""
    return msgspec.structs.replace(
        wish, ref="", name="", region="", unit="", customer="", origins=[],
        options={name: value for name, value in wish.options.items() if name not in left_open},
    )  # fmt: skip


def sums_of(pack: Pack) -> tuple[str, ...]:
    """The options that are sums of money: limits and prices, which differ from place to place."""
    return tuple(option.name for option in pack.options.values() if option.type.name == "money")


def _left_open(order: OfferOrder, pack: Pack) -> tuple[str, ...]:
    if order.left_open is None:
        return sums_of(pack)
    for name in order.left_open:
        if name not in pack.options:
            raise Invalid(
                f"the template has no option {name[:60]!r}", code="copy.option", param="left_open"
            )
    return tuple(name for name in pack.options if name in order.left_open)


def _check_order(order: OfferOrder, pack: Pack) -> None:
    if not order.says.strip() or len(order.says) > SAYS_MOST:
        raise Invalid("say what it is good for", code="copy.says", param="says")
    if order.basis not in BASES:
        raise Invalid("one of " + ", ".join(BASES), code="copy.basis", param="basis")
    if not 1 <= order.months <= MONTHS_MOST:
        raise Invalid("1 to 60 months", code="copy.months", param="months")
    if not 1 <= order.points <= WHOLE:
        raise Invalid("1 to 10,000 basis points", code="copy.points", param="points")
    if len(order.reason) > REASON_MOST:
        raise Invalid("a shorter reason", code="copy.reason", param="reason")


async def _is_exception(
    connection: operations_store.Connection, tenant: int, scene: int, reason: str
) -> bool:
    """Whether it is copied though its criterion is not met. Raises: Conflict (without a reason)."""
    outcome = outcome_of(await read_criterion(connection, tenant, scene))
    if outcome == "met":
        return False
    if not reason:
        raise Conflict(
            "the scene has not met what was set for its pilot", code="copy.not_met",
            param="reason", facts={"outcome": outcome},
        )  # fmt: skip
    return True


async def _lock(connection: operations_store.Connection, tenant: int, offer: UUID) -> Offer:
    row = await store.lock_offer(connection, tenant, offer)
    if row is None:
        raise _no_offer()
    return _offer(row)


def _no_offer() -> NotFound:
    return NotFound("there is no such offer", code="copy.no_offer")


def _offer(row: operations_store.Row) -> Offer:
    values = dict(row)
    values["wish"] = msgspec.convert(values["wish"], Wish)
    values["left_open"] = tuple(values["left_open"])
    return Offer(**values)
