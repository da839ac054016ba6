"""An act and what it is billed by are written together or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import World, canteen_pack, world
from enscene.commit import admit
from enscene.metering import store
from enscene.scenes.runtime import Actor, Call, SceneHost

__all__ = ["canteen_pack", "world"]
MEAL = {"ticket": "M1", "diner": "ann", "price": "12.00"}


async def readings(world: World) -> list[dict[str, int]]:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        rows = await connection.fetch("select * from meter_reading order by seq")
    return [dict(zip(row["meters"], row["quantities"], strict=True)) for row in rows]


async def test_a_payment_is_read_once_however_often_it_is_sent(world: World) -> None:
    await world.top_up("ann", "50.00")
    for _ in range(3):
        answer = await world.till.act("canteen", "pay_by_code", MEAL, key="one")
        assert answer.status_code == 200
    found = await readings(world)
    assert found == [
        {"api.writes": 1},
        {"api.writes": 1, "smart_canteen.meals_by_code": 1, "smart_canteen.turnover": 1200},
    ]
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        row = await connection.fetchrow("select * from meter_reading order by seq desc limit 1")
        event = await connection.fetchrow("select * from event order by seq desc limit 1")
    assert (row["seq"], row["at"], row["scene"]) == (event["seq"], event["at"], world.scene)
    assert (row["app"], row["operation"], row["party"]) == ("till", "pay_by_code", "till")


async def test_what_was_refused_is_not_read(world: World) -> None:
    assert (await world.meal("M1", price="499.00")).status_code == 422
    assert await readings(world) == []


async def test_lines_of_one_request_are_read_each_and_all_or_none(world: World) -> None:
    host = world.host
    calls = [
        Call(world.tenant.id, "canteen", "top_up", Actor("ann", "diner", "bank.h5"), {"amount": a})
        for a in ("10.00", "20.00")
    ]
    await host.perform_together(calls, None)
    assert await readings(world) == [{"api.writes": 1}] * 2
    wrong = [*calls, Call(world.tenant.id, "canteen", "top_up", Actor("ann", "diner", "bank.h5"),
                          {"amount": "10000000.00"})]  # fmt: skip
    refused = await host.perform_together(wrong, None)
    assert refused.refused
    assert await readings(world) == [{"api.writes": 1}] * 2


async def test_where_the_reading_cannot_be_written_nothing_happens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.top_up("ann", "50.00")
    before = await world.balance("wallet", "ann")
    # What a database says that goes away in the middle of a batch.
    broken = store._INSERT_ACTS.replace("select u.seq,", "select u.seq / 0,")
    with monkeypatch.context() as patch:
        patch.setattr(store, "_INSERT_ACTS", broken)
        answer = await world.till.act("canteen", "pay_by_code", MEAL, key="one")
        assert answer.status_code >= 400
    assert await world.balance("wallet", "ann") == before
    assert len(await readings(world)) == 1
    answer = await world.till.act("canteen", "pay_by_code", MEAL, key="one")
    assert answer.status_code == 200
    assert len(await readings(world)) == 2


async def test_without_metering_nothing_is_read(world: World) -> None:
    host = SceneHost(world.pool, metering=False)
    call = Call(world.tenant.id, "canteen", "top_up", Actor("ann", "diner", "x"),
                {"amount": "10.00"})  # fmt: skip
    assert not (await host.perform(call)).refused
    assert await readings(world) == []
    await host.close()


async def test_looks_are_counted_by_application_and_list(world: World) -> None:
    for _ in range(3):
        assert (await world.bank.get("/v1/canteen/events")).status_code == 200
    assert (await world.bank.get("/v1/scenes")).status_code == 200
    assert (await world.bank.get("/v1/canteen/events?limit=x")).status_code == 400
    await world.gateway.close()
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        rows: list[Any] = await connection.fetch("select * from meter_reading order by operation")
    assert [(row["app"], row["operation"], row["quantities"]) for row in rows] == [
        ("core", "canteen/events", [3]), ("core", "scenes", [1]),
    ]  # fmt: skip
