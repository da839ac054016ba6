"""A tenant with a scene in its pilot."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.tenants import create_tenant

SCENE = 7


@pytest.fixture
async def tenant(pool: Any) -> int:
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    made = await create_tenant(pool, "bank", "bank", sandbox=True)
    await write(
        pool, made.id, "insert into scene (tenant, id, ref, name, pack, state) "
        "values ($1, 7, 'mall', 'mall', 'smart_canteen', 'pilot')", made.id,
    )  # fmt: skip
    return made.id


async def write(pool: Any, tenant: int, sql: str, *values: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(sql, *values)


async def next_month(pool: Any, tenant: int) -> date:
    async with operations_store.reading(pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
    return (local_day(clock["now"], clock["zone"]).replace(day=1) + timedelta(32)).replace(day=1)


async def figures(pool: Any, tenant: int, month: date, **values: int) -> None:
    """The month is over, and this is what the scene had: names with __ for the dot."""
    last = month.replace(day=monthrange(month.year, month.month)[1])
    await write(
        pool, tenant, "insert into indicator_day (tenant, day, rows) values ($1, $2, 1) "
        "on conflict do nothing", tenant, last,
    )  # fmt: skip
    for name, value in values.items():
        indicator = name.replace("__", ".")
        currency = "CNY" if indicator.startswith("money.") else ""
        await write(
            pool, tenant,
            "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, value) "
            "values ($1, $2, 7, 'month', $3, '', $4, $5) on conflict (tenant, indicator, scene, "
            "grain, day, key, currency) do update set value = excluded.value",
            tenant, indicator, month, currency, value,
        )  # fmt: skip
