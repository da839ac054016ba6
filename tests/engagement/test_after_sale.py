"""After the sale: what was given up early, and debits that failed, become tasks, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from enscene.engagement.applications import read_clock
from enscene.shelf import Opening, standard_shelf
from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


async def lent(lending: Lending) -> str:
    """A contract of Ann's."""
    decided = await lending.decide("B1")
    return await lending.sign(decided["id"])


async def tasks(lending: Lending) -> list[tuple[Any, ...]]:
    rows = await lending.sql("select kind, reason, state, staff from staff_task order by made_at")
    return [tuple(row) for row in rows]


async def test_a_product_closed_early_is_followed_up_once(lending: Lending) -> None:
    contract = await lent(lending)
    trip = lending.trip
    await trip.host.contracts.close(trip.tenant.id, UUID(contract), once=None, actor="customer:ann")
    await trip.reactor.settle(trip.tenant.id)
    wanted = [("follow_up", "closed_early", "open", "sun@bank")]
    assert await tasks(lending) == wanted
    # The log is read at least once: reading it again makes no second task.
    await trip.pool.execute("update reading set seq = 0 where name = 'after_sale'")
    await trip.reactor.settle(trip.tenant.id)
    assert await tasks(lending) == wanted


async def test_a_debit_that_failed_is_followed_up(lending: Lending) -> None:
    await lent(lending)
    trip = lending.trip
    tenant = trip.tenant.id
    await trip.reactor.settle(tenant)
    # What was lent is spent: nothing is left to be debited.
    await lending.sql("update account set posted = 0 where name = 'current'")
    async with trip.pool.acquire() as connection:
        now = (await read_clock(connection, tenant))["now"]
    await trip.reactor.advance(tenant, now + timedelta(days=40))
    found = await tasks(lending)
    assert [row[:2] for row in found if row[1] in ("debit_failed", "overdue")] != []
    assert len(found) == len(set(found))


async def test_a_line_that_nobody_draws_on_is_followed_up_and_a_used_one_is_not(
    lending: Lending,
) -> None:
    trip = lending.trip
    tenant, contracts = trip.tenant.id, trip.host.contracts
    rows = await lending.sql("select id from party where ref in ('ann', 'bob') order by ref")
    for row in rows:
        opening = Opening(
            standard_shelf().products["temporary_limit"], row[0], 5_000_00, months=2,
            scene=trip.scene,
        )  # fmt: skip
        await contracts.open(tenant, opening, once=None, actor="test")
    async with trip.pool.acquire() as connection:
        now = (await read_clock(connection, tenant))["now"]
    # Before the first day on which either would be found idle, whatever the calendar says.
    await trip.reactor.advance(tenant, now + timedelta(days=45))
    held = (await contracts.of_customer(tenant, rows[1][0]))[0]
    await contracts.act(tenant, held.id, "draw", {"amount": 1000_00}, once=None, actor="test")
    await trip.reactor.advance(tenant, now + timedelta(days=90, minutes=1))
    unused = await lending.sql(
        "select p.ref from staff_task t join party p on p.id = t.customer and p.tenant = t.tenant "
        "where t.reason = 'unused'"
    )
    assert {row[0] for row in unused} == {"ann"}


async def test_a_refunded_order_with_an_open_loan_is_followed_up_once(lending: Lending) -> None:
    await lent(lending)
    trip = lending.trip
    await trip.do("cancel_booking", "ann", "K1", booking="B1")
    for _ in range(2):
        await trip.reactor.settle(trip.tenant.id)
        await trip.pool.execute("update reading set seq = 0 where name = 'after_sale'")
    await trip.reactor.settle(trip.tenant.id)
    reasons = [row[1] for row in await tasks(lending)]
    assert reasons.count("order_refunded") == 1
