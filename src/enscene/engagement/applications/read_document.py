"""Read what an application is to be signed with, filled with its quote."""

from __future__ import annotations

from enscene.engagement.applications.application import Application
from enscene.engagement.applications.quote import find_product, quote_of
from enscene.kernel.errors import NotFound
from enscene.shelf import standard_shelf
from enscene.shelf.documents import Filled, Terms, fill_document
from enscene.shelf.product import USUAL_MONTHS


def read_document(application: Application, name: str, language: str) -> Filled:
    """One document by name. Raises: NotFound("document.not_found")."""
    for document in read_documents(application, language):
        if document.name == name:
            return document
    raise NotFound("the application has no such document", code="document.not_found")


def read_documents(application: Application, language: str) -> list[Filled]:
    """Every document of the quote that the shelf has a text of, in the order they are named."""
    texts, terms = standard_shelf().documents, _terms(application)
    names = quote_of(application.quote).documents
    return [fill_document(texts[name], terms, language) for name in names if name in texts]


def _terms(application: Application) -> Terms:
    quote, product = quote_of(application.quote), find_product(application.product)
    name = application.fields.get("name", {}).get("value")
    return Terms(
        product=product,
        customer=str(name or application.customer_ref),
        currency=application.currency,
        amount=quote.amount,
        months=quote.months or (USUAL_MONTHS if product.kind == "insurance" else None),
        rates=quote.rates,
        cost_ppm=quote.cost_ppm,
        # A line is drawn on as needed: each draw has instalments of its own.
        instalment=quote.instalments[0][1]
        if quote.instalments and product.kind == "loan"
        else None,
        grace_days=product.grace_days,
        premium=quote.premium,
        scene=application.scene_name,
        order=(application.fact or {}).get("key") or "",
    )
