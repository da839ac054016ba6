"""Files for spreadsheets: what is written is read back as text, and nothing is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.spreadsheet import inert_cell, write_csv

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize(
    "text",
    ["=HYPERLINK(\"https://evil.test\",\"x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)",
     "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "-", "--1", "-1e5"],
)  # fmt: skip
def test_what_begins_a_formula_is_a_text(text: str) -> None:
    assert inert_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "12.00", "-12.00", "张三", "a=b", "1-2", "mail@bank.test"])
def test_plain_cells_stay_as_they_are(text: str) -> None:
    assert inert_cell(text) == text


@given(st.lists(st.tuples(texts, texts), max_size=8))
def test_every_cell_is_read_back_and_inert(rows: list[tuple[str, str]]) -> None:
    """Quotes, commas and line ends within a cell never make another cell or row."""
    body = write_csv(("a", "b"), rows).decode()
    assert body[0] == "\ufeff"
    read = list(csv.reader(io.StringIO(body[1:], newline="")))
    assert read == [["a", "b"], *([inert_cell(cell) for cell in row] for row in rows)]
    for row in read[1:]:
        for cell in row:
            assert not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r"))
