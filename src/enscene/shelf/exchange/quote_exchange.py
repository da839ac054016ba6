"""Quote what a customer gets in another currency; the quote holds for a minute, and once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Invalid, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import half_even, minor_digits
from enscene.shelf.exchange import store
from enscene.shelf.exchange.set_rate import parse_rate
from enscene.shelf.interest import MILLION

HOLDS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ExchangeQuote:
    """`amount` and `bought` in minor units of `sell` and `buy`; `rate` with the margin."""

    id: UUID
    customer: int
    sell: str
    amount: int
    buy: str
    bought: int
    rate: str
    until: datetime


def bought_for(amount: int, sell: str, buy: str, rate: Decimal, margin_ppm: int) -> int:
    """Minor units of `buy` for `amount` of `sell`, half-even. The margin makes it dearer."""
    price = Fraction(rate) * (MILLION + margin_ppm) / MILLION
    scale = Fraction(10) ** (minor_digits(buy) - minor_digits(sell))
    exact = amount * scale / price
    return half_even(exact.numerator, exact.denominator)


async def quote_exchange(
    pool: asyncpg.Pool[Any],
    tenant: int,
    customer: int,
    sell: str,
    amount: int,
    buy: str,
    margin_ppm: int,
    now: datetime,
) -> ExchangeQuote:
    """A quote at the rate in force. Raises: NotFound (no rate), Refused (less than one unit)."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        base = await store.read_rate(connection, tenant, sell, buy, now)
        if base is None:
            raise NotFound(f"there is no rate of {buy} in {sell}", code="exchange.no_rate",
                           param="buy")  # fmt: skip
        bought = bought_for(amount, sell, buy, parse_rate(base), margin_ppm)
        if bought <= 0:
            raise Refused("that buys nothing", code="exchange.too_little", param="amount")
        shown = Fraction(parse_rate(base)) * (MILLION + margin_ppm) / MILLION
        rate = str(round(Decimal(shown.numerator) / Decimal(shown.denominator), 8).normalize())
        quote = ExchangeQuote(new_uuid(), customer, sell, amount, buy, bought, rate, now + HOLDS)
        await store.insert_quote(
            connection,
            (tenant, quote.id, customer, sell, amount, buy, bought, rate, quote.until),
        )
    return quote


async def find_quote(
    pool: asyncpg.Pool[Any], tenant: int, quote: str, customer: int, now: datetime
) -> ExchangeQuote:
    """A customer's quote that still holds. Raises: Invalid, NotFound, Refused (expired)."""
    try:
        identity = UUID(quote)
    except ValueError:
        raise Invalid("that is no quote", code="exchange.bad_quote", param="quote") from None
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        row = await store.read_quote(connection, tenant, identity, customer)
    if row is None:
        raise NotFound("there is no such quote", code="exchange.no_quote", param="quote")
    if now > row["until"]:
        raise Refused("the quote has expired", code="exchange.expired", param="quote",
                      hint="ask for a new one")  # fmt: skip
    return ExchangeQuote(
        row["id"], row["customer"], row["sell"], row["amount"], row["buy"], row["bought"],
        row["rate"], row["until"],
    )  # fmt: skip
