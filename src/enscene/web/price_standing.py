"""Which of the prices that were set holds: of one place, at most one on any day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from enscene.shelf.pricing.set_price import SetPrice

STANDINGS = ("in_force", "upcoming", "superseded", "over", "asked", "refused", "withdrawn")


def standing_of(prices: Sequence[SetPrice], today: date) -> Mapping[UUID, str]:
    """For each price, by its id: one of STANDINGS. An approved one is in force when it decides
    today; `upcoming` when it will on a later day; `superseded` when another decides on every day
    that is left of it; `over` when no day is left."""
    return {price.id: _standing(price, prices, today) for price in prices}


def _standing(price: SetPrice, prices: Iterable[SetPrice], today: date) -> str:
    if price.state != "in_force":
        return price.state
    if price.until is not None and price.until < today:
        return "over"
    rivals = [other for other in prices if other.state == "in_force" and _same(other, price)]
    if _decides(price, rivals, today):
        return "in_force"
    # What decides can change only where one begins or after one has ended.
    days = {price.since} | {o.until + timedelta(days=1) for o in rivals if o.until is not None}
    if any(day > today and _decides(price, rivals, day) for day in days):
        return "upcoming"
    return "superseded"


def _same(one: SetPrice, other: SetPrice) -> bool:
    """Whether two are of the same price in the same place."""
    return (one.product, one.name, one.scene, one.segment) == (
        other.product, other.name, other.scene, other.segment,
    )  # fmt: skip


def _decides(price: SetPrice, rivals: Iterable[SetPrice], day: date) -> bool:
    """Whether it is the one of its place on a day: what begins last, then what was set last."""
    covering = [r for r in rivals if r.since <= day and (r.until is None or r.until >= day)]
    latest = max(covering, key=lambda r: (r.since, r.number), default=None)
    return latest is not None and latest.id == price.id
