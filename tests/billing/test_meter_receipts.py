"""What a customer's consent opened is audited and billed by the same row, once."""

from __future__ import annotations

import asyncio
from typing import Any

from api.auth.bank import Flow
from api.auth.conftest import flow
from api.conftest import World
from enscene.billing import Billing
from enscene.billing.meter_receipts import meter_receipts
from enscene.commit import admit
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
    assert await meter_receipts(billing[0], [world.tenant]) == 0
    # Whoever was killed before they were marked takes them again.
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute("update receipt set metered = false")
    assert await meter_receipts(billing[0], [world.tenant]) == 2
    assert await sums(world) == {"data.C1": (6, 2)}
    for each in billing:
        await each.close()
