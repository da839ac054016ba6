"""A product of the bank's shelf in standard form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.kernel.errors import Refused
from enscene.kernel.expressions import (
    INT,
    MONEY,
    OPTIONAL,
    RECORD,
    TEXT,
    Environment,
    Expression,
    ExpressionError,
)
from enscene.kernel.money import Portion
from enscene.shelf.annual_cost import AnnualCost, Payment, annual_cost
from enscene.shelf.day_count import DayCount
from enscene.shelf.interest import MILLION
from enscene.shelf.repayment_plan import Method, due_days, plan_repayment

KINDS = (
    "stored_value", "settlement", "collection", "payment", "deposit", "loan", "credit_line",
    "insurance", "wealth", "currency", "benefit", "capability",
)  # fmt: skip
LENDS = ("loan", "credit_line")
ARTICLES = ("technology", "green", "inclusive", "pension", "digital")
CHANNELS = ("h5", "api", "app", "manager", "outlet")
EMBEDS = ("offer_card", "apply_form", "component", "api", "silent")

CUSTOMER = RECORD(
    {
        "kind": OPTIONAL(TEXT),
        "age": OPTIONAL(INT),
        "months_served": OPTIONAL(INT),
        "monthly_spend": OPTIONAL(MONEY),
        "overdue_days": OPTIONAL(INT),
    }
)
"""What a rule of eligibility may ask of a customer. What is not known is absent, and a rule that
asks for it does not hold."""
ENVIRONMENT = Environment({"customer": CUSTOMER})


@dataclass(frozen=True, slots=True)
class Range:
    """A price: what it is, and between what it may be set without an approval."""

    default: Portion
    least: Portion
    most: Portion

    def holds(self, portion: Portion) -> bool:
        return self.least <= portion <= self.most


@dataclass(frozen=True, slots=True)
class Told:
    """What customers read, in one language."""

    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Product:
    """One product. Amounts are minor units of the shelf's currency."""

    id: str
    version: str
    kind: str
    line: str
    serves: tuple[str, ...]
    sectors: tuple[str, ...]
    articles: tuple[str, ...]
    channels: tuple[str, ...]
    embed: tuple[str, ...]
    documents: tuple[str, ...]
    pains: tuple[str, ...]
    eligible: Expression | None
    amount: tuple[int, int] | None
    months: tuple[int, ...]
    price: Mapping[str, Range]
    repay: Method | None
    count: DayCount
    texts: Mapping[str, Told]

    def fits(self, serves: tuple[str, ...], sector: str) -> bool:
        """Whether a scene of this class could offer it."""
        return bool(set(serves) & set(self.serves)) and (not self.sectors or sector in self.sectors)

    def is_for(self, customer: Mapping[str, Any]) -> bool:
        """Whether the customer may have it; what is not known about them speaks against it."""
        if self.eligible is None:
            return True
        try:
            return bool(self.eligible.function(_Customer(customer)))
        except ExpressionError:
            return False

    def check(self, amount: int, months: int) -> None:
        """Raises: Refused, with the bound that is broken."""
        if self.amount is not None and not self.amount[0] <= amount <= self.amount[1]:
            raise Refused(
                "the amount is out of bounds", code="shelf.amount_bounds", param="amount",
                facts={"min_minor": self.amount[0], "max_minor": self.amount[1]},
            )  # fmt: skip
        if self.months and months not in self.months:
            raise Refused(
                "there is no such term", code="shelf.no_such_term", param="months",
                facts={"months": list(self.months)},
            )  # fmt: skip

    def cost(
        self, amount: int, months: int, start: date, rate: Portion | None = None
    ) -> AnnualCost:
        """What a loan costs a year, all fees included, at the default price or another rate."""
        assert self.kind in LENDS
        assert self.repay is not None
        ppm = _ppm(rate or self.price["rate"].default)
        fee = amount * _ppm(self.price["fee"].default) // MILLION if "fee" in self.price else 0
        days = due_days(start, months, self.repay)
        plan = plan_repayment(amount, ppm, start, days, self.repay, self.count)
        payments = [Payment(start, amount - fee)]
        payments += [Payment(planned.due, -planned.total) for planned in plan]
        return annual_cost(payments)


class _Customer:
    """The facts as an expression asks for them."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        return self._facts.get(name)


def _ppm(portion: Portion) -> int:
    return portion.num * MILLION // portion.den
