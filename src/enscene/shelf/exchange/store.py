"""SQL of exchange rates and quotes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"


async def insert_rate(
    connection: Connection, tenant: int, sell: str, buy: str, rate: str, at: datetime, set_by: str
) -> None:
    """A new rate; the earlier ones stay as history."""
    await connection.execute(
        "insert into exchange_rate values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        tenant, sell, buy, rate, at, set_by,
    )  # fmt: skip


async def read_rate(
    connection: Connection, tenant: int, sell: str, buy: str, now: datetime
) -> str | None:
    """The rate in force."""
    rate: str | None = await connection.fetchval(
        "select rate from exchange_rate where tenant = $1 and sell = $2 and buy = $3 and at <= $4 "
        "order by at desc limit 1",
        tenant, sell, buy, now,
    )  # fmt: skip
    return rate


async def insert_quote(connection: Connection, values: tuple[Any, ...]) -> None:
    """Keep a quote: tenant, id, customer, sell, amount, buy, bought, rate, until."""
    await connection.execute(
        "insert into exchange_quote values ($1, $2, $3, $4, $5, $6, $7, $8, $9)", *values
    )


async def read_quote(
    connection: Connection, tenant: int, quote: UUID, customer: int
) -> asyncpg.Record | None:
    """A customer's own quote."""
    return await connection.fetchrow(
        "select * from exchange_quote where tenant = $1 and id = $2 and customer = $3",
        tenant, quote, customer,
    )  # fmt: skip
