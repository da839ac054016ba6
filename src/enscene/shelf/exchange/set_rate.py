"""Set the rate at which the bank sells a currency."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Invalid
from enscene.kernel.money import minor_digits
from enscene.shelf.exchange import store

RATE_MOST = Decimal(1_000_000)


def parse_rate(text: str) -> Decimal:
    """How much of one currency a unit of the other costs. Raises: Invalid."""
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 0 < rate <= RATE_MOST or len(text) > 20:
        raise Invalid(f"{text[:20]!r} is no rate", code="exchange.bad_rate", param="rate",
                      hint='write a decimal such as "7.1036"')  # fmt: skip
    return rate


async def set_rate(
    pool: asyncpg.Pool[Any], tenant: int, sell: str, buy: str, rate: str, at: datetime, set_by: str
) -> None:
    """From `at` on. Raises: Invalid (a currency, the rate)."""
    for currency in (sell, buy):
        minor_digits(currency)
    if sell == buy:
        raise Invalid("a currency is sold for another", code="exchange.same", param="buy")
    parse_rate(rate)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await store.insert_rate(connection, tenant, sell, buy, rate, at, set_by)
