"""Each indicator is defined once: one entry, one expression, one line of the docs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from enscene.lake import KINDS
from enscene.operations.indicators import Window, read_catalogue
from operations.indicators.told_by_sql import QUERIES

DOCS = Path(__file__).parents[3] / "docs" / "indicators.md"


def test_each_entry_has_one_expression_and_back() -> None:
    from enscene.operations.indicators.expressions import EXPRESSIONS

    ids = [each.id for each in read_catalogue().indicators]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(EXPRESSIONS) == set(QUERIES)
    assert len({id(each) for each in EXPRESSIONS.values()}) == len(ids)


def test_entries_name_what_there_is() -> None:
    catalogue = read_catalogue()
    for each in catalogue.indicators:
        assert each.owner in catalogue.owners, each.id
        assert set(each.tables) <= set(KINDS), each.id
        assert each.grains, each.id
        assert each.zh, each.id
        assert each.formula.en, each.id


def test_entries_and_sql_agree_on_grains() -> None:
    for each in read_catalogue().indicators:
        assert "".join(grain[0] for grain in each.grains) == QUERIES[each.id][0], each.id


def test_the_docs_have_the_table_as_it_is() -> None:
    assert read_catalogue().table() in DOCS.read_text("utf-8")


def test_weeks_begin_on_monday_and_days_in_the_zone() -> None:
    window = Window("America/New_York", date(2026, 3, 8))  # clocks go forward
    assert window.span("week") == (date(2026, 3, 2), date(2026, 3, 8))
    assert window.span("month") == (date(2026, 3, 1), date(2026, 3, 31))
    assert window.month_before == (date(2026, 2, 1), date(2026, 2, 28))
    assert window.begin_of(date(2026, 3, 8)) == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert window.begin_of(date(2026, 3, 9)) == datetime(2026, 3, 9, 4, tzinfo=UTC)
