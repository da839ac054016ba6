"""Customers and their return: sums agree, and known rhythms are found."""

from __future__ import annotations

import gzip
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.capabilities import Sale, repurchase
from enscene.kernel.errors import Refused

CDNOW = Path(__file__).parents[3] / "shared" / "data" / "cdnow" / "CDNOW_master.txt.gz"
TODAY = date(2026, 3, 10)
SALES = st.lists(
    st.builds(
        Sale,
        st.sampled_from([f"c{n}" for n in range(12)]),
        st.dates(date(2025, 1, 1), TODAY),
        st.integers(0, 10**6),
    ),
    min_size=5,
    max_size=120,
).filter(lambda sales: len({sale.customer for sale in sales}) >= 5)


@given(SALES)
def test_segments_and_cohorts_add_up_to_the_whole(sales: list[Sale]) -> None:
    found = repurchase(sales, TODAY)
    whole = (len({sale.customer for sale in sales}), len(sales), sum(s.minor for s in sales))
    for parts in (found.segments.values(), found.cohorts):
        sums = [(each.customers, each.purchases, each.minor) for each in parts]
        assert tuple(map(sum, zip(*sums, strict=True))) == whole
    assert (len(found.customers), found.purchases, found.minor) == whole
    assert sum(cohort.returned for cohort in found.cohorts) == found.returned
    for cohort in found.cohorts:
        assert cohort.active[0] == cohort.customers == max(cohort.active)
        assert 0 <= cohort.returned <= cohort.customers


@given(SALES, st.integers(2, 50))
def test_prices_change_sums_alone(sales: list[Sale], times: int) -> None:
    dearer = [Sale(sale.customer, sale.day, sale.minor * times) for sale in sales]
    one, many = repurchase(sales, TODAY), repurchase(dearer, TODAY)
    assert many.minor == one.minor * times
    assert {c.ref: (c.segment, c.next_in) for c in many.customers} == {
        c.ref: (c.segment, c.next_in) for c in one.customers
    }


@given(SALES)
def test_the_order_of_sales_says_nothing(sales: list[Sale]) -> None:
    assert repurchase(sales, TODAY) == repurchase(sales[::-1], TODAY)


def rhythm(ref: str, every: int, last: int, times: int = 10) -> list[Sale]:
    return [Sale(ref, TODAY - timedelta(days=last + every * n), 1_000) for n in range(times)]


def test_a_rhythm_is_found_and_what_breaks_it() -> None:
    sales = [
        *rhythm("weekly", 7, 2), *rhythm("late", 7, 18), *rhythm("gone", 7, 60),
        *rhythm("fresh", 1, 1, 1), *rhythm("once", 1, 200, 1), *rhythm("other", 7, 3),
    ]  # fmt: skip
    found = repurchase(sales, TODAY)
    told = {customer.ref: (customer.segment, customer.next_in) for customer in found.customers}
    assert found.gap == 7
    assert told["weekly"][1] == 5
    assert told["late"] == ("slipping", 0)
    assert told["gone"] == ("lost", None)
    assert told["fresh"] == ("new", 6)
    assert told["once"] == ("once", None)
    assert found.customers[-1].next_in is None  # who is not expected comes last


def test_two_purchases_on_one_day_are_one_visit() -> None:
    sales = [Sale(f"c{n}", TODAY, 1) for n in range(5) for _ in range(2)]
    found = repurchase(sales, TODAY)
    assert (found.purchases, found.returned, found.gap) == (10, 0, None)


def test_who_is_expected_comes_indeed_to_a_record_shop() -> None:
    """Foretold at the end of 1997 for the 60 days after it: 29 % of those who were expected by
    then bought, 5 % of the others."""
    if not CDNOW.is_file():
        pytest.skip("no ../shared/data/cdnow beside the checkout")
    sales, cut = [], date(1998, 1, 1)
    with gzip.open(CDNOW, "rt", encoding="utf-8") as text:
        for line in text:
            parts = line.split()
            if len(parts) == 4 and parts[0].isdigit():
                day = date(int(parts[1][:4]), int(parts[1][4:6]), int(parts[1][6:]))
                sales.append(Sale(parts[0], day, round(float(parts[3]) * 100)))
    found = repurchase([sale for sale in sales if sale.day < cut], cut)
    came = {sale.customer for sale in sales if cut <= sale.day < cut + timedelta(days=60)}
    rates = {}
    for expected in (True, False):
        refs = [
            c.ref
            for c in found.customers
            if (c.next_in is not None and c.next_in <= 60) is expected
        ]
        rates[expected] = sum(ref in came for ref in refs) / len(refs)
    assert len(found.customers) == 23_570
    assert rates[True] > 0.25 > 4 * rates[False]


def test_too_few_customers_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        repurchase(rhythm("a", 7, 1), TODAY)
    assert caught.value.facts == {"have": 1, "need": 5, "of": "customers"}
