"""Documents filled from terms: what a customer reads, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.documents import BLANKS, Document, Terms, blanks_of, fill_document

SHELF = standard_shelf()
LOAN = Terms(
    product=SHELF.products["instalment"], customer="安小姐", amount=360_000, months=12,
    rates={"rate": 72_000, "fee": 0, "early_fee": 5_000, "penalty": 108_000}, cost_ppm=74_424,
    instalment=31_180, grace_days=3, scene="海边旅行", order="B1",
)  # fmt: skip


def text(name: str, terms: Terms, language: str = "zh") -> list[str]:
    return list(fill_document(SHELF.documents[name], terms, language).clauses)


def test_a_loan_in_both_languages() -> None:
    assert text("credit_agreement", LOAN)[:6] == [
        "银行通过「分期」向 安小姐 提供不超过 3,600.00 元的资金，期限 12 个月。",
        "资金用于在「海边旅行」中核实的业务 B1，不得挪作他用。",
        (
            "年利率为 7.20%，只对尚未归还的本金计收。放款时扣收的手续费为本金的 0%。"
            "把利息和费用全部算在内，年化综合成本为 7.44%。"
        ),
        "首期还款 311.80 元，各期金额和日期见还款计划。到期日从您本人的账户扣款。",
        "您可以随时提前还款，提前还款的手续费为提前归还本金的 0.50%，之后不再计息。",
        "逾期后有 3 天宽限。宽限期过后，仅对逾期本金按年 10.80% 计收罚息。",
    ]
    english = text("credit_agreement", LOAN, "en")
    assert english[0] == (
        "Under “Instalments” the bank provides 安小姐 with up to CNY 3,600.00 over 12 months."
    )
    assert "7.44% a year" in english[2]
    assert english[3].startswith("The first instalment is CNY 311.80;")
    assert "3 days of grace" in english[5]
    assert len(english) == len(text("credit_agreement", LOAN)) == 7


def test_a_cover_in_both_languages() -> None:
    cover = Terms(
        product=SHELF.products["critical_illness_insurance"], customer="ann", amount=10_000_000,
        months=12, rates={"premium": 6_000}, premium=60_000,
    )  # fmt: skip
    assert text("policy_terms", cover)[:3] == [
        "「重疾险」为 ann 提供保额 100,000.00 元的保障。",
        "保费为 600.00 元，投保时支付。",
        "保障期 12 个月，从投保当日开始。",
    ]
    assert text("policy_terms", cover, "en")[1] == (
        "The premium is CNY 600.00, paid when the cover begins."
    )


def test_a_clause_falls_away_with_the_blank_that_does_not_apply() -> None:
    line = replace(LOAN, instalment=None, scene="", order="")
    told, whole = text("credit_agreement", line), text("credit_agreement", LOAN)
    assert [clause for clause in whole if clause not in told] == [whole[1], whole[3]]
    demand = Terms(
        product=SHELF.products["demand_deposit"], customer="ann", amount=100, rates={"rate": 500}
    )
    assert not any("存期" in clause for clause in text("deposit_agreement", demand))
    # A rate that the product has no word of is no rate of it, whatever the terms say.
    topup = Terms(product=SHELF.products["cross_border"], customer="ann", rates={"spread": 1})
    assert not any("点差" in clause for clause in text("fx_terms", topup))


def test_one_month_is_one_and_another_currency_is_named() -> None:
    short = replace(LOAN, months=1, currency="JPY", amount=5_000)
    assert "with up to JPY 5,000 over 1 month." in text("credit_agreement", short, "en")[0]
    assert "JPY 5,000的资金" in text("credit_agreement", short)[0]


def test_a_name_with_braces_is_told_as_it_is() -> None:
    odd = replace(LOAN, customer="{amount}")
    assert "向 {amount} 提供" in text("credit_agreement", odd)[0]


def test_another_text_has_another_version() -> None:
    one = Document("x", {"zh": "甲", "en": "a"}, ({"zh": "乙", "en": "b"},))
    same = Document("x", {"en": "a", "zh": "甲"}, ({"en": "b", "zh": "乙"},))
    other = Document("x", {"zh": "甲", "en": "a"}, ({"zh": "乙", "en": "c"},))
    assert one.version == same.version != other.version
    assert len(one.version) == 12
    assert fill_document(one, LOAN, "en").version == one.version


def full_terms(product: Product) -> Terms:
    """Everything that may be known of a product, at the shelf's prices."""
    amount = None if product.amount is None else product.amount[0]
    rates = {n: p.default.num * 1_000_000 // p.default.den for n, p in product.price.items()}
    lends = product.kind in LENDS
    return Terms(
        product=product, customer="ann", amount=amount, months=product.usual_months, rates=rates,
        cost_ppm=72_000 if lends else None, instalment=100 if product.kind == "loan" else None,
        grace_days=product.grace_days, premium=100 if product.kind == "insurance" else None,
        scene="travel", order="B1",
    )  # fmt: skip


@pytest.mark.parametrize("product", SHELF.products.values(), ids=lambda product: product.id)
def test_every_product_fills_its_documents_without_a_blank_left(product: Product) -> None:
    terms = full_terms(product)
    for name in product.documents:
        document = SHELF.documents[name]
        zh, en = (fill_document(document, terms, language) for language in ("zh", "en"))
        assert 3 <= len(zh.clauses) == len(en.clauses) <= 7, name
        assert zh.title != en.title
        for clause in (*zh.clauses, *en.clauses):
            assert blanks_of(clause) == []
            assert clause.strip() == clause
            assert clause[-1] in "。."
        assert all(clause.isascii() for clause in map(_plain, en.clauses))
        # Who signs and what for stands in every one of them.
        assert "ann" in zh.clauses[0]
        assert product.texts["zh"].name in zh.clauses[0]


def _plain(text: str) -> str:
    return text.replace("“", "").replace("”", "")


def test_every_clause_is_read_by_somebody_and_every_blank_is_used() -> None:
    """No text stands on the shelf that no customer ever sees."""
    seen: dict[str, set[str]] = {name: set() for name in SHELF.documents}
    for product in SHELF.products.values():
        terms = full_terms(product)
        for name in product.documents:
            for clause in SHELF.documents[name].clauses:
                alone = Document("x", SHELF.documents[name].titles, (clause,))
                if fill_document(alone, terms, "zh").clauses:
                    seen[name].add(clause["zh"])
    for name, document in SHELF.documents.items():
        assert seen[name] == {clause["zh"] for clause in document.clauses}, name
    used = {
        blank
        for document in SHELF.documents.values()
        for clause in document.clauses
        for blank in blanks_of(clause["zh"]) or ()
    }
    assert used == set(BLANKS)
