"""Who fills the pool of benefits: one asks, another decides, and the money moves with the decision."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from engagement.benefits.filling import CHECKER, MAKER, ask, fill
from engagement.benefits.test_pool import no_sandbox, sql, stands
from engagement.running.campaigning import rules
from enscene.engagement.benefits import (
    decide_pool_order,
    propose_pool_order,
    withdraw_pool_order,
)
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from trip import Trip, open_trip


@pytest.fixture
async def trip(pool: Any) -> AsyncIterator[Trip]:
    async with open_trip(pool) as opened:
        await rules(opened)
        await no_sandbox(opened)
        yield opened


async def decide(trip: Trip, order: Any, who: str = CHECKER, *, approve: bool = True) -> Any:
    return await decide_pool_order(trip.pool, trip.tenant.id, order.id, approve=approve, who=who)


async def in_pool(trip: Trip) -> int:
    return (await stands(trip))["pool"]


async def test_money_moves_when_another_approves_and_not_before(trip: Trip) -> None:
    order = await ask(trip.pool, trip.tenant.id, "99.99")
    assert (order.state, order.amount, order.reason, order.seq) == (
        "proposed",
        99_99,
        "spring",
        None,
    )
    assert await in_pool(trip) == 0
    with pytest.raises(Forbidden) as refused:
        await decide(trip, order, MAKER)
    assert refused.value.code == "benefits.four_eyes"
    assert await in_pool(trip) == 0
    done = await decide(trip, order)
    assert (done.state, done.decided_by) == ("approved", CHECKER)
    assert await in_pool(trip) == 99_99
    (unit,) = await sql(trip, "select actor from event where seq = $1", done.seq)
    assert CHECKER in unit[0]
    # Asked again it says the same, and moves nothing.
    assert await decide(trip, order) == done
    assert await in_pool(trip) == 99_99
    for other in ({"who": "wu@bank"}, {"approve": False}):
        with pytest.raises(Conflict) as decided:
            await decide(trip, order, **other)
        assert decided.value.code == "benefits.decided"


async def test_what_is_rejected_or_withdrawn_moves_nothing(trip: Trip) -> None:
    one, other = [await ask(trip.pool, trip.tenant.id, "5.00") for _ in range(2)]
    assert (await decide(trip, one, approve=False)).state == "rejected"
    with pytest.raises(Forbidden) as refused:
        await withdraw_pool_order(trip.pool, trip.tenant.id, other.id, CHECKER)
    assert refused.value.code == "benefits.not_yours"
    for _ in range(2):
        gone = await withdraw_pool_order(trip.pool, trip.tenant.id, other.id, MAKER)
        assert gone.state == "withdrawn"
    for order in (one, other):
        with pytest.raises(Conflict):
            await decide(trip, order)
    with pytest.raises(Conflict):
        await withdraw_pool_order(trip.pool, trip.tenant.id, one.id, MAKER)
    with pytest.raises(NotFound):
        await decide_pool_order(trip.pool, trip.tenant.id, uuid4(), approve=True, who=CHECKER)
    assert await in_pool(trip) == 0


async def test_more_than_there_is_is_not_taken_out_but_may_be_later(trip: Trip) -> None:
    await fill(trip.pool, trip.tenant.id, "10.00")
    order = await ask(trip.pool, trip.tenant.id, "-10.01")
    with pytest.raises(Conflict) as refused:
        await decide(trip, order)
    assert (refused.value.code, refused.value.param) == ("benefits.pool", "amount")
    (kept,) = await sql(trip, "select state from pool_order where id = $1", order.id)
    assert kept[0] == "proposed"
    await fill(trip.pool, trip.tenant.id, "0.01")
    assert (await decide(trip, order)).state == "approved"
    assert await in_pool(trip) == 0


async def test_two_who_approve_at_once_fill_it_once(trip: Trip) -> None:
    order = await ask(trip.pool, trip.tenant.id, "7.00")
    done = await asyncio.gather(
        *(decide(trip, order, who) for who in (CHECKER, "wu@bank", CHECKER)),
        return_exceptions=True,
    )  # fmt: skip
    assert "PoolOrder" in {type(each).__name__ for each in done}
    assert await in_pool(trip) == 7_00
    (row,) = await sql(trip, "select count(*) from event where action = 'benefits.filled'")
    assert row[0] == 1


async def test_a_key_is_one_order_of_one_person(trip: Trip) -> None:
    where = (trip.pool, trip.tenant.id)
    one = await propose_pool_order(*where, "1.00", "CNY", "spring", "k", MAKER)
    assert await propose_pool_order(*where, "1.00", "CNY", "spring", "k", MAKER) == one
    with pytest.raises(Conflict) as reused:
        await propose_pool_order(*where, "2.00", "CNY", "spring", "k", MAKER)
    assert reused.value.code == "idempotency.key_reused"
    assert (await propose_pool_order(*where, "2.00", "CNY", "spring", "k", CHECKER)).id != one.id


@pytest.mark.parametrize(
    ("amount", "reason", "param"),
    [("0.00", "x", "amount"), ("1.234", "x", "amount"), ("x", "x", "amount"),
     ("9" * 25, "x", "amount"), ("1.00", "  ", "reason"), ("1.00", "x" * 201, "reason")],
)  # fmt: skip
async def test_what_makes_no_sense_leaves_nothing(
    trip: Trip, amount: str, reason: str, param: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await propose_pool_order(trip.pool, trip.tenant.id, amount, "CNY", reason, "k", MAKER)
    assert wrong.value.param == param
    assert await sql(trip, "select 1 from pool_order") == []


async def test_without_the_controls_one_person_would_do(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await ask(trip.pool, trip.tenant.id, "3.00")
    monkeypatch.setitem(controls._CONTROLS, "pool_own_order", lambda *_: None)
    withdrawn = await withdraw_pool_order(trip.pool, trip.tenant.id, order.id, CHECKER)
    assert withdrawn.decided_by == CHECKER
    order = await ask(trip.pool, trip.tenant.id, "3.00")
    monkeypatch.setitem(controls._CONTROLS, "pool_by_two", lambda *_: None)
    # The table itself is the last to say no.
    with pytest.raises(Exception, match="check constraint"):
        await decide(trip, order, MAKER)
    assert await in_pool(trip) == 0
