from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.clock import (
    WINDOWS,
    format_time,
    local_day,
    next_time_of_day,
    parse_day,
    parse_duration,
    parse_time,
    window_key,
)
from enscene.kernel.errors import Invalid

SHANGHAI = "Asia/Shanghai"
MOMENTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy wants bounds without a zone
    datetime(2199, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
ZONES = st.sampled_from([SHANGHAI, "UTC", "America/New_York", "Asia/Kathmandu", "Europe/Prague"])


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert local_day(late, SHANGHAI) == date(2026, 11, 23)
    assert local_day(late, "UTC") == date(2026, 11, 22)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Asia"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(Invalid) as caught:
        local_day(datetime(2026, 1, 1, tzinfo=UTC), zone)
    assert caught.value.code == "clock.unknown_zone"


def test_windows_have_readable_names() -> None:
    now = datetime(2026, 11, 22, 11, 45, tzinfo=UTC)
    assert {per: window_key(now, SHANGHAI, per) for per in WINDOWS} == {
        "hour": "2026-11-22T19",
        "day": "2026-11-22",
        "week": "2026-W47",
        "month": "2026-11",
        "year": "2026",
        "ever": "ever",
    }
    assert window_key(datetime(2027, 1, 1, tzinfo=UTC), SHANGHAI, "week") == "2026-W53"
    with pytest.raises(Invalid, match="not a counter window"):
        window_key(now, SHANGHAI, "fortnight")


@given(MOMENTS, MOMENTS, st.sampled_from(["day", "week", "month", "year", "ever"]))
def test_window_names_sort_by_time(one: datetime, other: datetime, per: str) -> None:
    earlier, later = sorted((one, other))
    assert window_key(earlier, SHANGHAI, per) <= window_key(later, SHANGHAI, per)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800), ("1w", 604_800), ("0s", 0)],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "2", "h", "-2h", "1.5h", "2 h", "02h", "2H", "1y", "2h30m", "99999999w", 5, None]
)
def test_other_durations_are_refused(text: object) -> None:
    with pytest.raises(Invalid) as caught:
        parse_duration(text, param="timeout")
    assert (caught.value.code, caught.value.param) == ("clock.bad_duration", "timeout")


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59), ZONES)
def test_the_next_time_of_day_is_within_two_days(
    now: datetime, hour: int, minute: int, zone: str
) -> None:
    due = next_time_of_day(now, f"{hour:02d}:{minute:02d}", zone)
    assert now < due <= now + timedelta(hours=26)


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_clocks_show_the_time_asked_for(now: datetime, hour: int, minute: int) -> None:
    zone = ZoneInfo("Asia/Kathmandu")  # no clock changes in these years
    local = next_time_of_day(now, f"{hour:02d}:{minute:02d}", zone.key).astimezone(zone)
    assert (local.hour, local.minute, local.second) == (hour, minute, 0)


def test_the_same_minute_is_tomorrow_s() -> None:
    ten = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
    assert next_time_of_day(ten, "22:00", SHANGHAI) == ten + timedelta(days=1)
    assert next_time_of_day(ten - timedelta(seconds=1), "22:00", SHANGHAI) == ten


def test_a_time_that_clocks_skip_falls_later() -> None:
    before = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # Prague jumps from 02:00 to 03:00 at 01:00
    assert next_time_of_day(before, "02:30", "Europe/Prague") == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["24:00", "7:00", "07:60", "0700", "07:00:00", "", "07:00\n"])
def test_other_times_of_day_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not a time of day"):
        next_time_of_day(datetime(2026, 1, 1, tzinfo=UTC), text, SHANGHAI)


@given(MOMENTS)
def test_moments_are_read_back(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_written_moments_sort_by_time(one: datetime, other: datetime) -> None:
    assert (format_time(one) < format_time(other)) == (one < other)


def test_moments_come_out_in_utc() -> None:
    read = parse_time("2026-11-22T19:45:58.5+08:00")
    assert read == datetime(2026, 11, 22, 11, 45, 58, 500_000, tzinfo=UTC)
    assert read.tzinfo is UTC
    east = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    assert format_time(east) == "2025-12-31T16:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T11:45:58",
        "2026-11-22 11:45:58Z",
        "2026-11-22t11:45:58z",
        "2026-11-22T11:45Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T11:45:60Z",
        "2026-13-01T00:00:00Z",
        "2026-11-22T11:45:58.1234567Z",
        "2026-11-22T11:45:58+0800",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "2026-11-22T11:45:58Z\n",
        "",
        5,
        None,
        "20261122T114558Z",
    ],
)
def test_other_moments_are_refused(text: object) -> None:
    with pytest.raises(Invalid) as caught:
        parse_time(text, param="from")
    assert (caught.value.code, caught.value.param) == ("clock.bad_time", "from")


def test_days_are_read_strictly() -> None:
    assert parse_day("2026-02-28") == date(2026, 2, 28)
    for text in ("2026-02-29", "2026-2-28", "20260228", "2026-W09-6", "", None, "2026-02-28\n"):
        with pytest.raises(Invalid) as caught:
            parse_day(text)
        assert caught.value.code == "clock.bad_day"
