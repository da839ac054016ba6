"""The shelf as the API tells it: money as texts, names in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.kernel.money import format_money
from enscene.operations import Article, Coverage, GapReport
from enscene.shelf import Product, Shelf, rate_text
from enscene.shelf.bank import BankWords
from enscene.shelf.bundle import Bundle
from enscene.shelf.choose_products import Choice
from enscene.shelf.compare_variant import Difference
from enscene.shelf.loan_offer import LoanOffer
from enscene.shelf.pricing import price_text
from enscene.shelf.product import Charge, Price, Range, Told
from enscene.shelf.quoting import Eligible, Quote, Reason, Refused

Json = dict[str, Any]
CURRENCY = "CNY"


def both(texts: Mapping[str, Told], part: str) -> Json:
    """A text in both languages."""
    return {language: getattr(texts[language], part) for language in ("zh", "en")}


def word(words: BankWords, what: str, name: str) -> Json:
    """A word of the bank with its name."""
    told = {language: words.called(what, name, language) for language in ("zh", "en")}
    return {"name": name, **told}


def product_card(product: Product, words: BankWords) -> Json:
    """A product in a list."""
    return {
        "product": product.id, "base": product.base, "version": product.version,
        "kind": product.kind, "line": word(words, "lines", product.line),
        "name": both(product.texts, "name"), "says": both(product.texts, "says"),
        "serves": product.serves, "sectors": product.sectors, "articles": product.articles,
        "channels": product.channels, "embed": product.embed,
        "pains": [word(words, "pains", pain) for pain in product.pains],
        "amount": _bounds(product), "months": product.months,
        "prices": prices_told(product.prices()),
    }  # fmt: skip


def product_told(product: Product, shelf: Shelf, now: Mapping[str, Price]) -> Json:
    """One product whole. `now` are the prices that hold today where they differ."""
    words = shelf.words
    entries: dict[str, Range | Charge] = {**product.price, **product.charges}
    limits = {
        name: {
            "default": price_text(entry.default), "min": price_text(entry.least),
            "max": price_text(entry.most),
        }
        for name, entry in entries.items()
    }  # fmt: skip
    return product_card(product, words) | {
        "limits": limits,
        "prices_today": prices_told(product.prices() | dict(now)),
        "eligible": [rule.expression.source for rule in product.rules],
        "data": sorted({path for rule in product.rules for path in rule.reads}),
        "documents": [word(words, "documents", name) for name in product.documents],
        "repay": product.repay.value if product.repay else None,
        "count": product.count.value,
        "grace_days": product.grace_days,
        "risk_level": product.risk_level,
        "annual_cost_most": str(shelf.policy.annual_cost_most),
        "variants": [variant.id for variant in shelf.variants(product.id)],
    }


def differences_told(differences: list[Difference]) -> list[Json]:
    """What a variant says otherwise."""
    return [{"what": d.what, "base": d.base, "variant": d.variant} for d in differences]


def prices_told(prices: Mapping[str, Price]) -> Json:
    """Prices as they are written."""
    return {name: price_text(price) for name, price in prices.items()}


def _bounds(product: Product) -> Json | None:
    if product.amount is None:
        return None
    least, most = (format_money(each, CURRENCY) for each in product.amount)
    return {"min": least, "max": most}


def quote_told(quote: Quote, words: BankWords, *, personal: bool) -> Json:
    """What fits and what does not. Without `personal` nothing is said of the customer's own data
    but that a condition is not met."""
    best = quote.best
    return {
        "best": best.product.id if best else None,
        "eligible": [_eligible(each, words) for each in quote.eligible],
        "refused": [_refused(each, words, personal=personal) for each in quote.refused],
    }


def _eligible(each: Eligible, words: BankWords) -> Json:
    product = each.product
    told: Json = {
        "product": product.id, "version": product.version, "kind": product.kind,
        "name": both(product.texts, "name"), "says": both(product.texts, "says"),
        "why": reason_told(each.why, words), "prices": prices_told(each.prices),
        "amount": _money(each.amount), "months": each.months, "example": each.example,
        "figures": {name: _money(minor) for name, minor in each.figures.items()},
        "documents": [word(words, "documents", name) for name in product.documents],
        "channels": product.channels, "embed": product.embed, "data": each.reads,
    }  # fmt: skip
    if each.loan is not None:
        told["loan"] = loan_told(each.loan)
    return told


def loan_told(loan: LoanOffer) -> Json:
    """The instalments and what the loan costs a year, all in, by the internal rate of return."""
    return {
        "first": _money(loan.first), "last": _money(loan.last), "interest": _money(loan.interest),
        "fee": _money(loan.fee), "annual_cost": rate_text(loan.cost.compound_ppm),
        "annual_cost_simple": rate_text(loan.cost.simple_ppm),
    }  # fmt: skip


def _refused(each: Refused, words: BankWords, *, personal: bool) -> Json:
    reason = each.reason
    if not personal and any(path.startswith("customer.") for path in reason.reads):
        reason = Reason("rule")
    return {
        "product": each.product.id, "name": both(each.product.texts, "name"),
        "why": reason_told(reason, words), "data": reason.reads,
    }  # fmt: skip


def reason_told(reason: Reason, words: BankWords) -> Json:
    """A reason with its stable code."""
    return {
        "code": reason.code, "zh": reason.told("zh", words), "en": reason.told("en", words),
    }  # fmt: skip


def _money(minor: int | None) -> str | None:
    return None if minor is None else format_money(minor, CURRENCY)


def bundle_told(bundle: Bundle, words: BankWords) -> Json:
    """A need, the products over lines, what they cover, what is left."""
    covered = {
        pain: [product.id for product in products] for pain, products in bundle.covered.items()
    }
    return {
        "bundle": bundle.id, "version": bundle.version, "name": both(bundle.texts, "name"),
        "says": both(bundle.texts, "says"), "serves": bundle.serves, "sectors": bundle.sectors,
        "products": [product.id for product in bundle.products],
        "lines": [word(words, "lines", line) for line in bundle.lines],
        "pains": [
            word(words, "pains", pain) | {"covered_by": covered.get(pain, [])}
            for pain in bundle.pains
        ],
        "left": bundle.left,
    }  # fmt: skip


def coverage_told(coverage: list[Coverage]) -> list[Json]:
    """What each scene covers of a need today."""
    return [
        {"scene": each.scene.ref, "covered": each.covered, "left": each.left} for each in coverage
    ]


def gaps_told(report: GapReport) -> Json:
    """The matrix as a list of its cells."""
    return {
        "scenes": [
            {"scene": s.ref, "name": s.name, "state": s.state, "sector": s.sector,
             "serves": s.serves}
            for s in report.scenes
        ],
        "products": report.products,
        "counts": report.counts,
        "pairs": [
            {"scene": p.scene, "product": p.product, "status": p.status, "reason": p.reason,
             "by": p.by, "could": p.could, "opened": p.opened}
            for p in report.pairs
        ],
    }  # fmt: skip


def article_told(article: Article) -> Json:
    """One of the five."""
    return {
        "article": article.name, "products": article.products, "scenes": article.scenes,
        "opened": article.opened, "running": article.running, "amount": _money(article.minor),
    }  # fmt: skip


def choice_told(choice: Choice, *, due: bool) -> Json:
    """The last word on a product; `due` says that it should be looked at again."""
    return {
        "product": choice.product, "scene": choice.scene_ref, "stance": choice.stance,
        "place": choice.place, "reason": choice.reason, "chosen_by": choice.chosen_by,
        "chosen_at": choice.chosen_at.isoformat(), "review_due": due,
    }  # fmt: skip
