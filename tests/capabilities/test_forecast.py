"""A sales forecast: what it must be on series whose future is known, and how it does on real ones."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.capabilities import daily, forecast
from enscene.kernel.errors import Refused

DATA = Path(__file__).parents[3] / "shared" / "data"
CDNOW = DATA / "cdnow" / "CDNOW_master.txt.gz"
RETAIL = DATA / "online_retail" / "online_retail.parquet"
MINOR = st.integers(0, 10**9)
SERIES = st.lists(st.integers(0, 10**7), min_size=28, max_size=120)


@given(MINOR, st.integers(28, 200), st.integers(1, 40))
def test_of_a_constant_is_the_constant(value: int, length: int, ahead: int) -> None:
    found = forecast([value] * length, ahead)
    assert [(day.low, day.value, day.high) for day in found.days] == [(value,) * 3] * ahead
    assert (found.backtest.mae, found.backtest.mase) == (0, 0)


@given(st.lists(MINOR, min_size=7, max_size=7), st.integers(28, 150), st.integers(1, 40))
def test_a_weekly_pattern_goes_on(week: list[int], length: int, ahead: int) -> None:
    series = [week[n % 7] for n in range(length + ahead)]
    found = forecast(series[:length], ahead)
    assert [day.value for day in found.days] == series[length:]
    assert found.backtest.mae == 0


@given(SERIES, st.sampled_from([2, 16, 1024]))
def test_money_in_another_unit_is_the_same_forecast(series: list[int], times: int) -> None:
    small, large = forecast(series, 14), forecast([each * times for each in series], 14)
    assert small.way == large.way
    for one, many in zip(small.days, large.days, strict=True):
        for name in ("low", "value", "high"):
            assert abs(getattr(one, name) * times - getattr(many, name)) <= times
    assert large.backtest.mae == small.backtest.mae * times
    assert (large.backtest.mape, large.backtest.mase) == (small.backtest.mape, small.backtest.mase)


@given(SERIES)
@settings(max_examples=50)
def test_an_interval_holds_its_value_and_widens(series: list[int]) -> None:
    days = forecast(series, 21).days
    assert all(0 <= day.low <= day.value <= day.high for day in days)
    for near, far in zip(days, days[7:], strict=False):
        assert far.high - far.value >= near.high - near.value


@given(SERIES, st.integers(28, 60))
def test_the_backtest_of_the_past_does_not_know_the_future(series: list[int], cut: int) -> None:
    """A later day changes nothing of what was said before it: the errors of both add up."""
    whole = series + [10**7] * 7
    before, after = forecast(series, 1).backtest, forecast(whole, 1).backtest
    assert after.days == before.days + 7
    assert after.mae * after.days >= before.mae * before.days * (1 - 1e-9)


@pytest.mark.parametrize("length", [0, 1, 27])
def test_too_little_history_is_refused(length: int) -> None:
    with pytest.raises(Refused) as caught:
        forecast([1] * length, 7)
    assert caught.value.code == "capability.little_history"
    assert caught.value.facts == {"have": length, "need": 28, "of": "days"}


def test_days_without_anything_count_and_today_does_not() -> None:
    today = date(2026, 3, 10)
    rows = [(date(2026, 3, 7), 5), (date(2026, 3, 9), 7), (date(2026, 3, 9), 1), (today, 99)]
    assert daily(rows, today) == [5, 0, 8]
    assert daily(rows, today, date(2026, 3, 5)) == [0, 0, 5, 0, 8]
    assert daily([], today) == []
    assert len(daily([(date(2020, 1, 1), 1), (date(2026, 3, 9), 1)], today)) == 730


def cdnow() -> list[tuple[date, int]]:
    """Purchases by day in cents."""
    rows = []
    with gzip.open(CDNOW, "rt", encoding="utf-8") as text:
        for line in text:
            parts = line.split()
            if len(parts) == 4 and parts[0].isdigit():
                day = date(int(parts[1][:4]), int(parts[1][4:6]), int(parts[1][6:]))
                rows.append((day, round(float(parts[3]) * 100)))
    return rows


def online_retail() -> list[tuple[date, int]]:
    """Sales without cancellations, by day in pence."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="no pyarrow: the file is Parquet")
    names = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice"]
    columns = parquet.read_table(RETAIL, columns=names).to_pydict()
    sums: Counter[date] = Counter()
    for number, count, at, price in zip(*(columns[name] for name in names), strict=True):
        if count > 0 and price > 0 and not str(number).startswith("C"):
            sums[date.fromisoformat(at[:10])] += round(count * price * 100)
    return [*sums.items()]


def judge(rows: list[tuple[date, int]], ratio: float) -> None:
    """On all of the data, no worse than taking last week again, by the ratio that is stated."""
    found = forecast(daily(rows, max(day for day, _ in rows) + timedelta(days=1)), 14)
    assert found.backtest.beats_naive
    assert found.backtest.mae <= ratio * found.backtest.naive_mae
    assert found.backtest.held is not None
    assert 0.75 <= found.backtest.held <= 0.95  # the interval is meant to hold 0.8 of the days


def test_it_is_no_worse_than_last_week_again_on_a_record_shop() -> None:
    if not CDNOW.is_file():
        pytest.skip("no ../shared/data/cdnow beside the checkout")
    judge(cdnow(), 0.95)


def test_it_is_no_worse_than_last_week_again_on_a_gift_shop() -> None:
    if not RETAIL.is_file():
        pytest.skip("no ../shared/data/online_retail beside the checkout")
    judge(online_retail(), 0.90)
