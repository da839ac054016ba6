"""Giving back: the second of two refunds that are too much together is refused."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any

import msgspec

from commit.orders import SCENE, OrderUnit, Place, make_place
from enscene.blocks import COMPILERS, Frame
from enscene.commit import Report, View
from enscene.ledger import Leg, Payment

KEY = "meal"
LEGS = ((1, 3, 40), (2, 3, 55), (2, 4, 5))
"""From two sources to a merchant and, as a fee, to the bank: 100 in all."""


class Step:
    """The arguments of `reverse`."""

    def __init__(self, amount: int | None, keep: str | None, borne_by: str | None) -> None:
        self.amount = amount
        self.names = {"flow": "pay", "keep": keep, "borne_by": borne_by, "counter": "spent"}

    def name(self, argument: str) -> str:
        return str(self.names[argument])

    def name_or_none(self, argument: str) -> str | None:
        return self.names[argument]

    def value_or_none(self, argument: str) -> Any:
        return None if self.amount is None else lambda frame: self.amount


class Shop:
    """Accounts by their names a0, a1…"""

    def __init__(self, place: Place) -> None:
        self._place = place

    def account(self, name: str) -> Any:
        number = int(name.removeprefix("a"))
        return lambda frame: frame.book.account(
            frame.tenant, self._place.accounts[frame.tenant, number]
        )

    def money_counter(self, name: str) -> bool:
        return True


class Refund(OrderUnit):
    """A refund of the payment whose lineage a thing keeps; the first of all pays it."""

    amount: int | None = None
    keep: str | None = None
    borne_by: str | None = None

    def cells(self, now: datetime, *, exact: bool) -> Any:
        for number in range(5):
            yield "ledger", (self.tenant, self.place.accounts[self.tenant, number])
        yield "thing", self.thing_key(KEY)  # type: ignore[arg-type]
        yield "counter", (self.tenant, SCENE, "spent", 7, "march")

    def plan(self, view: View) -> None:
        vault = view.works["thing"]
        thing = vault.get(self.thing_key(KEY))  # type: ignore[arg-type]
        frame = Frame()
        frame.unit, frame.tenant, frame.scene = view.index, self.tenant, SCENE
        frame.book, frame.tally = view.works["ledger"], view.works["counter"]
        frame.lineage = msgspec.json.decode(thing.money, type=dict[str, Payment])
        step = Step(self.amount, self.keep, self.borne_by)
        act = COMPILERS["reverse"](step, Shop(self.place))  # type: ignore[arg-type]
        self.results = [act(frame)]
        vault.change(view.index, thing).money = msgspec.json.encode(frame.lineage).decode()

    def report(self, seq: int, at: datetime) -> Report:
        return Report(SCENE, "pay", "s", "a", "{}", json.dumps({"seq": seq}))


class Pay(Refund):
    def cells(self, now: datetime, *, exact: bool) -> Any:
        return [cell for cell in super().cells(now, exact=exact) if exact or cell[0] != "thing"]

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        accounts = [
            book.account(self.tenant, self.place.accounts[self.tenant, n]) for n in range(5)
        ]
        for owner, part in ((1, 40), (2, 60)):
            book.post(view.index, accounts[0], accounts[owner], part, "top_up")
        for dr, cr, part in LEGS:
            book.post(view.index, accounts[dr], accounts[cr], part, "pay")
        legs = [Leg(accounts[dr].id, accounts[cr].id, part) for dr, cr, part in LEGS]
        payment = Payment(legs, counts={"spent": (7, "march", 100)})
        view.works["counter"].add((self.tenant, SCENE, "spent", 7, "march"), 100)
        money = msgspec.json.encode({"pay": payment}).decode()
        view.works["thing"].create(
            view.index, self.thing_key(KEY), "paid", 1, "{}", money=money  # type: ignore[arg-type]
        )  # fmt: skip


async def paid(pool: Any) -> Place:
    # The merchant may owe what it has been paid out already.
    place = await make_place(pool, floors=(None, 0, 0, -1_000, 0))
    writer = place.writer()
    await writer.submit(Pay(place, place.tenants[0], ()))
    await writer.close()
    return place


def refund(place: Place, amount: int | None, **how: str) -> Refund:
    unit = Refund(place, place.tenants[0], ())
    unit.amount, unit.keep, unit.borne_by = amount, how.get("keep"), how.get("borne_by")
    return unit


async def balances(place: Place) -> list[int]:
    return [await place.balance(number) for number in range(1, 5)]


async def test_of_two_refunds_of_60_percent_one_is_refused(pool: Any) -> None:
    """In two processes at once; what the refused one asked for stays where it is."""
    place = await paid(pool)
    here, there = place.writer(), place.writer()
    async with asyncio.timeout(20):
        found = await asyncio.gather(
            here.submit(refund(place, 60)), there.submit(refund(place, 60))
        )
    assert sorted(answer.refused for answer in found) == [False, True]
    assert sum((await balances(place))[:2]) == 60
    assert await place.fetch("select value from counter") == 40
    rest = await here.submit(refund(place, None))
    assert not rest.refused
    assert await balances(place) == [40, 60, 0, 0]
    assert await place.fetch("select value from counter") == 0


async def test_parts_sum_to_the_whole_on_every_way(pool: Any) -> None:
    place = await paid(pool)
    writer = place.writer()
    for part in (1, 33, 33, 32, 1):
        assert not (await writer.submit(refund(place, part))).refused
    assert await balances(place) == [40, 60, 0, 0]
    assert (await writer.submit(refund(place, 1))).refused


async def test_a_kept_fee_is_borne_by_another_account(pool: Any) -> None:
    place = await paid(pool)
    writer = place.writer()
    answer = await writer.submit(refund(place, None, keep="a4", borne_by="a3"))
    assert not answer.refused
    assert await balances(place) == [40, 60, -5, 5]


async def test_a_refund_after_the_pay_out_is_owed_by_the_merchant(pool: Any) -> None:
    place = await paid(pool)
    writer = place.writer()
    await writer.submit(place.unit(("post", 3, 0, 95)))
    assert not (await writer.submit(refund(place, None))).refused
    assert await balances(place) == [40, 60, -95, 0]
