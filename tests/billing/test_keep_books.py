"""Months are closed and days proved without anybody asking; twice is once."""

from __future__ import annotations

import asyncio

from api.conftest import World
from billing.test_api import begin, use
from enscene.billing import Billing, Bookkeeper, list_proofs
from enscene.commit import admit


async def test_a_month_that_has_ended_is_invoiced_and_its_days_are_proved(world: World) -> None:
    month = await begin(world)
    await use(month)
    keeper = Bookkeeper(world.pool)
    assert await keeper.step() == (0, 1)  # the month lasts; yesterday is proved
    assert await keeper.step() == (0, 0)
    await month.end()
    assert await keeper.step() == (1, 1)
    assert await keeper.step() == (0, 0)
    invoice = await month.get(f"/v1/invoices/{month.name}")
    assert (invoice["total"], invoice["state"]) == ("30.76", "issued")
    proofs = await list_proofs(world.pool, world.tenant.id)
    assert [(each.invoices, each.faults) for each in proofs] == [(1, []), (0, [])]
    assert proofs[0].readings > 0
    assert (proofs[0].day - proofs[1].day).days > 20
    await keeper.stop()


async def test_two_processes_close_a_month_once(world: World) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    keepers = [Bookkeeper(world.pool) for _ in range(3)]
    done = await asyncio.gather(*(keeper.step() for keeper in keepers))
    assert sum(proved for _, proved in done) == 1
    billing = Billing(world.pool)
    kept = await billing.invoices(world.tenant.id, before=month.first.date().max, limit=9)
    assert [each.id for each in kept] == [month.name]
    assert await month.proof() == []
    for each in (*keepers, billing):
        await (each.stop() if isinstance(each, Bookkeeper) else each.close())


async def test_a_bill_that_was_changed_is_told(world: World) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    keeper = Bookkeeper(world.pool)
    await keeper.step()
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute(
            "update billing_line set quantity = quantity + 1 where meter is not null"
        )
    await month.move(f"{month.first:%Y}-12-31T12:00:00+08:00" if month.first.month < 12
                     else f"{month.first.year + 1}-02-01T12:00:00+08:00")  # fmt: skip
    await keeper.step()
    newest = (await list_proofs(world.pool, world.tenant.id))[0]
    assert any("billed" in fault for fault in newest.faults)
    await keeper.stop()


async def test_it_works_by_itself_and_ends_when_told(world: World) -> None:
    keeper = Bookkeeper(world.pool, every_s=0.01)
    keeper.start()
    async with asyncio.timeout(20):
        while not await list_proofs(world.pool, world.tenant.id):
            pass
    await keeper.stop()
    kept = await list_proofs(world.pool, world.tenant.id)
    assert len(kept) == 1
