"""What a variant says otherwise than its base, and what that means for a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enscene.kernel.money import format_money
from enscene.shelf.interest import rate_text
from enscene.shelf.pricing.price_list import price_text
from enscene.shelf.product import LENDS, Product
from enscene.shelf.quoting.quote import EXAMPLE


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: `what` is a key of the product's form, such as `price.rate`; texts
    as they are written, "" where there is none."""

    what: str
    base: str
    variant: str


def compare_variant(base: Product, variant: Product, day: date) -> list[Difference]:
    """Everything that differs, with the annual cost of the same loan of both at the end."""
    told = [(name, *pair) for name, pair in _pairs(base, variant).items()]
    found = [Difference(*each) for each in told if each[1] != each[2]]
    if base.kind in LENDS:
        costs = [_example(product, day) for product in (base, variant)]
        found.append(Difference("annual_cost", *costs))
    return found


def _pairs(base: Product, variant: Product) -> dict[str, tuple[str, str]]:
    lists = ("sectors", "articles", "documents", "pains", "months")
    pairs = {name: (_list(getattr(base, name)), _list(getattr(variant, name))) for name in lists}
    pairs["eligible"] = (_rules(base), _rules(variant))
    pairs["amount"] = (_bounds(base), _bounds(variant))
    for name in sorted(base.prices().keys() | variant.prices().keys()):
        pairs[f"price.{name}"] = (_price(base, name), _price(variant, name))
    pairs["grace_days"] = (str(base.grace_days), str(variant.grace_days))
    return pairs


def _list(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _rules(product: Product) -> str:
    return " && ".join(rule.expression.source for rule in product.rules)


def _bounds(product: Product) -> str:
    if product.amount is None:
        return ""
    return "–".join(format_money(each, "CNY") for each in product.amount)


def _price(product: Product, name: str) -> str:
    entry = product.price.get(name) or product.charges.get(name)
    if entry is None:
        return ""
    default, least, most = map(price_text, (entry.default, entry.least, entry.most))
    return default if least == most else f"{default} ({least}–{most})"


def _example(product: Product, day: date) -> str:
    """A year's cost of the usual example over the product's usual term."""
    assert product.amount is not None
    amount = min(max(EXAMPLE, product.amount[0]), product.amount[1])
    return rate_text(product.cost(amount, product.usual_months or 12, day).compound_ppm)
