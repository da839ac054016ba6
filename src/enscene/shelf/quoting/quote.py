"""Every product of the shelf judged for one customer, one scene and one wish, best match first.

Pure and deterministic: the same facts give the same quote. What can be worked out once for a
shelf is worked out once, so that a whole shelf is judged in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, format_money, portion_of
from enscene.shelf.bank import Policy
from enscene.shelf.day_count import months_later
from enscene.shelf.eligibility import Facts, Rule
from enscene.shelf.interest import MILLION, interest_of
from enscene.shelf.loan_offer import LoanOffer
from enscene.shelf.pricing.price_list import NO_PRICES, PriceList
from enscene.shelf.product import LENDS, Price, Product, ppm_of
from enscene.shelf.quoting.reasons import Reason, reason_of_rule

EXAMPLE = 1_000_000
"""What is spoken of when nobody has named an amount: 10,000 yuan, within the product's bounds."""
FIRST_OF_ALL, LAST_OF_ALL = 0, 1_000_000
_KINDS = {"person": "C", "government": "G"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is asked: a scene's class, and what the bank has chosen for it.

    `scene` is its id (0: outside every scene). `mounted` are the products that it offers (None:
    the whole shelf), `declined` those that the bank does not offer there, `order` the places that
    it has given to some.
    """

    serves: tuple[str, ...] = ("G", "B", "C")
    sector: str = ""
    scene: int = 0
    mounted: frozenset[str] | None = None
    declined: frozenset[str] = frozenset()
    order: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the customer is after: minor units, months, and the need (a pain of the shelf)."""

    amount: int | None = None
    months: int | None = None
    need: str | None = None


@dataclass(slots=True)
class Eligible:
    """A product that the customer may have, at its price.

    `loan` is there for what is lent; `figures` are sums in minor units by what they mean:
    `premium` and `cover`, `earns` over the term, `fee`, `charge`. `example` says that the amount
    was chosen here, since the wish names none.
    """

    product: Product
    why: Reason
    prices: Mapping[str, Price]
    amount: int | None
    months: int | None
    loan: LoanOffer | None
    figures: dict[str, int]
    example: bool
    reads: tuple[str, ...]


@dataclass(slots=True)
class Refused:
    """A product that is not offered, and why."""

    product: Product
    reason: Reason


@dataclass(slots=True)
class Quote:
    """Both, each in a fixed order; the first of `eligible` is the best match."""

    eligible: list[Eligible]
    refused: list[Refused]

    @property
    def best(self) -> Eligible | None:
        return self.eligible[0] if self.eligible else None


class Quoter:
    """A shelf made ready to be judged."""

    def __init__(self, products: Iterable[Product], policy: Policy | None = None) -> None:
        rules: dict[Rule, int] = {}
        self._entries = [_Entry(product, rules) for product in products]
        self._rules = list(rules)
        cap = (policy or Policy()).annual_cost_most
        self._most_ppm = cap.num * MILLION // cap.den
        self._fitting: dict[tuple[tuple[str, ...], str], list[bool]] = {}

    def quote(
        self,
        customer: Mapping[str, Any],
        place: Place,
        wish: Wish,
        day: date,
        prices: PriceList = NO_PRICES,
    ) -> Quote:
        """Judge every product on a day of the tenant. `customer` has the facts of
        `enscene.shelf.eligibility`; what is absent speaks against."""
        facts = Facts(customer)
        held = [rule.holds(facts) for rule in self._rules]
        segment, kind = customer.get("segment"), customer.get("kind")
        letter = None if kind is None else _KINDS.get(kind, "B")
        eligible: list[tuple[tuple[Any, ...], Eligible]] = []
        refused: list[Refused] = []
        for entry, fits in zip(self._entries, self._fits(place), strict=True):
            reason = self._against(entry, place, wish, letter, held, fits=fits)
            if reason is None:
                own = prices.of(entry.product.id, segment, place.scene, day)
                offered = entry.prices | own if own else entry.prices
                told = entry.offer(wish, day, offered)
                if told.loan is not None and told.loan.cost.compound_ppm > self._most_ppm:
                    reason = Reason("over_cap", {}, ("price.rate", "price.fee"))
                else:
                    eligible.append((entry.rank(told, place, wish), told))
                    continue
            refused.append(Refused(entry.product, reason))
        eligible.sort(key=lambda ranked: ranked[0])
        return Quote([told for _, told in eligible], refused)

    def _fits(self, place: Place) -> list[bool]:
        key = (place.serves, place.sector)
        known = self._fitting.get(key)
        if known is None:
            known = [entry.product.fits(*key) for entry in self._entries]
            if len(self._fitting) > 1_000:
                self._fitting.clear()
            self._fitting[key] = known
        return known

    def _against(
        self,
        entry: _Entry,
        place: Place,
        wish: Wish,
        letter: str | None,
        held: list[bool | None],
        *,
        fits: bool,
    ) -> Reason | None:
        """What speaks against a product: the scene, then the customer, then the wish."""
        product = entry.product
        mounted = place.mounted is not None and product.id in place.mounted
        # A scene may mount what is made for a trade of its own, such as a shop's wedding variant.
        if not fits and not mounted:
            return Reason("not_in_scene", {}, ("scene.serves", "scene.sector"))
        if product.id in place.declined:
            return Reason("declined", {}, ("scene.choices",))
        if place.mounted is not None and not mounted:
            return Reason("not_mounted", {}, ("scene.products",))
        if letter is None:
            return Reason("unknown_kind", {}, ("customer.kind",))
        if letter not in product.serves:
            return Reason("not_for_kind", {}, ("customer.kind",))
        for index in entry.rules:
            if not held[index]:
                return reason_of_rule(self._rules[index], known=held[index] is not None)
        return entry.against_wish(wish)


class _Entry:
    """One product with what of it never changes."""

    __slots__ = ("bounded", "lends", "prices", "product", "reads", "rules", "specific", "termed")

    def __init__(self, product: Product, rules: dict[Rule, int]) -> None:
        self.product = product
        self.rules = [rules.setdefault(rule, len(rules)) for rule in product.rules]
        self.lends = product.kind in LENDS
        self.bounded = product.amount is not None and product.kind != "insurance"
        self.termed = self.lends or (product.kind == "deposit" and bool(product.months))
        self.prices = product.prices()
        self.specific = len(product.sectors) or 99
        asked = {path for rule in product.rules for path in rule.reads}
        self.reads = tuple(sorted(asked | {"customer.kind", "scene.sector"}))

    def against_wish(self, wish: Wish) -> Reason | None:
        """The amount or the term that the product has not. An insurance is never refused for the
        amount: that is what is bought, not what is covered."""
        product = self.product
        if self.bounded and wish.amount is not None:
            assert product.amount is not None
            least, most = product.amount
            if wish.amount < least:
                return Reason("amount_below", {"least": format_money(least, "CNY")}, _AMOUNT)
            if wish.amount > most:
                return Reason("amount_above", {"most": format_money(most, "CNY")}, _AMOUNT)
        if self.termed and wish.months is not None and wish.months not in product.months:
            months = " / ".join(map(str, product.months))
            return Reason("no_such_term", {"months": months}, ("wish.months",))
        return None

    def offer(self, wish: Wish, day: date, prices: Mapping[str, Price]) -> Eligible:
        """What it would cost or earn."""
        product = self.product
        amount, loan = wish.amount, None
        if product.amount is not None:
            least, most = product.amount
            amount = min(max(EXAMPLE if amount is None else amount, least), most)
        months = None
        if self.termed:
            months = product.usual_months if wish.months is None else wish.months
        figures: dict[str, int] = {}
        if self.lends:
            assert amount is not None
            assert months is not None
            loan = product.offer(amount, months, day, prices)
        elif amount is not None or product.charges:
            figures = _figures(product, amount or 0, months, day, prices)
        why = _why(product, wish)
        return Eligible(
            product, why, prices, amount, months, loan, figures, wish.amount is None, self.reads
        )

    def rank(self, told: Eligible, place: Place, wish: Wish) -> tuple[Any, ...]:
        """What covers the need comes first, then what the bank has put first, then what is made
        for just this trade, then what costs least."""
        product = self.product
        return (
            wish.need is not None and wish.need not in product.pains,
            place.order.get(product.id, LAST_OF_ALL),
            self.specific,
            told.loan.cost.compound_ppm if told.loan else 0,
            product.id,
        )


_AMOUNT = ("wish.amount",)


def _why(product: Product, wish: Wish) -> Reason:
    if wish.need is not None and wish.need in product.pains:
        return Reason("covers_need", {"pain": wish.need}, ("wish.need",))
    if product.pains:
        return Reason("covers", {"pain": product.pains[0]}, ("scene.sector",))
    return Reason("fits_scene", {}, ("scene.sector",))


def _figures(
    product: Product, amount: int, months: int | None, day: date, prices: Mapping[str, Price]
) -> dict[str, int]:
    """Sums of what is not lent."""
    figures: dict[str, int] = {}
    match product.kind:
        case "insurance":
            figures = {"cover": amount, "premium": _share(amount, prices["premium"])}
        case "deposit":
            until = months_later(day, months or 12)
            rate = ppm_of(prices["rate"])
            figures = {"earns": interest_of(amount, rate, day, until, product.count)}
        case "currency":
            figures = {"fee": _share(amount, prices["spread"])}
        case _ if "fee" in prices:
            figures = {"fee": _share(amount, prices["fee"])}
    for name in product.charges:
        figures["charge"] = _sum(prices[name])
    return figures


def _share(amount: int, price: Price) -> int:
    assert isinstance(price, Portion)
    return portion_of(amount, price)


def _sum(price: Price) -> int:
    assert isinstance(price, int)
    return price


def check_wish(wish: Wish, pains: Iterable[str]) -> None:
    """Raises: Invalid."""
    if wish.amount is not None and wish.amount <= 0:
        raise Invalid("an amount is more than nothing", code="shelf.bad_amount", param="amount")
    if wish.months is not None and not 1 <= wish.months <= 480:
        raise Invalid("a term has 1 to 480 months", code="shelf.bad_term", param="months")
    if wish.need is not None and wish.need not in pains:
        raise Invalid("the shelf knows no such need", code="shelf.no_need", param="need")
