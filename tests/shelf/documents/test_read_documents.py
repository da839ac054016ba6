"""What is wrong with the text of a document is told with its line, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.kernel.documents import Mistakes
from enscene.scenes.language.report import told_in_full
from enscene.shelf.documents.read_documents import read_document
from enscene.shelf.load_shelf import SHELF, load_shelf

GOOD = """\
id: policy_terms
title: {zh: 保险条款, en: Policy terms}
clauses:
  - zh: "保费为 {premium}。"
    en: "The premium is {premium}."
"""


def mistakes_of(text: str) -> Mistakes:
    mistakes = Mistakes()
    document = read_document("bank/documents/policy_terms.yaml", text, mistakes)
    assert (document is None) == bool(mistakes.all())
    return mistakes


def test_a_good_one_has_its_name_title_and_clauses() -> None:
    document = read_document("bank/documents/policy_terms.yaml", GOOD, Mistakes())
    assert document is not None
    assert (document.name, document.titles["en"]) == ("policy_terms", "Policy terms")
    assert document.clauses == ({"zh": "保费为 {premium}。", "en": "The premium is {premium}."},)


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "zh", "en"),
    [
        ('is {premium}."', 'is {premum}."', 5, "unknown_blank", "空格", "did you mean `premium`?"),
        ('is {premium}."', 'is {premium."', 5, "bad_blank", "花括号没有成对", "brace stands alone"),
        ('is {premium}."', 'is {amount}."', 5, "other_blanks", "不一致", "the same blanks"),
        ('    en: "The premium is {premium}."\n', "", 4, "missing_key", "en", "en"),
        (", en: Policy terms", "", 2, "missing_key", "en", "en"),
        ("id: policy_terms", "id: policy", 1, "wrong_id", "文件名", "the file's name"),
        (GOOD[GOOD.index("clauses:") :], "clauses: []\n", 3, "no_clauses", "条款", "needs clauses"),
    ],
)
def test_a_mistake_is_told_where_it_stands(
    old: str, new: str, line: int, code: str, zh: str, en: str
) -> None:
    assert old in GOOD
    found = mistakes_of(GOOD.replace(old, new, 1)).all()
    assert [(m.line, m.code) for m in found if m.code == code] == [(line, code)]
    mistake = next(m for m in found if m.code == code)
    assert "bank/documents/policy_terms.yaml" in told_in_full(mistake, "en")
    assert zh in told_in_full(mistake, "zh")
    assert en in told_in_full(mistake, "en")


def test_a_product_names_no_document_without_a_text(tmp_path: Path) -> None:
    (tmp_path / "bank" / "documents").mkdir(parents=True)
    for name in ("words", "documents/credit_agreement"):
        text = (SHELF / "bank" / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / "bank" / f"{name}.yaml").write_text(text, encoding="utf-8")
    loan = (SHELF / "instalment.yaml").read_text(encoding="utf-8")
    (tmp_path / "instalment.yaml").write_text(loan, encoding="utf-8")
    (mistake,) = load_shelf(tmp_path).mistakes
    assert (mistake.file, mistake.line, mistake.code) == ("instalment.yaml", 10, "unknown_document")
    assert "文件 `credit_inquiry_consent` 没有正文" in told_in_full(mistake, "zh")
    assert "shelf/bank/documents/credit_inquiry_consent.yaml" in told_in_full(mistake, "en")


def test_a_broken_text_is_one_mistake_and_not_one_of_every_product(tmp_path: Path) -> None:
    (tmp_path / "bank" / "documents").mkdir(parents=True)
    for path in [SHELF / "bank" / "words.yaml", *(SHELF / "bank" / "documents").glob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        if path.stem == "credit_agreement":
            text = text.replace("{amount}", "{sum}", 1)
        place = tmp_path / path.relative_to(SHELF)
        place.write_text(text, encoding="utf-8")
    loan = (SHELF / "instalment.yaml").read_text(encoding="utf-8")
    (tmp_path / "instalment.yaml").write_text(loan, encoding="utf-8")
    found = load_shelf(tmp_path)
    assert {m.file for m in found.mistakes} == {"bank/documents/credit_agreement.yaml"}
    assert "instalment" in found.products
    assert "credit_agreement" not in found.documents
