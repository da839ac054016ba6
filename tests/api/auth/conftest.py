"""A canteen with a partner that asks its diners."""

from __future__ import annotations

from typing import Any

import pytest

from api.auth.bank import Flow, registered
from enscene.commit import admit


@pytest.fixture
async def flow(world: Any) -> Flow:
    """The flow of a partner in the canteen; `world.number(ref)` is a party's number."""

    async def number(ref: str) -> int:
        async with world.pool.acquire() as connection, connection.transaction():
            await admit(connection, [world.tenant.id])
            return int(await connection.fetchval("select id from party where ref = $1", ref))

    async def sql(statement: str, *arguments: Any) -> list[Any]:
        async with world.pool.acquire() as connection, connection.transaction():
            await admit(connection, [world.tenant.id])
            return list(await connection.fetch(statement, *arguments))

    world.number, world.sql = number, sql
    return Flow(world, await world.partner("wallet_app", **registered()))
