"""Quiet hours by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.engagement.decisions import Quiet
from enscene.engagement.decisions.quiet_hours import quiet_until

NIGHT = Quiet(21 * 60, 8 * 60)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(text: str, zone: str, fold: int = 0) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return (local - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-24 20:59:59.999999", None),
        ("2026-11-24 21:00", "2026-11-25 08:00"),
        ("2026-11-24 23:59:59", "2026-11-25 08:00"),
        ("2026-11-25 00:00", "2026-11-25 08:00"),
        ("2026-11-25 07:59:59.999999", "2026-11-25 08:00"),
        ("2026-11-25 08:00", None),
    ],
)
def test_the_night_is_quiet_over_midnight(now: str, until: str | None) -> None:
    found = quiet_until(NIGHT, "Asia/Shanghai", us(now, "Asia/Shanghai"))
    assert found == (None if until is None else us(until, "Asia/Shanghai"))


def test_a_rest_at_noon_ends_on_the_same_day() -> None:
    noon, zone = Quiet(12 * 60, 14 * 60), "Asia/Shanghai"
    assert quiet_until(noon, zone, us("2026-11-24 13:00", zone)) == us("2026-11-24 14:00", zone)
    assert quiet_until(noon, zone, us("2026-11-24 14:00", zone)) is None


def test_nights_in_which_the_clocks_change_end_by_the_new_time() -> None:
    zone = "Europe/Berlin"
    for evening, morning, hours in (
        ("2026-03-28 21:00", "2026-03-29 08:00", 10),
        ("2026-10-24 21:00", "2026-10-25 08:00", 12),
    ):
        found = quiet_until(NIGHT, zone, us(evening, zone))
        assert found == us(morning, zone)
        assert found - us(evening, zone) == hours * 3_600_000_000


def test_an_hour_that_comes_twice_is_quiet_twice_and_one_that_is_skipped_ends_it() -> None:
    zone, odd = "Europe/Berlin", Quiet(2 * 60, 2 * 60 + 30)
    first, second = (us("2026-10-25 02:10", zone, fold) for fold in (0, 1))
    assert quiet_until(odd, zone, first) == us("2026-10-25 02:30", zone, 0)
    assert quiet_until(odd, zone, us("2026-10-25 02:40", zone, 0)) is None
    assert quiet_until(odd, zone, second) == us("2026-10-25 02:30", zone, 1)
    until = quiet_until(Quiet(60, 2 * 60 + 30), zone, us("2026-03-29 01:30", zone))
    assert until == us("2026-03-29 03:00", zone)


def moments(begins: str, hours: int) -> st.SearchStrategy[datetime]:
    first = datetime.fromisoformat(begins)
    return st.integers(0, hours * 3_600_000_000).map(lambda us: first + timedelta(microseconds=us))


@given(
    st.integers(0, 1_439),
    st.integers(0, 1_439),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
    st.one_of(
        moments("2026-01-01T00:00Z", 365 * 24),
        # The nights of the changes.
        moments("2026-03-28T12:00Z", 24),
        moments("2026-10-24T12:00Z", 24),
        moments("2026-04-04T00:00Z", 24),
    ),
)
def test_it_ends_at_the_first_minute_that_is_not_quiet(
    begins: int, ends: int, zone: str, now: datetime
) -> None:
    if begins == ends:
        return
    place = ZoneInfo(zone)

    def quiet_at(moment: datetime) -> bool:
        shown = moment.astimezone(place)
        inside = {minute % 1_440 for minute in range(begins, ends + 1_440 * (ends < begins))}
        return shown.hour * 60 + shown.minute in inside

    found = quiet_until(Quiet(begins, ends), zone, (now - EPOCH) // timedelta(microseconds=1))
    assert (found is not None) == quiet_at(now)
    if found is None:
        return
    end = EPOCH + timedelta(microseconds=found)
    assert end > now
    assert not quiet_at(end)
    before = end - timedelta(microseconds=1)
    while before > now:
        assert quiet_at(before)
        before -= timedelta(minutes=15)
