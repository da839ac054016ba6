"""A product of the bank's shelf in standard form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from enscene.kernel.errors import Refused
from enscene.kernel.money import Portion
from enscene.shelf.annual_cost import AnnualCost
from enscene.shelf.day_count import DayCount
from enscene.shelf.eligibility import Facts, Rule
from enscene.shelf.interest import MILLION
from enscene.shelf.loan_offer import LoanOffer, loan_offer
from enscene.shelf.repayment_plan import Method

KINDS = (
    "stored_value", "settlement", "collection", "payment", "deposit", "loan", "credit_line",
    "insurance", "wealth", "currency", "benefit", "capability",
)  # fmt: skip
LENDS = ("loan", "credit_line")
KEEPS = (*LENDS, "deposit", "wealth", "currency")
"""Kinds by which the bank lends or keeps a customer's money: no scene opens one by itself."""
ARTICLES = ("technology", "green", "inclusive", "pension", "digital")
CHANNELS = ("h5", "api", "app", "manager", "outlet")
EMBEDS = ("offer_card", "apply_form", "component", "api", "silent")
USUAL_MONTHS = 12
"""The term that is spoken of when nobody has named one: the nearest to a year."""

Price: TypeAlias = "Portion | int"
"""A rate or a share of an amount; or a sum, in minor units."""


@dataclass(frozen=True, slots=True)
class Range:
    """A price: what it is, and between what it may be set without an approval."""

    default: Portion
    least: Portion
    most: Portion

    def holds(self, portion: Portion) -> bool:
        return self.least <= portion <= self.most


@dataclass(frozen=True, slots=True)
class Charge:
    """The same for a sum of money, in minor units: of a call, a month, a piece."""

    default: int
    least: int
    most: int

    def holds(self, minor: int) -> bool:
        return self.least <= minor <= self.most


@dataclass(frozen=True, slots=True)
class Told:
    """What customers read, in one language."""

    name: str
    says: str


SECURITIES = frozenset({"pledge_agreement", "mortgage_agreement"})
"""Documents by which what is bought secures what was lent for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One product. Amounts are minor units of the shelf's currency; `base` is the product whose
    variant it is; `risk_level` that of a wealth product, 1 to 5; `grace_days` how long a loan's
    instalment may be late before the penalty begins."""

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
    rules: tuple[Rule, ...]
    amount: tuple[int, int] | None
    months: tuple[int, ...]
    price: Mapping[str, Range]
    charges: Mapping[str, Charge]
    repay: Method | None
    count: DayCount
    grace_days: int
    risk_level: int | None
    texts: Mapping[str, Told]
    base: str | None = None

    def fits(self, serves: tuple[str, ...], sector: str) -> bool:
        """Whether a scene of this class could offer it."""
        return bool(set(serves) & set(self.serves)) and (not self.sectors or sector in self.sectors)

    def is_for(self, customer: Mapping[str, Any]) -> bool:
        """Whether the customer may have it; what is not known about them speaks against it."""
        return not self.broken_for(customer)

    def broken_for(self, customer: Mapping[str, Any]) -> list[str]:
        """The facts of the customer that speak against it, by name: `age`, `risk_level`."""
        facts = Facts(customer)
        broken = {rule.field for rule in self.rules if not rule.holds(facts)}
        if not self.suits(customer):
            broken.add("risk_level")
        return sorted(broken)

    def suits(self, customer: Mapping[str, Any]) -> bool:
        """Whether its risk is one that the customer was found to be able to bear."""
        return self.risk_level is None or (customer.get("risk_level") or 0) >= self.risk_level

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

    @property
    def secured(self) -> bool:
        """Whether what it is lent for stands behind it."""
        return not SECURITIES.isdisjoint(self.documents)

    @property
    def usual_months(self) -> int | None:
        """The term nearest to a year, the shorter of two; None for what has no term."""
        if not self.months:
            return None
        return min(self.months, key=lambda months: (abs(months - USUAL_MONTHS), months))

    def prices(self) -> dict[str, Price]:
        """What everything costs unless a scene or a segment has another price."""
        told: dict[str, Price] = {name: entry.default for name, entry in self.price.items()}
        return told | {name: entry.default for name, entry in self.charges.items()}

    def offer(
        self, amount: int, months: int, start: date, prices: Mapping[str, Price] | None = None
    ) -> LoanOffer:
        """The instalments of a loan, at the shelf's prices where no others are given."""
        assert self.kind in LENDS
        assert self.repay is not None
        prices = prices or {}
        rate, fee = (
            ppm_of(prices.get(name, self.price[name].default)) if name in self.price else 0
            for name in ("rate", "fee")
        )
        return loan_offer(amount, months, start, self.repay, self.count, rate, fee)

    def cost(
        self, amount: int, months: int, start: date, rate: Portion | None = None
    ) -> AnnualCost:
        """What a loan costs a year, all fees included, at the default price or another rate."""
        return self.offer(amount, months, start, {"rate": rate} if rate else None).cost


def ppm_of(price: Price) -> int:
    """A portion in whole millionths."""
    assert isinstance(price, Portion)
    return price.num * MILLION // price.den
