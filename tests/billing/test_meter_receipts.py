"""What a customer's consent opened is audited and billed by the same row, once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from api.auth.bank import Flow
from api.auth.conftest import flow
from api.conftest import World
from enscene.api.consents import tell_receipt
from enscene.billing import Billing
from enscene.billing.meter_receipts import meter_receipts
from enscene.billing.plan import Charge, PlanBody, Tier
from enscene.commit import admit
from enscene.customers.authorizations import find_receipts
from enscene.kernel.clock import local_day
from enscene.metering import RollUp

__all__ = ["flow"]
DETAIL = (
    '[{"type":"enscene_consent","scene":"canteen","purpose":"reconcile","days":7,'
    '"things":{"meal":["price","canteen"]}}]'
)


async def sums(world: World) -> dict[str, tuple[int, int]]:
    """Quantity and readings by meter of data."""
    await RollUp(world.pool, world.tenant.shard).settle()
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        rows: list[Any] = await connection.fetch(
            "select u.meter, sum(u.quantity)::int, count(*)::int from meter_reading r, "
            "unnest(r.meters, r.quantities) as u(meter, quantity) "
            "where r.tenant = $1 and r.source = 'receipts' group by 1",
            world.tenant.id,
        )
    return {row[0]: (row[1], row[2]) for row in rows}


async def receipts(world: World) -> list[Any]:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        return list(await connection.fetch("select * from receipt order by id"))


async def test_each_receipt_is_a_reading_once(world: World, flow: Flow) -> None:
    await world.top_up("ann", "50.00")
    for name in ("t1", "t2"):
        assert (await world.meal(name)).status_code == 200
    told = await flow.tokens(scope="scene:canteen:things.read", authorization_details=DETAIL)
    token = told["access_token"]
    assert len((await flow.call(token, "/v1/canteen/things/meal")).json()["data"]) == 2
    assert (await flow.call(token, "/v1/canteen/things/meal/t1")).status_code == 200
    billing = [Billing(world.pool) for _ in range(2)]
    await asyncio.gather(*(meter_receipts(each, [world.tenant]) for each in billing))
    # Two fields of two meals, then of one.
    assert await sums(world) == {"data.C1": (6, 2)}
    assert [row["prices"] for row in await receipts(world)] == [None, None], "no plan, no price"
    assert await meter_receipts(billing[0], [world.tenant]) == 0
    # Whoever was killed before they were marked takes them again.
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute("update receipt set metered = false")
    assert await meter_receipts(billing[0], [world.tenant]) == 2
    assert await sums(world) == {"data.C1": (6, 2)}
    for each in billing:
        await each.close()


async def test_each_field_has_its_level_and_the_price_of_the_plan(world: World, flow: Flow) -> None:
    charges = [
        Charge(name=f"data_{level.lower()}", meter=f"data.{level}", kind="data", per=per,
               tiers=[Tier(price="0.05", up_to=100), Tier(price="0.01")])
        for level, per in (("C1", 10), ("C2", 1))
    ]  # fmt: skip
    billing = Billing(world.pool)
    today = local_day(datetime.now(UTC), "Asia/Shanghai")
    body = PlanBody(title="Data", charges=charges)
    plan = await billing.propose(world.tenant.id, today, body, "lin")
    await billing.decide(world.tenant.id, plan.version, approve=True, who="wu")
    await world.top_up("ann", "50.00")
    assert (await world.meal("t1")).status_code == 200
    detail = DETAIL.replace('"canteen"]', '"diner"]')
    told = await flow.tokens(scope="scene:canteen:things.read", authorization_details=detail)
    assert (await flow.call(told["access_token"], "/v1/canteen/things/meal/t1")).status_code == 200
    assert await meter_receipts(billing, [world.tenant]) == 1
    [row] = await receipts(world)
    assert (row["fields"], row["levels"], row["level"]) == (["diner", "price"], ["C2", "C1"], "C2")
    assert (row["prices"], row["currency"], row["plan"]) == (["0.05", "0.005"], "CNY", 1)
    # The readings say the same, level by level.
    assert await sums(world) == {"data.C1": (1, 1), "data.C2": (1, 1)}
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        [receipt] = await find_receipts(connection, world.tenant.id, party="ann")
    assert tell_receipt(receipt)["served"] == [
        {"field": "diner", "level": "C2", "price": "0.05"},
        {"field": "price", "level": "C1", "price": "0.005"},
    ]
    # An application that pays for itself is told its own prices.
    dear = Charge(name="own", meter="data.C2", kind="data", tiers=[Tier(price="0.70")])
    own = await billing.propose(
        world.tenant.id,
        today,
        PlanBody(title="Own", charges=[dear]),
        "lin",
        payer=flow.partner.app.name,
    )
    await billing.decide(world.tenant.id, own.version, approve=True, who="wu")
    assert (await flow.call(told["access_token"], "/v1/canteen/things/meal/t1")).status_code == 200
    assert await meter_receipts(billing, [world.tenant]) == 1
    assert (await receipts(world))[1]["prices"] == ["0.7", "0"]
    await billing.close()
