"""Whether a scene is well, by its figures alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enscene.operations.board.health import health_of, last_whole_week, usual_of

TO = date(2026, 3, 25)  # a Wednesday
LAST = date(2026, 3, 16)
OPEN = date(2025, 6, 1)


def weeks(last: int, *before: int) -> dict[date, int]:
    """Users of the last whole week and of those before it, the nearest first."""
    return {LAST - timedelta(weeks=n): users for n, users in enumerate((last, *before))}


def test_the_last_whole_week_ends_on_a_computed_sunday() -> None:
    assert last_whole_week(TO) == LAST
    assert last_whole_week(date(2026, 3, 22)) == LAST
    assert last_whole_week(date(2026, 3, 21)) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("last", "health"), [(100, "well"), (80, "well"), (79, "shrinking"), (0, "shrinking")]
)
def test_below_four_fifths_of_the_mean_it_shrinks(last: int, health: str) -> None:
    told = weeks(last, 90, 110, 100, 100)
    assert health_of("live", OPEN, TO, TO, told) == health


def test_of_few_users_or_few_weeks_nothing_is_told() -> None:
    assert health_of("live", OPEN, TO, TO, weeks(0, 9, 9, 9, 9)) == "well"
    assert usual_of(weeks(1, 50, 50, 50), TO) is None
    assert health_of("live", OPEN, TO, TO, weeks(1, 50, 50, 50)) == "well"


def test_without_anybody_it_stands_still_unless_it_is_new() -> None:
    assert health_of("live", OPEN, TO, None, {}) == "stale"
    assert health_of("pilot", TO - timedelta(days=13), TO, None, {}) == "new"
    assert health_of("pilot", TO - timedelta(days=14), TO, None, {}) == "stale"
    assert health_of("live", OPEN, None, None, {}) == "unknown"
    assert health_of("suspended", OPEN, TO, TO, weeks(1, 90, 90, 90, 90)) == "closed"
