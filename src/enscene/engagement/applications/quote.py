"""What a product would cost this customer: the price, the instalments, the whole cost a year."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from enscene.engagement.applications.store import Connection
from enscene.kernel.errors import Refused
from enscene.kernel.money import Portion, format_money
from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.interest import MILLION
from enscene.shelf.loan_offer import loan_offer
from enscene.shelf.open_product import premium_of
from enscene.shelf.pricing.set_price import read_price_list
from enscene.shelf.product import ppm_of
from enscene.shelf.repayment_plan import due_days, plan_repayment


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Minor units; rates in millionths a year. `instalments` are (day, sum); `cost_ppm` is the
    all-in annual cost by the internal rate of return; `premium` what a cover costs;
    `months_choice`, `least` and `most` what may be chosen, unless amount and term are `fixed` by
    the scene."""

    product: str
    version: str
    kind: str
    amount: int | None
    months: int | None
    rates: dict[str, int]
    fee: int
    instalments: list[tuple[date, int]]
    pays: int
    interest: int
    cost_ppm: int | None
    months_choice: list[int]
    least: int | None
    most: int | None
    documents: list[str]
    fixed: bool = False
    premium: int | None = None

    @property
    def instalment(self) -> int:
        """The largest single payment."""
        return max((total for _, total in self.instalments), default=0)

    @property
    def monthly(self) -> int:
        """The largest payment as a burden of one month; one payment at the end is spread."""
        if len(self.instalments) == 1 and self.months:
            return -(-self.instalment // self.months)
        return self.instalment


def find_product(product: str) -> Product:
    """Raises: Refused("product.not_found")."""
    found = standard_shelf().products.get(product)
    if found is None:
        raise Refused(f"the shelf has no {product[:64]}", code="product.not_found", param="product")
    return found


def lends(product: str) -> bool:
    return find_product(product).kind in LENDS


def within_worth(product: Product, amount: int | None, worth: int | None, currency: str) -> None:
    """What is lent for a thing is no more than the thing is worth; a line is no such loan.

    Raises: Refused("application.above_fact").
    """
    if product.kind == "loan" and amount is not None and worth is not None and amount > worth:
        raise Refused(
            "the amount is above that of what it is for", code="application.above_fact",
            param="amount", facts={"most": format_money(worth, currency)},
        )  # fmt: skip


async def read_prices(
    connection: Connection, tenant: int, product: Product, segment: str | None, scene: int,
    today: date,
) -> dict[str, int]:  # fmt: skip
    """The rates of a product for this customer in this scene today, millionths by name."""
    prices = await read_price_list(connection, tenant, standard_shelf())
    own = prices.of(product.id, segment, scene, today)
    chosen = {name: own.get(name, entry.default) for name, entry in product.price.items()}
    return {name: ppm_of(price) for name, price in chosen.items()}


def make_quote(
    product: Product,
    rates: dict[str, int],
    amount: int | None,
    months: int | None,
    today: date,
    *,
    fixed: bool = False,
) -> Quote:
    """What an amount costs over a term, as of today.

    Raises: Refused (out of bounds, no such term, nothing said of a loan, dearer than the bank
    allows).
    """
    plan: list[tuple[date, int]] = []
    interest, fee, cost = 0, 0, None
    if product.amount is not None and amount is None and product.kind in LENDS:
        raise Refused("say how much", code="application.no_amount", param="amount")
    if product.months and months is None and product.kind in LENDS:
        raise Refused("say for how long", code="application.no_months", param="months")
    if amount is not None:
        product.check(amount, months if months is not None else next(iter(product.months), 0))
    if product.kind in LENDS and amount is not None and months is not None:
        assert product.repay is not None
        days = due_days(today, months, product.repay)
        planned = plan_repayment(amount, rates["rate"], today, days, product.repay, product.count)
        plan = [(item.due, item.total) for item in planned]
        interest = sum(item.interest for item in planned)
        offer = loan_offer(
            amount, months, today, product.repay, product.count, rates["rate"], rates.get("fee", 0)
        )
        fee, cost = offer.fee, offer.cost.compound_ppm
        most = standard_shelf().policy.annual_cost_most
        if cost > ppm_of(most):
            raise Refused("it would cost more a year than the bank allows", code="shelf.over_cap",
                          facts={"most": str(most)})  # fmt: skip
    prices = {name: Portion(ppm, MILLION) for name, ppm in rates.items()}
    return Quote(
        product=product.id,
        version=product.version,
        kind=product.kind,
        amount=amount,
        months=months,
        rates=rates,
        fee=fee,
        instalments=plan,
        pays=sum(total for _, total in plan) + fee,
        interest=interest,
        cost_ppm=cost,
        months_choice=list(product.months),
        least=product.amount[0] if product.amount else None,
        most=product.amount[1] if product.amount else None,
        documents=list(product.documents),
        fixed=fixed,
        premium=premium_of(product, amount, prices),
    )


def quote_of(kept: Any) -> Quote:
    """A quote as it was kept."""
    return msgspec.convert(kept, Quote)
