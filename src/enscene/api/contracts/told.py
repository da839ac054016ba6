"""Contracts as the API gives them: sums as texts in the contract's currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money
from enscene.shelf import Product, rate_text
from enscene.shelf.contracts import Held
from enscene.shelf.contracts.store import Row

_MINOR = "_minor"


def as_texts(value: Any, currency: str) -> Any:
    """The same with `x_minor` integers as money texts named `x`."""
    if isinstance(value, Mapping):
        return {
            (key.removesuffix(_MINOR) if key.endswith(_MINOR) else key): format_money(
                each, currency
            )
            if key.endswith(_MINOR) and isinstance(each, int)
            else as_texts(each, currency)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [as_texts(each, currency) for each in value]
    return value


def contract_card(held: Held, products: Mapping[str, Product]) -> dict[str, Any]:
    """One line of what a customer holds."""
    product = products.get(held.product)
    return {
        "id": str(held.id),
        "product": held.product,
        "kind": held.kind,
        "names": {lang: told.name for lang, told in product.texts.items()} if product else {},
        "state": held.state,
        "scene": held.scene,
        "customer": held.customer,
        "amount": None if held.amount is None else format_money(held.amount, held.currency),
        "currency": held.currency,
        "about": held.about,
        "opened_at": format_time(held.opened_at),
        "ended_at": None if held.ended_at is None else format_time(held.ended_at),
        "stands": as_texts({k: v for k, v in held.told.items() if k != "plan"}, held.currency),
        "documents": list(product.documents) if product else [],
    }


def closing_told(held: Held) -> dict[str, Any]:
    """What ending it today would mean."""
    closing, currency = held.closing, held.currency
    return {
        "pays": format_money(closing.pays, currency),
        "gets": format_money(closing.gets, currency),
        "loses": [{"what": what, "amount": format_money(minor, currency)}
                  for what, minor in closing.loses],
        "blocked": closing.blocked,
    }  # fmt: skip


def contract_told(
    held: Held, products: Mapping[str, Product], entries: list[Row]
) -> dict[str, Any]:
    """One contract in full: terms, what was verified, the plan, its history."""
    terms = dict(held.terms)
    rates = {name: rate_text(ppm) for name, ppm in terms.pop("rates", {}).items()}
    return {
        **contract_card(held, products),
        "terms": {**as_texts(terms, held.currency), "rates": rates},
        "facts": held.facts,
        "plan": as_texts(held.told.get("plan", []), held.currency),
        "history": [_entry(row, held.currency) for row in entries],
        "closing": closing_told(held) if held.state == "open" else None,
    }


def _entry(row: Row, currency: str) -> dict[str, Any]:
    sums = {
        name: format_money(row[name], currency)
        for name in ("principal", "interest", "penalty", "fee")
        if row[name]
    }
    told = {"n": row["n"], "day": row["day"].isoformat(), "what": row["what"], **sums}
    return told | ({"about": row["about"]} if row["about"] else {})
