"""A quote: every product is judged, each no has a reason in both languages, the best comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion
from enscene.shelf import LENDS, standard_shelf
from enscene.shelf.bank import Policy
from enscene.shelf.pricing.price_list import PriceList, PriceRow
from enscene.shelf.quoting import TEXTS, Eligible, Place, Quote, Quoter, Wish, check_wish
from enscene.shelf.quoting.reasons import condition_of, reason_of_rule

DAY = date(2026, 11, 22)
SHELF = standard_shelf()
QUOTER = Quoter(SHELF.products.values(), SHELF.policy)
ANN: dict[str, Any] = {
    "kind": "person", "age": 30, "months_served": 24, "monthly_spend": 500_000, "overdue_days": 0,
    "risk_level": 3, "segment": "family",
}  # fmt: skip
TRAVEL = Place(("C",), "travel")
CASH = Wish(300_000, 12, "short_of_cash")


def judged(quote: Quote) -> dict[str, str]:
    """The code of each product."""
    told = {e.product.id: "eligible" for e in quote.eligible}
    return told | {r.product.id: r.reason.code for r in quote.refused}


def offer(quote: Quote, product: str) -> Eligible:
    return next(e for e in quote.eligible if e.product.id == product)


def test_every_product_is_judged_once_and_the_one_that_covers_the_need_is_first() -> None:
    quote = QUOTER.quote(ANN, TRAVEL, CASH, DAY)
    assert len(quote.eligible) + len(quote.refused) == len(SHELF.products)
    assert judged(quote).keys() == SHELF.products.keys()
    assert quote.best is not None
    assert quote.best.product.id == "instalment"
    assert quote.best.why.code == "covers_need"
    assert quote.best.why.told("zh", SHELF.words) == "正好解决：一次付清有压力"
    loan = quote.best.loan
    assert loan is not None
    assert loan.cost == SHELF.products["instalment"].cost(300_000, 12, DAY)
    assert quote.best.reads == (
        "customer.age", "customer.kind", "customer.overdue_days", "scene.sector",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("product", "change", "code"),
    [
        ("instalment", {"age": 17}, "age_least"),
        ("instalment", {"age": 66}, "age_most"),
        ("instalment", {"overdue_days": 31}, "overdue_days_most"),
        ("temporary_limit", {"overdue_days": 1}, "overdue_days_none"),
        ("temporary_limit", {"months_served": 5}, "months_served_least"),
        ("instalment", {"age": None}, "unknown_age"),
        ("instalment", {"overdue_days": None}, "unknown_overdue_days"),
        ("fund_plan", {"risk_level": 2}, "risk_level_least"),
        ("fund_plan", {"risk_level": None}, "unknown_risk_level"),
        ("instalment", {"kind": "merchant"}, "not_for_kind"),
        ("instalment", {"kind": None}, "unknown_kind"),
    ],
)
def test_what_speaks_against_is_said_with_the_data_that_it_was_read_from(
    product: str, change: dict[str, Any], code: str
) -> None:
    wish = Wish(300_000)
    assert judged(QUOTER.quote(ANN, TRAVEL, wish, DAY))[product] == "eligible"
    quote = QUOTER.quote(ANN | change, TRAVEL, wish, DAY)
    reason = next(r.reason for r in quote.refused if r.product.id == product)
    assert reason.code == code
    assert reason.reads == (f"customer.{next(iter(change))}",)


@pytest.mark.parametrize(
    ("wish", "code", "text"),
    [
        (Wish(49_999), "amount_below", "最低金额为 500.00 元"),
        (Wish(5_000_001), "amount_above", "最高金额为 50000.00 元"),
        (Wish(300_000, 7), "no_such_term", "可选期限为 3 / 6 / 12 / 24 个月"),
    ],
)
def test_a_wish_that_the_product_has_not_is_told_with_its_bounds(
    wish: Wish, code: str, text: str
) -> None:
    quote = QUOTER.quote(ANN, TRAVEL, wish, DAY)
    reason = next(r.reason for r in quote.refused if r.product.id == "instalment")
    assert reason.code == code
    assert reason.told("zh", SHELF.words) == text


def test_the_scene_decides_before_the_customer_does() -> None:
    place = replace(TRAVEL, mounted=frozenset({"instalment", "delay_insurance", "etoll"}),
                    declined=frozenset({"etoll"}))  # fmt: skip
    told = judged(QUOTER.quote(ANN, place, CASH, DAY))
    assert told["instalment"] == told["delay_insurance"] == "eligible"
    assert told["etoll"] == "declined"
    assert told["fx_purchase"] == "not_mounted"
    assert told["car_loan"] == "not_in_scene"


def test_what_a_scene_has_mounted_fits_it_whatever_its_trade() -> None:
    place = Place(("C",), "retail", mounted=frozenset({"instalment_wedding"}))
    quote = QUOTER.quote(ANN, place, Wish(2_000_000, 12), DAY)
    assert [e.product.id for e in quote.eligible] == ["instalment_wedding"]


def test_the_bank_may_put_a_product_first_but_never_before_the_need() -> None:
    place = replace(TRAVEL, order={"wealth_flex": 1, "etoll": 2})
    names = [e.product.id for e in QUOTER.quote(ANN, place, CASH, DAY).eligible]
    assert names[:3] == ["instalment", "wealth_flex", "etoll"]


def test_without_an_amount_an_example_is_worked_out_within_the_bounds() -> None:
    quote = QUOTER.quote(ANN, TRAVEL, Wish(), DAY)
    loan = offer(quote, "instalment")
    assert loan.example
    assert (loan.amount, loan.months) == (1_000_000, 12)
    assert offer(quote, "delay_insurance").figures == {"cover": 200_000, "premium": 8_000}
    assert offer(quote, "term_deposit").figures == {"earns": 12_500}


def test_a_price_of_a_segment_is_what_the_offer_costs() -> None:
    row = PriceRow(
        UUID(int=1), 1, "instalment", "rate", 0, "family", Portion.parse("3.6%"), DAY, None
    )
    quote = QUOTER.quote(ANN, TRAVEL, CASH, DAY, PriceList([row]))
    cheap, usual = (
        offer(quote, "instalment"),
        offer(QUOTER.quote(ANN, TRAVEL, CASH, DAY), "instalment"),
    )
    assert cheap.loan is not None
    assert usual.loan is not None
    assert cheap.loan.first < usual.loan.first
    assert cheap.loan.cost.compound_ppm < usual.loan.cost.compound_ppm
    other = QUOTER.quote(ANN | {"segment": "student"}, TRAVEL, CASH, DAY, PriceList([row]))
    assert offer(other, "instalment").loan == usual.loan


def test_what_costs_more_than_the_cap_is_never_offered() -> None:
    strict = Quoter(SHELF.products.values(), Policy(Portion.parse("7%")))
    assert judged(strict.quote(ANN, TRAVEL, CASH, DAY))["instalment"] == "over_cap"


def test_every_reason_that_may_be_given_has_a_text_in_both_languages() -> None:
    for product in SHELF.products.values():
        for rule in product.rules:
            for known in (True, False):
                code = reason_of_rule(rule, known=known).code
                assert code in TEXTS
                assert code not in ("rule", "unknown"), rule
            for language in ("zh", "en"):
                assert condition_of(rule, language) != rule.expression.source
    for zh, en in TEXTS.values():
        assert en.isascii()
        assert not zh.isascii()


@given(
    age=st.none() | st.integers(0, 100),
    overdue=st.none() | st.integers(0, 200),
    served=st.none() | st.integers(0, 300),
    spend=st.none() | st.integers(0, 10_000_000),
    kind=st.sampled_from([None, "person", "merchant", "government"]),
    sector=st.sampled_from(["travel", "wedding", "automotive", "medical", ""]),
    amount=st.none() | st.integers(1, 100_000_000),
    months=st.none() | st.sampled_from([1, 3, 12, 60]),
)
def test_an_eligible_product_keeps_every_rule_and_bound(
    age: int | None, overdue: int | None, served: int | None, spend: int | None, kind: str | None,
    sector: str, amount: int | None, months: int | None,
) -> None:  # fmt: skip
    facts = {"age": age, "overdue_days": overdue, "months_served": served, "monthly_spend": spend,
             "kind": kind}  # fmt: skip
    place = Place(("C", "B"), sector)
    quote = QUOTER.quote(facts, place, Wish(amount, months), DAY)
    again = QUOTER.quote(facts, place, Wish(amount, months), DAY)
    assert [e.product.id for e in quote.eligible] == [e.product.id for e in again.eligible]
    for told in quote.eligible:
        product = told.product
        assert product.is_for(facts)
        assert product.fits(place.serves, sector)
        if product.kind in LENDS:
            assert told.amount is not None
            assert told.months is not None
            product.check(told.amount, told.months)
            assert told.loan is not None
            assert told.loan.cost.compound_ppm <= 240_000


@pytest.mark.parametrize(
    ("wish", "param"),
    [(Wish(0), "amount"), (Wish(1, 481), "months"), (Wish(need="hungry"), "need")],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: Wish, param: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_wish(wish, SHELF.words.pains)
    assert refused.value.param == param
