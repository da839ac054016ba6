"""A variant is compared with its base: what differs, and what the same loan costs of both."""

from __future__ import annotations

from datetime import date

from enscene.shelf import standard_shelf
from enscene.shelf.compare_variant import compare_variant

DAY = date(2026, 11, 22)
PRODUCTS = standard_shelf().products


def test_what_differs_is_told_and_what_does_not_is_left_out() -> None:
    base, variant = PRODUCTS["instalment"], PRODUCTS["instalment_renting"]
    told = {each.what: (each.base, each.variant) for each in compare_variant(base, variant, DAY)}
    assert told["months"] == ("3, 6, 12, 24", "3, 6, 12")
    assert told["price.rate"] == ("7.2% (3.6%–15.4%)", "5.4% (3.6%–9%)")
    assert told["annual_cost"] == ("7.47%", "5.56%")
    assert "price.penalty" not in told
    assert "documents" not in told


def test_what_lends_nothing_has_no_cost_to_compare() -> None:
    base, variant = PRODUCTS["merchant_settlement"], PRODUCTS["merchant_settlement_micro"]
    told = {each.what: each.variant for each in compare_variant(base, variant, DAY)}
    assert told["eligible"] == "customer.segment == 'micro'"
    assert "annual_cost" not in told


def test_a_product_compared_with_itself_differs_in_nothing() -> None:
    coupon = PRODUCTS["coupon"]
    assert compare_variant(coupon, coupon, DAY) == []
