"""What is entered counts when somebody else has approved it, in the month of its day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations.scene_account import (
    ask_outlay,
    decide_outlay,
    list_outlays,
    read_earnings,
)
from enscene.tenants import create_tenant

SCENE = 1


@pytest.fixture
async def tenant(pool: Any) -> int:
    """With three whole months in which the scene earned 100, 100 and 50."""
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    made = await create_tenant(pool, "bank", "bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [made.id])
        for month, last, fees in ((1, 31, 150), (2, 28, 150), (3, 31, 50)):
            await connection.execute(
                "insert into indicator_day (tenant, day, rows) values ($1, $2, 1)",
                made.id, date(2026, month, last),
            )  # fmt: skip
            for key, value in (("fees", fees), ("cost", -50 if fees > 50 else 0), ("kept", 999)):
                await connection.execute(
                    "insert into indicator_value (tenant, indicator, scene, grain, day, key, "
                    "currency, value) values ($1, 'account.moved', $2, 'month', $3, $4, 'CNY', $5)",
                    made.id, SCENE, date(2026, month, 1), key, value,
                )  # fmt: skip
    return made.id


async def enter(pool: Any, tenant: int, **given: Any) -> Any:
    values = {"kind": "investment", "day": date(2026, 2, 3), "amount": "2.00", "currency": "CNY",
              "note": "terminals", "who": "ann"} | given  # fmt: skip
    return await ask_outlay(pool, tenant, SCENE, **values)


async def test_a_second_person_makes_it_count(pool: Any, tenant: int) -> None:
    number = await enter(pool, tenant)
    (earning,) = (await read_earnings(pool, tenant))[SCENE]
    assert [each.net for each in earning.months] == [100, 100, 50]
    assert (earning.payback.outlook, earning.in_a_row) == ("nothing_invested", 3)
    assert earning.is_sustained
    with pytest.raises(Forbidden) as caught:
        await decide_outlay(pool, tenant, SCENE, number, "ann", approve=True)
    assert caught.value.code == "account.four_eyes"
    await decide_outlay(pool, tenant, SCENE, number, "bob", approve=True)
    with pytest.raises(Conflict):
        await decide_outlay(pool, tenant, SCENE, number, "cyd", approve=False)
    (earning,) = (await read_earnings(pool, tenant, SCENE))[SCENE]
    assert (earning.payback.outlook, earning.payback.month) == ("paid_back", date(2026, 2, 1))
    (entry,) = await list_outlays(pool, tenant, SCENE)
    assert (entry.state, entry.minor, entry.decided_by) == ("approved", 200, "bob")


async def test_running_cost_lowers_the_month_and_refused_entries_nothing(
    pool: Any, tenant: int
) -> None:
    cost = await enter(pool, tenant, kind="running", amount="0.60", day=date(2026, 3, 31))
    other = await enter(pool, tenant, kind="running", amount="9.00")
    await decide_outlay(pool, tenant, SCENE, cost, "bob", approve=True)
    await decide_outlay(pool, tenant, SCENE, other, "bob", approve=False)
    (earning,) = (await read_earnings(pool, tenant))[SCENE]
    assert [each.net for each in earning.months] == [100, 100, -10]
    assert earning.in_a_row == 0


async def test_what_is_refused_leaves_no_trace(pool: Any, tenant: int) -> None:
    for param, given in (
        ("amount", {"amount": "0.00"}), ("amount", {"amount": "-1.00"}),
        ("amount", {"amount": "x"}), ("note", {"note": "  "}), ("note", {"note": "x" * 201}),
        ("kind", {"kind": "gift"}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            await enter(pool, tenant, **given)
        assert caught.value.param == param, given
    with pytest.raises(NotFound):
        await decide_outlay(pool, tenant, SCENE, new_uuid(), "bob", approve=True)
    assert await list_outlays(pool, tenant, SCENE) == ()
