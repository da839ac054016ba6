"""What the bank knows of its customers, and what the rules of a product say to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.kernel.clock import parse_day
from enscene.simulator._expressions import Absent, reading
from enscene.simulator.shelf_book import CURRENCY, ShelfProduct

_ASKS = re.compile(r"customer\.(\w+)")
_BOUND = re.compile(r"customer\.(\w+) (>=|<=|==) (?:money\('[0-9.]+'\)|'?(\w+)'?)")
_SIDES = {">=": "least", "<=": "most", "==": "is"}
UNSURE = object()
"""The bank may know it; the model does not."""


class Unsure(Exception):
    """A rule asks for what the model does not know."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Facts by name; None: the bank does not know it."""

    facts: Mapping[str, Any]

    def get(self, name: str) -> Any:
        """For expressions. Raises: Unsure."""
        value = self.facts.get(name, UNSURE)
        if value is UNSURE:
            raise Unsure(name)
        return value


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """What a rule says: `holds` is None where the model cannot tell, `code` why it does not."""

    field: str
    holds: bool | None
    code: str = ""


def customer_of(profile: Mapping[str, Any], today: date, *, debts: bool) -> Customer:
    """What the bank's profile of a person comes to on a day. Whoever has `debts` may be late with
    them: that the model does not follow."""
    facts: dict[str, Any] = {
        "kind": "person",
        "age": None,
        "segment": profile.get("segment"),
        "risk_level": profile.get("risk_level"),
        "monthly_spend": profile.get("monthly_spend_minor", UNSURE),
        "months_served": UNSURE,
        "overdue_days": UNSURE if debts else 0,
    }
    if "born" in profile:
        facts["age"] = _whole_months(parse_day(profile["born"]), today) // 12
    elif "birth_year" in profile:
        facts["age"] = UNSURE
    if "customer_since" in profile:
        facts["months_served"] = max(0, _whole_months(parse_day(profile["customer_since"]), today))
    if "risk_until" in profile and parse_day(profile["risk_until"]) < today:
        facts["risk_level"] = None
    return Customer(facts)


def _whole_months(since: date, today: date) -> int:
    months = (today.year - since.year) * 12 + today.month - since.month
    return months if today.day >= since.day else months - 1


def judge_rules(product: ShelfProduct, customer: Customer) -> Iterator[RuleSaid]:
    """What each rule says of a customer, in the order of the file."""
    for source in product.eligible:
        name = min(_ASKS.findall(source))
        try:
            ask = reading(source, CURRENCY, "UTC")
            holds: bool | None = bool(ask({"customer": customer}.__getitem__))
            code = _code(source)
        except Absent:
            holds, code = False, f"unknown_{name}"
        except Unsure:
            holds, code = None, ""
        yield RuleSaid(name, holds, code)


def _code(source: str) -> str:
    """The name of the reason when a rule that can be judged does not hold."""
    match = _BOUND.fullmatch(source)
    if match is None:
        return "rule"
    name, sign, bound = match.groups()
    if (name, sign, bound) == ("overdue_days", "==", "0"):
        return "overdue_days_none"
    return f"{name}_{_SIDES[sign]}"


def broken(product: ShelfProduct, customer: Customer) -> tuple[set[str], set[str]]:
    """The facts that speak against a product, and those that may."""
    said = list(judge_rules(product, customer))
    surely = {rule.field for rule in said if rule.holds is False}
    return surely, {rule.field for rule in said if rule.holds is None} - surely
