"""The kitchen's forecast and its error."""

from __future__ import annotations

from datetime import date

import pytest

from enscene.operations.forecast_demand import forecast_demand

TODAY = date(2026, 3, 5)


def _rows(*days: tuple[str, int], dish: str = "noodles", serving: str = "lunch") -> list[dict]:
    return [{"day": d, "serving": serving, "dish": dish, "portions": n} for d, n in days]


def test_newer_days_weigh_more():
    (told,) = forecast_demand(_rows(("2026-03-03", 10), ("2026-03-04", 20)), TODAY)
    assert (told.day, told.expected, told.error) == ("2026-03-06", 15.0, 10.0)


def test_one_day_has_no_error_to_tell():
    (told,) = forecast_demand(_rows(("2026-03-04", 8)), TODAY)
    assert (told.expected, told.error) == (8.0, None)


def test_day_without_the_dish_counts_as_none():
    rows = _rows(("2026-03-03", 10)) + _rows(("2026-03-04", 4), dish="rice")
    told = {item.dish: item for item in forecast_demand(rows, TODAY)}
    assert told["noodles"].expected == 5.0
    assert told["rice"].expected == 2.0


def test_older_than_two_weeks_and_the_day_itself_are_left_out():
    rows = _rows(("2026-01-01", 99), ("2026-03-05", 6), ("2026-03-06", 3))
    (told,) = forecast_demand(rows, TODAY)
    assert (told.expected, told.ordered) == (6.0, 3)


@pytest.mark.parametrize("rows", [[], _rows(("2026-01-01", 5))])
def test_nothing_to_forecast_from(rows: list[dict]):
    assert forecast_demand(rows, TODAY) == []
