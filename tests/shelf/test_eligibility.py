"""A rule says which fact it asks for and which bound it sets; what is not known never holds."""

from __future__ import annotations

import pytest

from enscene.kernel.errors import Invalid
from enscene.shelf.eligibility import Facts, read_rule


@pytest.mark.parametrize(
    ("source", "field", "side", "bound"),
    [
        ("customer.age >= 18", "age", "least", "18"),
        ("customer.overdue_days == 0", "overdue_days", "is", "0"),
        ("customer.monthly_spend >= money('3000.00')", "monthly_spend", "least", "3000.00"),
        ("customer.segment == 'micro'", "segment", "is", "micro"),
        ("customer.age >= 18 && customer.age <= 65", "age", "", ""),
        ("'credit' in customer.consents", "consents", "", ""),
    ],
)
def test_a_rule_is_understood(source: str, field: str, side: str, bound: str) -> None:
    rule = read_rule(source)
    assert (rule.field, rule.side, rule.bound) == (field, side, bound)
    assert rule.reads == (f"customer.{field}",)
    assert rule.holds(Facts({})) is None


def test_what_is_known_decides() -> None:
    rule = read_rule("'credit' in customer.consents")
    assert rule.holds(Facts({"consents": ("credit",)}))
    assert rule.holds(Facts({"consents": ()})) is False


def test_a_rule_asks_for_facts_that_there_are() -> None:
    with pytest.raises(Invalid):
        read_rule("customer.income >= 3")
