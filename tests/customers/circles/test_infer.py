"""Circles are told from places and hours of payments, in whatever order these come."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enscene.customers.circles import (
    OF_A_FIRM,
    Circle,
    Paid,
    cell_of,
    count_payments,
    infer_circles,
)

TODAY = date(2026, 3, 31)
HOME, WORK, MALL = (3_123_000, 12_145_000), (3_128_000, 12_150_000), (3_119_000, 12_139_000)
NEAR = st.tuples(st.integers(3_119_000, 3_124_000), st.integers(12_140_000, 12_145_000))


def paid(at: tuple[int, int], ago: int, hour: int, minor: int = 2_000, there: bool = True) -> Paid:
    day = TODAY - timedelta(days=ago)
    return Paid(*at, day, hour, day.isoweekday(), minor, there)


PAYMENTS = st.lists(
    st.builds(
        paid, NEAR, st.integers(0, 100), st.integers(0, 23), st.integers(1, 9_999), st.booleans()
    ),
    max_size=40,
)


def month() -> list[Paid]:
    """Breakfast at home on weekends, lunch at work, one great thing a week in the mall."""
    found = []
    for ago in range(28):
        weekend = (TODAY - timedelta(days=ago)).isoweekday() > 5
        found.append(paid(HOME, ago, 10) if weekend else paid(WORK, ago, 12))
        if ago % 2 == 0:
            found.append(paid(HOME, ago, 20))
        if ago % 7 == 4:
            found.append(paid(MALL, ago, 15, 90_000))
    return found


def circles(payments: list[Paid], today: date = TODAY) -> dict[str, Circle]:
    return {each.kind: each for each in infer_circles(count_payments(payments), today)}


def test_a_month_tells_where_somebody_lives_works_and_shops() -> None:
    found = circles(month())
    assert {kind: each.cell for kind, each in found.items()} == {
        "life": cell_of(*HOME), "work": cell_of(*WORK), "shopping": cell_of(*MALL),
    }  # fmt: skip
    work = found["work"]
    # The mall's Friday afternoons speak for work too: 20 of 24.
    assert (work.days, work.payments, work.share) == (20, 20, 833)
    assert (work.first, work.last, work.age_days) == (
        TODAY - timedelta(days=27), TODAY, 0,
    )  # fmt: skip


def test_a_day_too_few_or_too_little_of_the_whole_is_no_circle() -> None:
    assert circles([paid(WORK, ago, 12) for ago in (7, 8)]) == {}
    assert set(circles([paid(WORK, ago, 12) for ago in (6, 7, 8)])) == {"work", "shopping"}
    spread = [paid((3_100_000 + 2_000 * n, 12_145_000), n % 5 + 5, 20) for n in range(40)]
    assert "life" not in circles(spread)


def test_a_payment_online_says_where_the_money_goes_and_not_where_somebody_is() -> None:
    online = [paid(WORK, ago, 12, there=False) for ago in range(10)]
    assert set(circles(online)) == {"shopping"}


def test_what_is_older_than_90_days_is_forgotten() -> None:
    later = TODAY + timedelta(days=91)
    assert circles(month(), later) == {}
    assert circles(month(), TODAY + timedelta(days=30))["work"].age_days == 30


def test_a_firm_does_its_business_where_it_is_paid() -> None:
    cells = count_payments(month())
    (found,) = infer_circles(cells, TODAY, OF_A_FIRM)
    assert (found.kind, found.cell, found.days) == ("business", cell_of(*MALL), 4)


@given(PAYMENTS, st.randoms(use_true_random=False))
def test_the_order_of_payments_is_nothing(payments: list[Paid], random: Random) -> None:
    shuffled = list(payments)
    random.shuffle(shuffled)
    assert circles(shuffled) == circles(payments)


@given(PAYMENTS)
def test_what_is_told_is_within_its_bounds(payments: list[Paid]) -> None:
    cells = count_payments(payments)
    assert sum(each.paid for each in cells.values()) == len(payments)
    for each in circles(payments).values():
        assert 300 <= each.share <= 1000
        assert 3 <= each.days <= each.payments <= len(payments)
        assert each.first <= each.last <= TODAY
        assert each.age_days == (TODAY - each.last).days <= 90


@given(PAYMENTS, st.integers(1, 1_000_000))
def test_who_pays_more_everywhere_shops_where_they_did(payments: list[Paid], times: int) -> None:
    dearer = [
        Paid(p.lat_e5, p.lon_e5, p.day, p.hour, p.weekday, p.minor * times, p.there)
        for p in payments
    ]
    assert circles(dearer) == circles(payments)
