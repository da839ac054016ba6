"""Read again what a contract was signed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.kernel.errors import NotFound
from enscene.kernel.money import Portion, half_even
from enscene.shelf.contracts.contracts import Held
from enscene.shelf.documents import Filled, Terms, fill_document
from enscene.shelf.interest import MILLION
from enscene.shelf.load_shelf import standard_shelf
from enscene.shelf.product import USUAL_MONTHS, Product


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """`text` is today's text with what was agreed; `signed` the version of the text that was
    signed, None for a contract from before versions were kept."""

    text: Filled
    signed: str | None

    @property
    def changed(self) -> bool | None:
        """Whether the text is another one since; None where nobody can tell."""
        return None if self.signed is None else self.signed != self.text.version


def read_document(held: Held, name: str, language: str) -> SignedDocument:
    """One document of a contract by name. Raises: NotFound("document.not_found")."""
    shelf = standard_shelf()
    document, product = shelf.documents.get(name), shelf.products.get(held.product)
    if name not in held.terms.get("documents", []) or document is None or product is None:
        raise NotFound("the contract has no such document", code="document.not_found")
    text = fill_document(document, _terms(held, product), language)
    return SignedDocument(text, held.terms.get("document_versions", {}).get(name))


def _terms(held: Held, product: Product) -> Terms:
    terms, rules = held.terms, held.terms.get("rules", {})
    rates = terms.get("rates", {})
    cost = Portion.parse(terms["annual_cost"]) if "annual_cost" in terms else None
    name = held.facts.get("fields", {}).get("name", {}).get("value")
    return Terms(
        product=product,
        customer=str(name or held.customer or ""),
        currency=held.currency,
        amount=held.amount,
        months=_months(held, product),
        rates=rates,
        cost_ppm=None if cost is None else cost.num * MILLION // cost.den,
        instalment=terms.get("instalment_minor"),
        grace_days=rules.get("grace_days"),
        premium=_premium(held, product, rules, rates),
        scene=held.scene_name or "",
        order=held.about,
    )


def _months(held: Held, product: Product) -> int | None:
    """The term; a cover of the bank's own that names none lasts a year, a scene's as it says."""
    if product.kind == "insurance" and "months" in held.terms:
        return held.terms["months"] or USUAL_MONTHS
    return held.terms.get("months")


def _premium(
    held: Held, product: Product, rules: Mapping[str, Any], rates: Mapping[str, int]
) -> int | None:
    """What the cover cost: as agreed, or its share of what is insured; None where a scene has a
    price of its own."""
    agreed: int | None = rules.get("premium_minor")
    if agreed is not None or product.kind != "insurance" or "premium" not in rates:
        return agreed
    return half_even((held.amount or 0) * rates["premium"], MILLION)
