"""An application as it is told to programs: money as decimal strings, both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from enscene.engagement.applications.application import Application
from enscene.engagement.applications.needed_fields import missing_fields
from enscene.engagement.applications.quote import find_product, quote_of
from enscene.engagement.applications.reasons import tell_reasons
from enscene.engagement.applications.second_factor import needs_code
from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money

MONEY_FIELDS = ("amount", "income")


def tell_application(application: Application) -> dict[str, Any]:
    """All that the customer, and who acts for it, may know."""
    product = find_product(application.product)
    fact = application.fact
    return {
        "id": application.ref,
        "scene": application.scene_ref,
        "customer": application.customer_ref,
        "product": application.product,
        "product_name": {lang: told.name for lang, told in product.texts.items()},
        "state": application.state,
        "amount": _money(application.amount, application.currency),
        "months": application.months,
        "currency": application.currency,
        "offer": None if application.offer is None else str(application.offer),
        "fact": None if fact is None else _fact(fact, application.currency),
        "fields": {
            name: {"value": _value(name, field["value"], application.currency),
                   "from": field["from"]}
            for name, field in application.fields.items()
        },
        "missing": missing_fields(application.quote["kind"], application.fields),
        "quote": tell_quote(application),
        "needs_code": needs_code(application.quote["kind"]),
        "data": application.data,
        "reasons": tell_reasons(application.reasons, application.currency),
        "decision": None if application.decision is None else str(application.decision),
        "contract": application.contract,
        "staff": application.staff is not None,
        "began_in": application.began_in,
        "ended_in": application.ended_in,
        "asked_twice": application.asked_twice,
        "begun_at": format_time(application.begun_at),
        "answered_at": _time(application.answered_at),
        "ended_at": _time(application.ended_at),
        "expires_at": format_time(application.expires_at),
    }  # fmt: skip


def tell_quote(application: Application) -> dict[str, Any]:
    """The price as the customer sees it."""
    quote, currency = quote_of(application.quote), application.currency
    return {
        "kind": quote.kind,
        "rates": {name: percent(ppm) for name, ppm in quote.rates.items()},
        "annual_cost": None if quote.cost_ppm is None else percent(quote.cost_ppm),
        "fee": format_money(quote.fee, currency),
        "premium": _money(quote.premium, currency),
        "interest": format_money(quote.interest, currency),
        "pays": format_money(quote.pays, currency),
        "instalments": [
            {"due": day.isoformat(), "amount": format_money(total, currency)}
            for day, total in quote.instalments
        ],
        "fixed": quote.fixed,
        "months_choice": quote.months_choice,
        "least": _money(quote.least, currency),
        "most": _money(quote.most, currency),
        "documents": quote.documents,
    }


def percent(ppm: int) -> str:
    """Millionths as people read them: 72000 is "7.20%"."""
    return f"{ppm / 10_000:.2f}%"


def _fact(fact: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {
        "thing": fact["thing"],
        "key": fact["key"],
        "state": fact["state"],
        "worth": _money(fact["worth"], currency),
        "fields": {k: str(v) for k, v in fact["fields"].items()},
        "verified_at": fact["verified_at"],
    }


def _value(name: str, value: Any, currency: str) -> Any:
    if name in MONEY_FIELDS and isinstance(value, int):
        return format_money(value, currency)
    return value


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_money(minor, currency)


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_time(at)
