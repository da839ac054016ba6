"""What an application needs to know; each is asked only when nobody knows it yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money
from enscene.shelf import LENDS

BY_KIND: Mapping[str, tuple[str, ...]] = dict.fromkeys(LENDS, ("born", "income"))
"""born: a day, of which the age is made; income: of a month, before tax, minor units."""
INCOME_MOST = 100_000_000
SAID = ("customer", "earlier")
"""Sources that are the customer's own word: said now, or in an earlier application."""


def needed_fields(kind: str) -> tuple[str, ...]:
    """What a product of this kind needs beyond what the scene says."""
    return BY_KIND.get(kind, ())


def missing_fields(kind: str, known: Mapping[str, Any]) -> list[str]:
    """What nobody knows yet."""
    return [name for name in needed_fields(kind) if name not in known]


def read_field(name: str, text: Any, currency: str) -> Any:
    """What the customer has said. Raises: Invalid."""
    if name == "income":
        income = parse_money(text, currency, param="fields.income")
        if not 0 <= income <= INCOME_MOST:
            raise Invalid(
                "an income of a month is 0 to 1,000,000",
                code="application.bad_income",
                param="fields.income",
            )
        return income
    if name == "born":
        day = parse_day(text, param="fields.born")
        if not 1900 <= day.year <= 2100:
            raise Invalid("nobody is born then", code="clock.bad_day", param="fields.born")
        return day.isoformat()
    raise Invalid(
        f"the application has no field {name[:40]}", code="invalid.unknown_field", param="fields"
    )
