"""The shelf: what stands on it reads well, and what is wrong with a product is told with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from enscene.kernel.documents import Mistakes
from enscene.kernel.errors import Refused
from enscene.kernel.money import Portion
from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.bank import Policy
from enscene.shelf.load_shelf import SHELF, load_shelf
from enscene.shelf.product import ARTICLES, KINDS
from enscene.shelf.read_product import COST_FROM, read_product, read_products, worst_cost

LOAN = (SHELF / "instalment.yaml").read_text(encoding="utf-8")


def read(text: str, file: str = "instalment.yaml") -> tuple[Product | None, list[str]]:
    mistakes = Mistakes()
    product = read_product(file, text, mistakes)
    return product, [f"{m.line}: {m.code}" for m in mistakes.all()]


def instalment() -> Product:
    product, mistakes = read(LOAN)
    assert product is not None
    assert mistakes == []
    return product


def test_the_standard_shelf_has_no_mistakes_and_every_product_fits_some_scene() -> None:
    shelf = standard_shelf()
    assert shelf.mistakes == ()
    assert len([p for p in shelf.products.values() if p.base is None]) >= 40
    assert {product.kind for product in shelf.products.values()} == set(KINDS)
    assert {tag for p in shelf.products.values() for tag in p.articles} == set(ARTICLES)
    for product in shelf.products.values():
        assert any(product.fits((kind,), (*product.sectors, "any")[0]) for kind in "GBC")
        if product.kind in LENDS:
            assert product.amount is not None
            cost = product.cost(product.amount[0], product.months[0], date(2026, 1, 1))
            assert cost.compound_ppm >= cost.simple_ppm


def test_every_need_document_and_line_is_called_something_in_both_languages() -> None:
    words = standard_shelf().words
    for what in (words.lines, words.pains, words.documents):
        for told in what.values():
            assert told["zh"].strip()
            assert told["en"].isascii()
    used = {pain for product in standard_shelf().products.values() for pain in product.pains}
    used |= {pain for bundle in standard_shelf().bundles.values() for pain in bundle.pains}
    assert used == set(words.pains)
    named = {name for product in standard_shelf().products.values() for name in product.documents}
    assert named == set(words.documents) == set(standard_shelf().documents)


def test_no_loan_of_the_shelf_costs_more_than_the_policy_allows() -> None:
    shelf = standard_shelf()
    costs = [cost for p in shelf.products.values() if (cost := worst_cost(p)) is not None]
    assert len(costs) >= 15
    assert max(costs) <= 240_000


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: loan", "kind: lone", "3: bad_choice"),
        ("id: instalment", "id: other", "1: wrong_id"),
        ("version: 1.0.0\n", "", "1: missing_key"),
        ("months: [3, 6, 12, 24]", "months: [3, 500]", "17: bad_months"),
        ("months: [3, 6, 12, 24]\n", "", "1: missing_key"),
        ("  rate: {", "  rte: {", "19: missing_key"),
        ('default: "7.2%"', 'default: "17.2%"', "19: out_of_bounds"),
        ('min: "500.00"', 'min: "50001.00"', "16: out_of_bounds"),
        ("customer.age >= 18", "customer.agee >= 18", "13: expression.unknown_name"),
        ("customer.age >= 18", "customer.age + 18", "13: expression.type"),
        ("grace_days: 3\n", "", "1: missing_key"),
        ("id: instalment", "id: prices", "1: reserved_id"),
        (
            'default: "7.2%", min: "3.6%", max: "15.4%"',
            'default: "24%", max: "25%"',
            "19: over_cap",
        ),
        ('fee: {default: "0%", max: "2%"}', 'fee: {default: "5%"}', "19: over_cap"),
        ('default: "4.8%", min: "3.6%", max: "9%"', 'default: "22.5%", max: "23%"', "68: over_cap"),
        ("customer.months_served >= 3]", "customer.months >= 3]", "53: expression.unknown_name"),
        ("kind: loan", "kind: capability", "1: missing_key"),
        ("line: consumer_credit", "lines: consumer_credit", "4: unknown_key"),
    ],
)
def test_a_mistake_is_told_where_it_stands(old: str, new: str, expected: str) -> None:
    assert old in LOAN
    product, mistakes = read(LOAN.replace(old, new, 1))
    assert product is None
    assert expected in mistakes


def test_who_is_not_known_well_enough_may_not_have_it() -> None:
    product = instalment()
    known = {"age": 30, "overdue_days": 0}
    assert product.is_for(known)
    assert not product.is_for({**known, "age": 17})
    assert not product.is_for({"age": 30})
    assert not product.is_for({})


def test_an_amount_or_a_term_that_it_lacks_is_refused_with_the_bounds() -> None:
    product = instalment()
    product.check(50_000, 12)
    for amount, months, param in ((49_999, 12, "amount"), (50_000, 13, "months")):
        with pytest.raises(Refused) as refused:
            product.check(amount, months)
        assert refused.value.param == param
        assert refused.value.facts


def test_it_fits_scenes_of_its_trades_and_customers() -> None:
    product = instalment()
    assert product.fits(("C",), "travel")
    assert not product.fits(("C",), "catering")
    assert not product.fits(("G",), "travel")


def test_a_price_outside_its_bounds_needs_an_approval() -> None:
    rate = instalment().price["rate"]
    assert rate.holds(Portion.parse("15.4%"))
    assert not rate.holds(Portion.parse("15.41%"))


def test_a_variant_differs_from_its_base_in_what_it_says_and_nothing_else() -> None:
    mistakes = Mistakes()
    base, *variants = read_products("instalment.yaml", LOAN, mistakes)
    assert [p.id for p in variants][:2] == ["instalment_renting", "instalment_wedding"]
    for variant in variants:
        assert variant.base == base.id
        assert (variant.kind, variant.line, variant.channels) == (
            base.kind, base.line, base.channels,
        )  # fmt: skip
        assert variant.price["penalty"] == base.price["penalty"]
    renting = variants[0]
    assert renting.price["rate"].default == Portion.parse("5.4%")
    assert renting.rules == base.rules
    assert renting.sectors == ("renting",)


def test_what_a_product_names_must_be_known_to_the_bank(tmp_path: Path) -> None:
    (tmp_path / "bank" / "documents").mkdir(parents=True)
    documents = [f"documents/{path.stem}" for path in (SHELF / "bank" / "documents").iterdir()]
    for name in ("policy", "words", *documents):
        text = (SHELF / "bank" / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / "bank" / f"{name}.yaml").write_text(text, encoding="utf-8")
    broken = LOAN.replace("line: consumer_credit", "line: consumer_credits")
    broken = broken.replace("pains: [short_of_cash]", "pains: [short_of_money]")
    broken = broken.replace("[credit_agreement, ", "[credit_agreements, ")
    (tmp_path / "instalment.yaml").write_text(broken, encoding="utf-8")
    told = [(m.line, m.code) for m in load_shelf(tmp_path).mistakes]
    assert told == [(4, "unknown_line"), (10, "unknown_document"), (11, "unknown_need")]


def test_another_cap_is_configuration() -> None:
    mistakes = Mistakes()
    assert read_products("instalment.yaml", LOAN, mistakes, Policy(Portion.parse("7%"))) == []
    assert {m.code for m in mistakes.all()} == {"over_cap"}


def test_a_wealth_product_always_asks_for_its_risk_level() -> None:
    text = (SHELF / "fund_plan.yaml").read_text(encoding="utf-8")
    rule = "  - customer.risk_level >= 3\n"
    assert rule in text
    mistakes = Mistakes()
    product = read_product("fund_plan.yaml", text.replace(rule, ""), mistakes)
    assert product is not None
    assert not product.is_for({"age": 30, "risk_level": 2})
    assert product.is_for({"age": 30, "risk_level": 3})


def test_a_bundle_shows_what_is_covered_and_what_is_left() -> None:
    bundle = standard_shelf().bundles["being_ill"]
    assert [p.id for p in bundle.covered["medical_bill"]] == [
        "medical_credit", "critical_illness_insurance",
    ]  # fmt: skip
    assert bundle.left == ["income_lost"]
    assert len(bundle.lines) >= 3


def test_a_bundle_names_products_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "bundles").mkdir()
    (tmp_path / "instalment.yaml").write_text(LOAN, encoding="utf-8")
    text = (SHELF / "bundles" / "journey.yaml").read_text(encoding="utf-8")
    (tmp_path / "bundles" / "journey.yaml").write_text(text, encoding="utf-8")
    codes = {(m.file, m.code) for m in load_shelf(tmp_path).mistakes}
    assert ("bundles/journey.yaml", "unknown_product") in codes


def test_the_cost_that_is_checked_is_that_of_the_worst_term() -> None:
    product = instalment()
    fee = {"fee": Portion.parse("2%"), "rate": Portion.parse("15.4%")}
    assert product.amount is not None
    worst = worst_cost(product, dict(fee))
    assert worst is not None
    for months in product.months:
        offer = product.offer(product.amount[1], months, COST_FROM, fee)
        assert offer.cost.compound_ppm <= worst
