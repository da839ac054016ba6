"""How pages write sums and names."""

from __future__ import annotations

import pytest

from enscene.web.render import called, money, written_sum


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (0, "CNY", "¥0.00"),
        (1_234_560, "CNY", "¥12,345.60"),
        (-5, "CNY", "−¥0.05"),
        (1_234_560, "USD", "USD 12,345.60"),
        (12_345, "JPY", "JPY 12,345"),
    ],
)
def test_a_sum_has_its_currency(minor: int, currency: str, said: str) -> None:
    assert money(minor, currency) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3600.00", "¥3,600.00"),
        ("-1.50", "−¥1.50"),
        ("7.2%", "7.2%"),
        ("12", "12"),
        ("1.5", "1.5"),
        ("2026-03-02", "2026-03-02"),
        ("", ""),
    ],
)
def test_what_is_no_sum_stays_as_it_is(text: str, said: str) -> None:
    assert written_sum(text) == said


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("阳光智慧食堂 · Sunshine Canteen", "阳光智慧食堂", "Sunshine Canteen"),
        ("东区 · 一号食堂 · East Hall", "东区 · 一号食堂", "East Hall"),
        ("东区 · 一号食堂", "东区 · 一号食堂", "东区 · 一号食堂"),
        ("North · South", "North · South", "North · South"),
        ("一号食堂", "一号食堂", "一号食堂"),
    ],
)
def test_a_name_in_both_languages_is_shown_in_one(name: str, zh: str, en: str) -> None:
    assert (called(name, "zh"), called(name, "en")) == (zh, en)
