"""Open a product that nothing has to be decided about: a deposit, a policy, a holding, a benefit,
an exchange. What is lent is applied for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from enscene.commit import Answer, Once
from enscene.kernel.errors import Invalid, NotFound, Refused
from enscene.kernel.money import Portion, portion_of
from enscene.shelf.contracts import Contracts, Opening
from enscene.shelf.customer_facts import read_customer_facts
from enscene.shelf.deposit import AtMaturity
from enscene.shelf.exchange import find_quote, quote_exchange
from enscene.shelf.exchange.quote_exchange import ExchangeQuote
from enscene.shelf.interest import MILLION
from enscene.shelf.load_shelf import standard_shelf
from enscene.shelf.pricing.set_price import read_price_list
from enscene.shelf.product import LENDS, Price, Product, ppm_of


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer wants: minor units, months, what becomes of a deposit at its end, the id of
    a quote for foreign currency. `scene`, `about` and `facts` say where it was asked for, and for
    what; `rates` what was quoted and signed, millionths by name, instead of today's."""

    product: str
    amount: int | None = None
    months: int | None = None
    at_maturity: str | None = None
    quote: str | None = None
    about: str = ""
    scene: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    rates: Mapping[str, int] = field(default_factory=dict)


async def open_product(
    pool: asyncpg.Pool[Any],
    contracts: Contracts,
    tenant: int,
    customer: int,
    order: Order,
    *,
    once: Once | None,
    actor: str,
    channel: str = "app",
) -> Answer:
    """Judge and open, at the customer's price. Raises: NotFound (no such product), Invalid,
    Refused (it has to be applied for, or the customer may not have it)."""
    product = contracts.products.get(order.product)
    if product is None:
        raise NotFound("the shelf has no such product", code="shelf.no_product", param="product")
    if product.kind in LENDS:
        raise Refused("credit is applied for", code="contract.apply_first", param="product",
                      hint="POST /v1/{scene}/applications")  # fmt: skip
    facts = await read_customer_facts(pool, tenant, customer)
    _judge(product, facts)
    prices = await _prices(pool, contracts, tenant, product, facts, order.scene)
    prices |= {
        name: Portion(ppm, MILLION)
        for name, ppm in order.rates.items()
        if isinstance(prices.get(name), Portion)
    }
    rules, amount = _rules(product, order, prices)
    currency = "CNY"
    if product.kind == "currency":
        now = await contracts.now(tenant)
        if order.quote is None:
            raise Invalid("an exchange needs a quote", code="shelf.no_quote", param="quote")
        quote = await find_quote(pool, tenant, order.quote, customer, now)
        rules |= {"bought_minor": quote.bought, "bought_currency": quote.buy, "rate": quote.rate}
        amount, currency = quote.amount, quote.sell
        # A quote is used once, whatever key it comes with.
        once = Once.of("exchange", str(quote.id), request=b"")
    opening = Opening(
        product, customer, amount, months=order.months or product.usual_months or 0,
        scene=order.scene, currency=currency, about=order.about, rates=_rates(prices),
        rules=rules, facts=order.facts, channel=channel,
    )  # fmt: skip
    return await contracts.open(tenant, opening, once=once, actor=actor)


async def quote_currency(
    pool: asyncpg.Pool[Any],
    contracts: Contracts,
    tenant: int,
    customer: int,
    product: str,
    sell: str,
    amount: int,
    buy: str,
) -> ExchangeQuote:
    """What a customer gets for `amount`, for a minute. Raises: NotFound, Refused."""
    found = contracts.products.get(product)
    if found is None or found.kind != "currency":
        raise NotFound("the shelf has no such product", code="shelf.no_product", param="product")
    found.check(amount, 0)
    facts = await read_customer_facts(pool, tenant, customer)
    _judge(found, facts)
    prices = await _prices(pool, contracts, tenant, found, facts)
    margin = ppm_of(prices["spread"]) if "spread" in prices else 0
    now = await contracts.now(tenant)
    return await quote_exchange(pool, tenant, customer, sell, amount, buy, margin, now)


def _judge(product: Product, facts: Mapping[str, Any]) -> None:
    if broken := product.broken_for(facts):
        raise Refused(
            "the customer may not have this product", code="shelf.not_eligible", param="product",
            facts={"rules": broken},
        )  # fmt: skip


async def _prices(
    pool: asyncpg.Pool[Any],
    contracts: Contracts,
    tenant: int,
    product: Product,
    facts: Mapping[str, Any],
    scene: int = 0,
) -> dict[str, Price]:
    """The shelf's, or what is set for the customer's segment and the scene today."""
    today = await contracts.today(tenant)
    prices = await read_price_list(pool, tenant, standard_shelf())
    return product.prices() | prices.of(product.id, facts.get("segment"), scene, today)


def _rates(prices: Mapping[str, Price]) -> dict[str, int]:
    return {name: ppm_of(price) for name, price in prices.items() if isinstance(price, Portion)}


def _rules(
    product: Product, order: Order, prices: Mapping[str, Price]
) -> tuple[dict[str, Any], int | None]:
    """What else is agreed, and the amount."""
    rules: dict[str, Any] = {}
    fixed = [price for price in prices.values() if not isinstance(price, Portion)]
    if product.kind in ("benefit", "capability") and fixed:
        rules["price_minor"] = int(fixed[0])
    premium = premium_of(product, order.amount, prices)
    if premium is not None:
        rules["premium_minor"] = premium
    if order.at_maturity is not None:
        if order.at_maturity not in set(AtMaturity):
            raise Invalid("that cannot become of a deposit", code="contract.at_maturity",
                          param="at_maturity", hint=" | ".join(AtMaturity))  # fmt: skip
        rules["at_maturity"] = order.at_maturity
    return rules, order.amount


def premium_of(product: Product, amount: int | None, prices: Mapping[str, Price]) -> int | None:
    """What a cover of `amount` costs, minor units; None for what is no cover."""
    premium = prices.get("premium")
    if product.kind != "insurance" or not isinstance(premium, Portion):
        return None
    return portion_of(amount or 0, premium)


__all__ = ["Order", "open_product", "premium_of", "quote_currency"]
