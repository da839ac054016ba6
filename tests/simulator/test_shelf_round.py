"""What the simulator expects of the shelf: who may have a product, why not, and at which price."""

from __future__ import annotations

import copy
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from enscene.simulator.book import Book, read_book
from enscene.simulator.knowledge import Customer, broken, customer_of, judge_rules
from enscene.simulator.quotes import application_quote, card_faults, costs, why_not, worth_of
from enscene.simulator.shelf_book import Shelf, read_shelf
from enscene.simulator.shelf_round import Bank, judge_offers
from enscene.simulator.tally import Tally
from enscene.simulator.world import Thing

ROOT = Path(__file__).parents[2]
DAY = date(2026, 3, 2)
ASKED = (600_000, 6)
FILES = {path.name: path.read_text() for path in (ROOT / "shelf").glob("*.yaml")}
SHELF = read_shelf(FILES, own={("travel", "instalment"): {"fee": "0.5%"}})
INSTALMENT = SHELF.products["instalment"]
LINE = SHELF.products["temporary_limit"]


def _book() -> Book:
    files = {path.name: path.read_text() for path in (ROOT / "packs/travel").glob("*.yaml")}
    return read_book("travel", files, options={}, parts={}, counts={}, zone="Asia/Shanghai")


def _customer(born: str = "1990-05-01", **more: Any) -> Customer:
    profile = {"born": born, "customer_since": "2020-01-01", **more}
    return customer_of(profile, DAY, debts=False)


# -- the shelf -------------------------------------------------------------------------------


def test_a_product_is_as_its_file_says():
    assert (INSTALMENT.kind, INSTALMENT.repay, INSTALMENT.count) == (
        "loan", "equal_instalment", "30/360",
    )  # fmt: skip
    assert INSTALMENT.amount == (50_000, 5_000_000)
    assert INSTALMENT.usual_months == 12
    assert (LINE.count, LINE.usual_months) == ("act/365", 2)


def test_a_variant_says_otherwise_what_it_says():
    wedding = SHELF.products["instalment_wedding"]
    assert wedding.rates["rate"] == Fraction("0.06")
    assert wedding.rates["penalty"] == INSTALMENT.rates["penalty"]
    assert wedding.amount == (500_000, 20_000_000)
    assert wedding.eligible != INSTALMENT.eligible


def test_a_price_of_the_bank_holds_in_its_scene():
    assert SHELF.rates("travel", "instalment")["fee"] == Fraction("0.005")
    assert SHELF.rates("hospital", "instalment")["fee"] == 0
    everywhere = read_shelf(FILES, own={("", "instalment"): {"rate": "8%"}})
    assert everywhere.rates("travel", "instalment")["rate"] == Fraction("0.08")


def test_the_model_knows_the_products_that_the_product_knows():
    from enscene.shelf import standard_shelf

    assert SHELF.products.keys() == standard_shelf().products.keys()


# -- who may have it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "against"),
    [
        ("2008-03-02", set()),
        ("2008-03-03", {"age"}),
        ("1960-03-03", set()),
        ("1960-03-02", {"age"}),
    ],
)
def test_age_is_in_whole_years_of_the_day(born, against):
    assert broken(INSTALMENT, _customer(born)) == (against, set())


def test_what_the_bank_does_not_know_speaks_against_it():
    said = list(judge_rules(INSTALMENT, customer_of({}, DAY, debts=False)))
    assert [(rule.holds, rule.code) for rule in said[:2]] == [(False, "unknown_age")] * 2


def test_what_the_model_does_not_know_is_left_open():
    customer = customer_of({"born": "1990-05-01"}, DAY, debts=True)
    assert broken(INSTALMENT, customer) == (set(), {"overdue_days"})
    assert why_not(_book(), SHELF, INSTALMENT, customer, *ASKED) == (None, "")
    young = customer_of({"born": "2012-05-01"}, DAY, debts=True)
    assert broken(INSTALMENT, young) == ({"age"}, {"overdue_days"})


def test_months_of_service_are_whole_ones():
    for since, against in (("2025-09-02", set()), ("2025-09-03", {"months_served"})):
        assert broken(LINE, _customer(customer_since=since))[0] == against


@pytest.mark.parametrize(
    ("product", "born", "asked", "code"),
    [
        ("instalment", "2012-05-01", (1, 1), "age_least"),
        ("instalment", "1940-05-01", ASKED, "age_most"),
        ("instalment", "1990-05-01", (49_999, 6), "amount_below"),
        ("instalment", "1990-05-01", (5_000_001, 6), "amount_above"),
        ("instalment", "1990-05-01", (50_000, 5), "no_such_term"),
        ("temporary_limit", "1990-05-01", ASKED, "no_such_term"),
        ("car_loan", "1990-05-01", ASKED, "not_in_scene"),
        ("demand_deposit", "1990-05-01", ASKED, "not_mounted"),
        ("instalment", "1990-05-01", ASKED, ""),
        ("delay_insurance", "2012-05-01", (1, 5), ""),
    ],
)
def test_the_first_thing_that_speaks_against_a_product_is_told(product, born, asked, code):
    said = why_not(_book(), SHELF, SHELF.products[product], _customer(born), *asked)
    assert said == (not code, code)


# -- what it costs ---------------------------------------------------------------------------


def test_a_thing_is_worth_its_price():
    thing = Thing("booked", {"booking": "B1", "price": "650.00"})
    assert worth_of(_book(), "booking", thing) == 65_000
    assert worth_of(_book(), "trip", Thing("private", {"trip": "T1"})) is None


def test_a_quote_is_whole():
    quote, loan = application_quote(SHELF, "travel", INSTALMENT, 1_200_000, 3, DAY)
    assert quote == {
        "kind": "loan",
        "rates": {"rate": "7.20%", "penalty": "10.80%", "fee": "0.50%", "early_fee": "0.00%"},
        "fee": "60.00", "premium": None, "interest": "144.28", "pays": "12204.28",
        "instalments": [
            {"due": "2026-04-02", "amount": "4048.10"}, {"due": "2026-05-02", "amount": "4048.10"},
            {"due": "2026-06-02", "amount": "4048.08"},
        ],
        "fixed": False, "months_choice": [3, 6, 12, 24], "least": "500.00", "most": "50000.00",
        "documents": ["credit_agreement", "credit_inquiry_consent"],
    }  # fmt: skip
    assert 0.10 < loan.cost < 0.11


@pytest.mark.parametrize(
    ("told", "right"), [("10.01%", True), ("9.99%", True), ("10.02%", False), (None, False)]
)
def test_a_cost_may_differ_by_a_hundredth_of_a_point(told, right):
    assert costs(told, 0.1) is right


# -- a whole answer --------------------------------------------------------------------------


def _answer(customer: Customer) -> dict[str, Any]:
    """What the model itself would tell, in the form of the API."""
    book = _book()
    eligible, refused = [], []
    for product in SHELF.products.values():
        fits, code = why_not(book, SHELF, product, customer, *ASKED)
        if not fits:
            refused.append({"product": product.id, "why": {"code": code}})
            continue
        card: dict[str, Any] = {
            "product": product.id, "version": product.version, "kind": product.kind,
            "amount": "6000.00", "months": 6, "example": False,
            "prices": {n: str(r) for n, r in SHELF.rates("travel", product.id).items()},
            "documents": [{"name": name} for name in product.documents],
            "channels": list(product.channels), "embed": list(product.embed), "figures": {},
        }  # fmt: skip
        if product.kind == "insurance":
            card |= {"amount": "2000.00", "figures": {"cover": "2000.00", "premium": "80.00"}}
        if product.lends:
            quote, loan = application_quote(SHELF, "travel", product, *ASKED, DAY)
            card["loan"] = {
                "first": quote["instalments"][0]["amount"],
                "last": quote["instalments"][-1]["amount"],
                "interest": quote["interest"], "fee": quote["fee"],
                "annual_cost": f"{loan.cost:.4%}", "annual_cost_simple": f"{loan.simple:.4%}",
            }  # fmt: skip
        eligible.append(card)
    return {"day": DAY.isoformat(), "eligible": eligible, "refused": refused}


def _surprises(customer: Customer, told: dict[str, Any], shelf: Shelf = SHELF) -> list[str]:
    async def nothing(*given: Any) -> Any:
        raise AssertionError("nothing is sent")

    bank = Bank(None, shelf, {}, nothing, Tally())  # type: ignore[arg-type]
    judge_offers(bank, _book(), customer, told, ASKED, DAY, "ann")
    return [each.request for each in bank.tally.first]


def test_a_right_answer_is_no_surprise():
    for customer in (_customer(), _customer("2012-05-01"), _customer("1940-05-01")):
        assert _surprises(customer, _answer(customer)) == []


@pytest.mark.parametrize(
    ("product", "path", "value"),
    [
        ("instalment", ("prices", "rate"), "7.3%"),
        ("instalment", ("amount",), "6000.01"),
        ("instalment", ("months",), 12),
        ("instalment", ("version",), "0.9.0"),
        ("instalment", ("documents",), []),
        ("instalment", ("loan", "first"), "1021.01"),
        ("instalment", ("loan", "last"), "1021.01"),
        ("instalment", ("loan", "interest"), "0.00"),
        ("instalment", ("loan", "fee"), "0.00"),
        ("instalment", ("loan", "annual_cost"), "7.2%"),
        ("instalment", ("loan", "annual_cost_simple"), "7.2%"),
        ("delay_insurance", ("figures", "premium"), "80.01"),
    ],
)
def test_every_field_of_an_offer_is_judged(product, path, value):
    told = copy.deepcopy(_answer(_customer()))
    place = next(each for each in told["eligible"] if each["product"] == product)
    for name in path[:-1]:
        place = place[name]
    assert place[path[-1]] != value
    place[path[-1]] = value
    assert _surprises(_customer(), told) == [f"ann: {product}"]
    left_open = read_shelf(FILES, own=SHELF.own, unsure=frozenset({product}))
    assert _surprises(_customer(), told, left_open) == []


def test_whoever_is_refused_must_be_and_for_that_reason():
    young, grown = _customer("2012-05-01"), _customer()
    assert "ann: instalment" in _surprises(young, _answer(grown))
    assert "ann: instalment" in _surprises(grown, _answer(young))
    told = _answer(young)
    for each in told["refused"]:
        if each["product"] == "instalment":
            each["why"] = {"code": "age_most"}
    assert _surprises(young, told) == ["ann: instalment"]


def test_a_product_that_is_not_told_of_is_a_surprise():
    told = _answer(_customer())
    told["refused"].pop()
    assert _surprises(_customer(), told) == ["ann: every product once"]


def test_an_insurance_costs_its_share():
    cover = SHELF.products["delay_insurance"]
    card = next(e for e in _answer(_customer())["eligible"] if e["product"] == cover.id)
    assert card_faults(SHELF, "travel", cover, card, ASKED, DAY) == []
