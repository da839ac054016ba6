"""The score of a tenant follows what it does, and no part goes below nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Invalid
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.figures import read_adoption, read_figures, set_renewal
from enscene.tenants.plans import plan_step
from enscene.work.tickets import open_ticket


async def sql(pool: Any, tenant: Tenant, statement: str, *values: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        await connection.execute(statement, tenant.id, *values)


async def adoption(pool: Any, tenant: Tenant) -> Any:
    (found,) = await read_adoption(pool, await read_figures(pool, [tenant]))
    return found


async def test_days_with_calls_count_up_to_a_working_month(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    assert (await adoption(pool, tenant)).parts == {"use": 0, "live": 0, "sound": 20, "served": 20}
    add = (
        "insert into tenant_call_day (tenant, day, calls, errors) select $1, "
        "(clock_timestamp() at time zone 'Asia/Shanghai')::date - n, 9, 0 "
        "from generate_series($2::int, $3::int) n"
    )
    await sql(pool, tenant, add, 1, 11)
    assert (await adoption(pool, tenant)).parts["use"] == 20
    await sql(pool, tenant, add, 12, 60)  # those of long ago count for nothing
    assert (await adoption(pool, tenant)).parts["use"] == 40


async def test_late_tickets_and_overdue_steps_cost_points(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    for n in range(3):
        await open_ticket(
            pool, tenant.id, kind="fault", title=f"fault {n}", text="it fails", who="li@bank"
        )
    assert (await adoption(pool, tenant)).parts["served"] == 20
    await sql(
        pool, tenant,
        "update ticket set answer_due = now() - interval '1 hour' where tenant = $1 and number = 1",
    )  # fmt: skip
    assert (await adoption(pool, tenant)).parts["served"] == 10
    await plan_step(pool, tenant.id, "care", "visit", datetime.now(UTC).date() - timedelta(days=9))
    assert (await adoption(pool, tenant)).parts["served"] == 5
    await sql(
        pool, tenant, "update ticket set answer_due = now() - interval '1 hour' where tenant = $1"
    )
    found = await adoption(pool, tenant)
    assert found.parts["served"] == 0
    # A tenant of today cannot have used it for a month: nobody has to call.
    assert (found.score, found.young, found.low) == (20, True, False)
    await sql(
        pool, tenant,
        "update tenant set created_at = created_at - interval '40 days' where id = $1",
    )  # fmt: skip
    found = await adoption(pool, tenant)
    assert (found.score, found.young, found.low) == (20, False, True)


async def test_a_renewal_is_kept_and_forgotten(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    await set_renewal(pool, tenant.id, date(2027, 6, 30))
    assert (await adoption(pool, tenant)).renews == date(2027, 6, 30)
    await set_renewal(pool, tenant.id, None)
    assert (await adoption(pool, tenant)).renews is None
    with pytest.raises(Invalid):
        await set_renewal(pool, tenant.id, date(1900, 1, 1))
