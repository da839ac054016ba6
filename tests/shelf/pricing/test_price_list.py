"""Which price holds: the nearest place, the latest beginning, the newest row."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion
from enscene.shelf import standard_shelf
from enscene.shelf.pricing.price_list import PriceList, PriceRow, holds, parse_price, price_text

DAY = date(2026, 11, 22)


def row(
    number: int,
    value: str | None,
    *,
    scene: int = 0,
    segment: str = "",
    since: int = 0,
    until: int | None = None,
) -> PriceRow:
    """A rate of the instalment; days from DAY."""
    price = None if value is None else Portion.parse(value)
    end = None if until is None else DAY + timedelta(until)
    start = DAY + timedelta(since)
    return PriceRow(
        UUID(int=number), number, "instalment", "rate", scene, segment, price, start, end
    )


def rate(
    *rows: PriceRow, segment: str | None = "family", scene: int = 7, day: int = 0
) -> str | None:
    found = PriceList(rows).of("instalment", segment, scene, DAY + timedelta(day)).get("rate")
    return None if found is None else str(found)


def test_the_nearest_place_decides() -> None:
    rows = [row(1, "4%", scene=7, segment="family"), row(2, "5%", scene=7),
            row(3, "6%", segment="family"), row(4, "7%")]  # fmt: skip
    assert rate(*rows) == "4%"
    assert rate(*rows, segment="student") == "5%"
    assert rate(*rows, scene=8) == "6%"
    assert rate(*rows, scene=8, segment=None) == "7%"
    assert PriceList(rows).of("car_loan", "family", 7, DAY) == {}


def test_a_price_holds_from_its_first_to_its_last_day() -> None:
    only = row(1, "4%", since=2, until=4)
    assert [rate(only, day=day) for day in (1, 2, 4, 5)] == [None, "4%", "4%", None]


def test_in_one_place_the_later_beginning_holds_and_then_the_newer_row() -> None:
    assert rate(row(1, "4%", since=-9), row(2, "5%", since=-3)) == "5%"
    assert rate(row(2, "5%", since=-9), row(1, "4%", since=-3)) == "4%"
    assert rate(row(1, "4%"), row(2, "5%")) == "5%"


def test_a_row_that_ends_a_price_brings_back_the_wider_one() -> None:
    wide, narrow, end = row(1, "6%"), row(2, "4%", scene=7), row(3, None, scene=7, since=5)
    assert rate(wide, narrow, end) == "4%"
    assert rate(wide, narrow, end, day=5) == "6%"


@given(
    st.lists(
        st.builds(
            row,
            st.integers(1, 1_000),
            st.sampled_from(["4%", "5%", None]),
            scene=st.sampled_from([0, 7]),
            segment=st.sampled_from(["", "family"]),
            since=st.integers(-5, 5),
        ),
        unique_by=lambda each: each.number,
    )
)
def test_the_order_in_which_rows_are_read_does_not_matter(rows: list[PriceRow]) -> None:
    assert rate(*rows) == rate(*reversed(rows))


def test_prices_are_written_as_they_are_read() -> None:
    products = standard_shelf().products
    for product, name, text in (
        ("instalment", "rate", "4.35%"),
        ("monthly_card", "month", "19.90"),
    ):
        price = parse_price(products[product], name, text)
        assert price_text(price) == text
        assert holds(products[product], name, price)
    with pytest.raises(Invalid):
        parse_price(products["instalment"], "premium", "1%")
    with pytest.raises(Invalid):
        parse_price(products["monthly_card"], "month", "1%")
