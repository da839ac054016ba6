"""Fill a document with what was quoted or agreed: pure, the same terms give the same text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from enscene.kernel.money import format_money
from enscene.shelf.documents.document import BLANK, Document, blanks_of
from enscene.shelf.product import LENDS, Product

_RATES = ("rate", "fee", "early_fee", "penalty", "spread", "withdrawal")
_UNITS = {"months": ("个月", "month"), "grace_days": ("天", "day")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What goes into the blanks. Sums are minor units; `rates` and `cost_ppm` millionths;
    `instalment` is the first; what is None or empty does not apply."""

    product: Product
    customer: str
    currency: str = "CNY"
    amount: int | None = None
    months: int | None = None
    rates: Mapping[str, int] = field(default_factory=dict)
    cost_ppm: int | None = None
    instalment: int | None = None
    grace_days: int | None = None
    premium: int | None = None
    scene: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A document as its customer reads it. `version` is that of the text before it was filled."""

    name: str
    title: str
    clauses: tuple[str, ...]
    language: str
    version: str


def fill_document(document: Document, terms: Terms, language: str) -> Filled:
    """The text for these terms. A clause with a blank that does not apply is left out."""
    values = _values(terms, language)
    clauses = tuple(
        BLANK.sub(lambda blank: values[blank[1]], text)
        for text in (clause[language] for clause in document.clauses)
        if all(name in values for name in blanks_of(text) or ())
    )
    return Filled(document.name, document.titles[language], clauses, language, document.version)


def _values(terms: Terms, language: str) -> dict[str, str]:
    """What is known, as people read it."""
    product, currency = terms.product, terms.currency
    sums = {"amount": terms.amount, "instalment": terms.instalment, "premium": terms.premium}
    for name in ("month", "call"):
        if name in product.charges:
            sums[f"{name}_price"] = product.charges[name].default
    shares: dict[str, int | None] = {
        name: terms.rates.get(name) for name in _RATES if name in product.price
    }
    shares["annual_cost"] = terms.cost_ppm
    spans = {
        "months": terms.months or None,
        "grace_days": terms.grace_days if product.kind in LENDS else None,
    }
    names = {
        "customer": terms.customer, "product": product.texts[language].name,
        "scene": terms.scene, "order": terms.order,
        "risk_level": str(product.risk_level or ""),
    }  # fmt: skip
    return {
        **{name: text for name, text in names.items() if text},
        **{name: _money(n, currency, language) for name, n in sums.items() if n is not None},
        **{name: percent(ppm) for name, ppm in shares.items() if ppm is not None},
        **{name: _many(n, _UNITS[name], language) for name, n in spans.items() if n is not None},
    }


def percent(ppm: int) -> str:
    """Millionths with the two digits that prices have on every page: 72000 is "7.20%"; none at
    all is plainly "0%"."""
    return f"{ppm / 10_000:.2f}%" if ppm else "0%"


def _money(minor: int, currency: str, language: str) -> str:
    """A sum with its currency: `3,600.00 元`, `CNY 3,600.00`."""
    whole, dot, rest = format_money(minor, currency).partition(".")
    text = f"{int(whole):,}{dot}{rest}"
    return f"{text} 元" if (currency, language) == ("CNY", "zh") else f"{currency} {text}"


def _many(count: int, unit: tuple[str, str], language: str) -> str:
    """A span with its unit: `12 个月`, `1 month`."""
    zh, en = unit
    return f"{count} {zh}" if language == "zh" else f"{count} {en}{'' if count == 1 else 's'}"
