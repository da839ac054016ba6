"""How long the line is, who is served without a person for it, and through whose hands tasks go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.tenants import create_tenant
from enscene.work import (
    Need,
    end_task,
    hand_task,
    make_task,
    read_capacity,
    set_capacity,
    take_task,
)
from enscene.work.capacity_store import read_hands
from enscene.work.make_task import HANDS_MOST

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
TWO = ["ann@bank", "ben@bank"]
SMALL = Need()


class Unit:
    """A tenant, within one transaction."""

    def __init__(self, connection: Any, tenant: int) -> None:
        self.connection, self.tenant = connection, tenant

    async def asks(
        self,
        customer: int,
        need: Need = SMALL,
        at: datetime = NOW,
        kind: str = "chat",
    ) -> Any:
        return await make_task(
            self.connection, self.tenant, kind, scene=1, customer=customer, reason="help",
            need=need, managers=TWO, at=at,
        )  # fmt: skip

    async def capacity(self, at: datetime = NOW) -> Any:
        return await read_capacity(self.connection, self.tenant, at)

    async def rule(self, hours: int) -> None:
        await set_capacity(self.connection, self.tenant, hours, "lead@bank", NOW)


@pytest.fixture
async def unit(pool: Any) -> AsyncIterator[Unit]:
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    made = await create_tenant(pool, "bank", "bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [made.id])
        yield Unit(connection, made.id)


async def test_the_wait_is_what_is_open_by_the_pace_of_a_week(unit: Unit) -> None:
    assert (await unit.capacity()).wait_s == 0
    for number in range(4):
        await unit.asks(number + 1, Need(stuck=True))
    assert (await unit.capacity()).wait_s is None
    task = await unit.asks(9, Need(stuck=True), NOW - 2 * HOUR)
    await take_task(unit.connection, unit.tenant, task.id, task.staff, NOW - 2 * HOUR)
    await end_task(unit.connection, unit.tenant, task.id, task.staff, "done", NOW - HOUR)
    found = await unit.capacity()
    # Four are open, one was ended in seven days.
    assert (found.open, found.wait_s) == (4, 4 * 7 * 86_400)
    assert {each.staff: (each.open, each.done) for each in found.people} == {
        "ann@bank": (2, 1), "ben@bank": (2, 0),
    }  # fmt: skip
    assert (await unit.capacity(NOW + timedelta(days=8))).wait_s is None


async def test_small_needs_wait_for_people_until_the_line_is_long(unit: Unit) -> None:
    served = await unit.asks(1)
    assert (served.state, served.routed, served.wait_s) == ("automatic", "low_need", None)
    await unit.rule(8)
    first = await unit.asks(2)
    assert (first.state, first.staff, first.routed) == ("open", "ann@bank", "")
    # Nobody has ended anything: one that is open is a line without end.
    second = await unit.asks(3)
    assert (second.state, second.routed, second.wait_s) == ("automatic", "long_wait", None)
    await take_task(unit.connection, unit.tenant, first.id, "ann@bank", NOW)
    await end_task(unit.connection, unit.tenant, first.id, "ann@bank", "done", NOW + HOUR)
    third = await unit.asks(4, at=NOW + HOUR)
    assert third.staff is not None
    fourth = await unit.asks(5, at=NOW + HOUR)
    assert (fourth.routed, fourth.wait_s) == ("long_wait", 7 * 86_400)
    asked = await unit.asks(5, Need(insists=True), NOW + 2 * HOUR, "call_back")
    assert asked.state == "open"
    found = await unit.capacity(NOW + 3 * HOUR)
    assert (found.low_need, found.long_wait, found.came_back) == (1, 2, 1)
    assert (found.rule.wait_h, found.rule.set_by) == (8, "lead@bank")
    for wrong in (-1, 721):
        with pytest.raises(Invalid):
            await unit.rule(wrong)


async def test_every_hand_that_a_task_goes_through_is_kept(unit: Unit) -> None:
    task = await unit.asks(1, Need(stuck=True))
    assert task.staff == "ann@bank"
    await take_task(unit.connection, unit.tenant, task.id, "ben@bank", NOW)
    await take_task(unit.connection, unit.tenant, task.id, "ben@bank", NOW)
    handed = await hand_task(
        unit.connection, unit.tenant, task.id, "ben@bank", "ann@bank", TWO, NOW + HOUR
    )
    assert (handed.state, handed.staff, handed.taken_at) == ("open", "ann@bank", None)
    await take_task(unit.connection, unit.tenant, task.id, "ann@bank", NOW + HOUR)
    rows = await read_hands(unit.connection, unit.tenant, task.id)
    assert [(row["giver"], row["taker"]) for row in rows] == [
        (None, "ann@bank"), ("ann@bank", "ben@bank"), ("ben@bank", "ann@bank"),
    ]  # fmt: skip
    with pytest.raises(Forbidden):
        await hand_task(
            unit.connection, unit.tenant, task.id, "ben@bank", "ann@bank", TWO, NOW + HOUR
        )
    for taker in ("ann@bank", "cyd@bank"):
        with pytest.raises(Invalid):
            await hand_task(
                unit.connection, unit.tenant, task.id, "ann@bank", taker, TWO, NOW + HOUR
            )
    await end_task(unit.connection, unit.tenant, task.id, "ann@bank", "done", NOW + HOUR)
    with pytest.raises(Forbidden):
        await hand_task(
            unit.connection, unit.tenant, task.id, "ann@bank", "ben@bank", TWO, NOW + HOUR
        )


async def test_a_task_is_not_handed_round_without_end(unit: Unit) -> None:
    task = await unit.asks(1, Need(stuck=True))
    here, there = TWO
    for _ in range(HANDS_MOST - 1):
        await hand_task(unit.connection, unit.tenant, task.id, here, there, TWO, NOW)
        here, there = there, here
    with pytest.raises(Conflict):
        await hand_task(unit.connection, unit.tenant, task.id, here, there, TWO, NOW)
