"""A cash-flow forecast: balances follow from what flows, and the lowest is found."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from enscene.capabilities import Known, cash_flow

TODAY = date(2026, 3, 10)
ITEMS = st.lists(
    st.builds(
        Known,
        st.dates(TODAY - timedelta(days=20), TODAY + timedelta(days=60)),
        st.integers(-(10**6), 10**6).filter(bool),
        st.sampled_from(["rent", "bill"]),
    ),
    max_size=20,
)
FLOWS = st.lists(st.integers(0, 10**5), min_size=0, max_size=60)


@given(st.integers(-(10**6), 10**7), FLOWS, FLOWS, ITEMS, st.integers(1, 40))
def test_every_balance_is_the_one_before_and_what_flows(
    opening: int, came: list[int], went: list[int], items: list[Known], ahead: int
) -> None:
    found = cash_flow(opening, came, went, items, TODAY, ahead)
    balance = opening
    for place, day in enumerate(found.days):
        assert day.day == TODAY + timedelta(days=place)
        balance += day.expected_in - day.expected_out + day.known_in - day.known_out
        assert (day.balance, day.low <= day.balance) == (balance, True)
    assert found.lowest.balance == min(day.balance for day in found.days)
    last = TODAY + timedelta(days=ahead - 1)
    known = sum(item.minor for item in items if TODAY <= item.day <= last)
    assert sum(day.known_in - day.known_out for day in found.days) == known
    assert {item.day < TODAY for item in found.overdue} <= {True}
    assert len(found.overdue) == sum(item.day < TODAY for item in items)


def test_the_lowest_point_is_before_the_payday() -> None:
    rent = Known(TODAY + timedelta(days=3), -9_000, "rent")
    customer = Known(TODAY + timedelta(days=5), 20_000, "invoice")
    found = cash_flow(5_000, [100] * 28, [], [rent, customer], TODAY, 7)
    assert [day.balance for day in found.days] == [
        5_100, 5_200, 5_300, -3_600, -3_500, 16_600, 16_700,
    ]  # fmt: skip
    assert (found.lowest.day, found.lowest.balance) == (TODAY + timedelta(days=3), -3_600)
    assert found.flow_in is not None
    assert found.flow_out is None  # nothing of it is known: only the rent goes out
