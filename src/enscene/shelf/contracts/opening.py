"""What is to be opened: a product of the shelf, for a customer, at a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import msgspec

from enscene.kernel.errors import Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import Portion
from enscene.shelf.contracts.contract import Contract
from enscene.shelf.interest import MILLION
from enscene.shelf.lives import Opened, new_life
from enscene.shelf.load_shelf import standard_shelf
from enscene.shelf.loan_offer import LoanOffer
from enscene.shelf.product import LENDS, Price, Product

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Opening:
    """`customer` and `scene` are ids (scene 0: the bank's own channel), `amount` minor units.
    `rates` are those agreed, millionths by name; what is missing has the product's default.
    `facts` is what was verified in the scene; `rules` what else was agreed (a premium, a quote).
    """

    product: Product
    customer: int
    amount: int | None
    months: int = 0
    scene: int = 0
    currency: str = "CNY"
    about: str = ""
    rates: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "api"


def agreed_rates(product: Product, rates: Mapping[str, int]) -> dict[str, int]:
    """Every rate of the product: as agreed, or as the shelf says."""
    shelf = {
        name: price.default.num * MILLION // price.default.den
        for name, price in product.price.items()
    }
    return shelf | dict(rates)


def new_contract(tenant: int, opening: Opening, day: date) -> Contract:
    """The contract, its life not begun. Raises: Refused (amount or term out of bounds)."""
    product = opening.product
    amount, months = opening.amount or 0, opening.months
    if product.kind in LENDS and not months:
        months = product.months[-1]
    if opening.amount is not None:
        product.check(amount, months)
    elif product.kind in (*LENDS, "deposit") and not _on_demand(product):
        raise Refused("say how much", code="shelf.no_amount", param="amount")
    rates = agreed_rates(product, opening.rates)
    offer = None
    if product.kind in LENDS and amount:
        offer = _checked_offer(product, amount, months, day, rates)
    rules = {
        "repay": product.repay.value if product.repay else None,
        "count": product.count.value,
        "grace_days": product.grace_days,
        **opening.rules,
    }
    opened = Opened(amount, months, rates, rules, opening.about)
    terms: dict[str, Any] = {
        "version": product.version, "months": months, "rates": rates, "rules": rules,
        "channel": opening.channel, **_documents(product),
    }  # fmt: skip
    if offer is not None:
        terms["annual_cost"] = str(Portion(offer.cost.compound_ppm, MILLION))
        if product.kind == "loan":  # each draw on a line has instalments of its own
            terms["instalment_minor"] = offer.first
    contract = Contract(
        tenant, new_uuid(), opening.scene, product.id, opening.customer, opening.amount,
        opening.currency, opening.about, "open", 1, None, 0,
        _encode(terms).decode(), _encode(dict(opening.facts)).decode(),
    )  # fmt: skip
    contract.life = new_life(product.kind, opened, day)
    return contract


@cache
def terms_of_applied(product: str) -> str:
    """The terms, as JSON, of what a scene opens by itself and whose price is the scene's own."""
    known = standard_shelf().products.get(product)
    return "{}" if known is None else _encode(_documents(known)).decode()


def _documents(product: Product) -> dict[str, Any]:
    """What is signed, and which text of it: it can be told later whether that has changed."""
    versions = standard_shelf().versions_of(product.documents)
    return {"documents": list(product.documents), "document_versions": versions}


def _checked_offer(
    product: Product, amount: int, months: int, day: date, rates: Mapping[str, int]
) -> LoanOffer:
    """What it costs. Whoever has agreed to it: no loan costs more a year, all in, than the policy
    allows."""
    prices: dict[str, Price] = {name: Portion(ppm, MILLION) for name, ppm in rates.items()}
    offer = product.offer(amount, months, day, prices)
    cost, most = Portion(offer.cost.compound_ppm, MILLION), standard_shelf().policy.annual_cost_most
    if cost > most:
        raise Refused(
            "the loan would cost more a year, all in, than the bank's policy allows",
            code="price.over_cap", param="rate", facts={"cost": str(cost), "most": str(most)},
        )  # fmt: skip
    return offer


def _on_demand(product: Product) -> bool:
    return product.kind == "deposit" and not product.months
