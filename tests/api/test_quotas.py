"""Calls over HTTP: let in up to the limit of the day, then told whose it is and when it ends."""

from __future__ import annotations

from enscene.tenants.figures import read_figures
from enscene.tenants.quotas import set_quota


async def test_the_call_after_the_last_one_is_refused(world):
    await set_quota(world.pool, world.tenant.id, "calls_day", 2, "test")
    await world.top_up("ann", "50.00")
    assert (await world.h5.get("/v1/canteen/things/none")).status_code == 404
    answer = await world.meal("t1")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (429, "quota.exceeded")
    facts = problem["facts"]
    assert (facts["limit"], facts["used"], facts["whose"], facts["level"]) == (2, 2, "bank", "bank")
    assert int(answer.headers["retry-after"]) == facts["retry_after_s"] >= 1
    await world.gateway.close()
    (figures,) = await read_figures(world.pool, [world.tenant])
    assert (figures.calls, figures.errors) == (2, 1)
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('enscene.tenants', '{1}', true)")
        assert (
            await connection.fetchval("select count(*) from event where action = 'pay_by_code'")
            == 0
        )


async def test_applications_of_a_closed_tenant_are_refused(world):
    await world.top_up("ann", "1.00")
    await world.pool.execute("update tenant set state = 'closed', closed_at = now()")
    await world.gateway._gate.flush()
    answer = await world.h5.act("canteen", "top_up", {"amount": "1.00"}, party="ann")
    assert (answer.status_code, answer.json()["code"]) == (403, "tenant.closed")
