"""The shelf: what stands on it reads well, and what is wrong with a product is told with its line."""

from __future__ import annotations

from datetime import date

import pytest

from enscene.kernel.documents import Mistakes
from enscene.kernel.errors import Refused
from enscene.kernel.money import Portion
from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.load_shelf import SHELF, read_product

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
    assert len(shelf.products) >= 6
    for product in shelf.products.values():
        assert any(product.fits((kind,), (*product.sectors, "any")[0]) for kind in "GBC")
        if product.kind in LENDS:
            assert product.amount is not None
            cost = product.cost(product.amount[0], product.months[0], date(2026, 1, 1))
            assert cost.compound_ppm >= cost.simple_ppm


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: loan", "kind: lone", "3: bad_choice"),
        ("id: instalment", "id: other", "1: wrong_id"),
        ("version: 1.0.0\n", "", "1: missing_key"),
        ("months: [3, 6, 12, 24]", "months: [3, 500]", "14: bad_months"),
        ("months: [3, 6, 12, 24]\n", "", "1: missing_key"),
        ("  rate: {", "  rte: {", "16: missing_key"),
        ('default: "7.2%"', 'default: "17.2%"', "16: out_of_bounds"),
        ('min: "500.00"', 'min: "50001.00"', "13: out_of_bounds"),
        ("customer.age >= 18", "customer.agee >= 18", "12: expression.unknown_name"),
        ("customer.age >= 18", "customer.age + 18", "12: expression.type"),
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
