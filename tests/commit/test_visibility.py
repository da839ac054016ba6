"""Row-level security: nothing without its tenant, and no other tenant's."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from commit.orders import OrderUnit, make_place
from enscene.commit import admit

_INSERT = """
insert into counter (tenant, scene, name, owner, span, value) values ($1, 1, 'c', 1, 'all', 1)"""
TABLES = ("account", "transfer", "hold", "thing", "counter", "event", "idempotency")


async def test_each_sees_its_own_rows_and_nobody_sees_any_without_a_tenant(pool: Any) -> None:
    place = await make_place(pool, tenants=2)
    writer = place.writer()
    steps = (
        ("post", 0, 1, 100), ("hold", 1, 2, 10), ("create", 1), ("count", 1, 1, None),
    )  # fmt: skip
    for tenant in place.tenants:
        await writer.submit(OrderUnit(place, tenant, (steps,), key="k"))
    await writer.close()
    async with pool.acquire() as connection:
        for table in TABLES:
            assert await connection.fetchval(f"select count(*) from {table}") == 0
        for tenant in place.tenants:
            async with connection.transaction():
                await admit(connection, [tenant])
                for table in TABLES:
                    seen = await connection.fetchval(
                        f"select array_agg(distinct tenant) from {table}"
                    )
                    assert seen == [tenant], table
        # The setting ended with its transaction: the next user of the connection sees nothing.
        assert await connection.fetchval("select count(*) from account") == 0


async def test_rows_of_a_tenant_that_is_not_admitted_cannot_be_written(pool: Any) -> None:
    place = await make_place(pool, tenants=2)
    mine, theirs = place.tenants
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await admit(connection, [mine])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(_INSERT, theirs)
        await transaction.rollback()
        async with connection.transaction():
            await admit(connection, [mine])
            touched = await connection.execute(
                "update account set posted = 1 where tenant = $1", theirs
            )
    assert touched == "UPDATE 0"
