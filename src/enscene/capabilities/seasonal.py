"""Ways to foretell a week of daily sums from the days before it. Each gives seven days.

All of them keep proportions: every sum doubled, every forecast is doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

WEEK = 7
Profile = Callable[[Sequence[float]], list[float]]
"""From at least two weeks of daily sums to the seven days that follow them."""


def as_last_week(series: Sequence[float]) -> list[float]:
    """The baseline: each weekday as it was last."""
    return list(series[-WEEK:])


def smoothed(weight: float) -> Profile:
    """Each weekday by itself: an average in which the newest weighs `weight`, and each before it
    as much of what is left."""

    def profile(series: Sequence[float]) -> list[float]:
        found = []
        for place in range(WEEK):
            own = series[(len(series) + place) % WEEK :: WEEK]
            level = own[0]
            for value in own[1:]:
                level += weight * (value - level)
            found.append(level)
        return found

    return profile


def level_and_shape(weight: float, weeks: int = 8) -> Profile:
    """A level that follows the last weeks, times each weekday's part of the last `weeks` weeks."""

    def profile(series: Sequence[float]) -> list[float]:
        whole = min(weeks, len(series) // WEEK)
        recent = series[len(series) - whole * WEEK :]
        total = sum(recent)
        if not total:
            return [0.0] * WEEK
        sums = [sum(recent[n : n + WEEK]) for n in range(0, len(recent), WEEK)]
        level = sums[0]
        for value in sums[1:]:
            level += weight * (value - level)
        return [level * sum(recent[place::WEEK]) / total for place in range(WEEK)]

    return profile


def middle(weeks: int) -> Profile:
    """Each weekday's median of the last weeks: one feast does not move it."""

    def profile(series: Sequence[float]) -> list[float]:
        found = []
        for place in range(WEEK):
            own = sorted(series[(len(series) + place) % WEEK :: WEEK][-weeks:])
            half = len(own) // 2
            found.append(own[half] if len(own) % 2 else (own[half - 1] + own[half]) / 2)
        return found

    return profile


WAYS: dict[str, Profile] = {
    "as_last_week": as_last_week,
    "smoothed_fast": smoothed(0.5),
    "smoothed": smoothed(0.25),
    "smoothed_slow": smoothed(0.1),
    "level_fast": level_and_shape(0.6),
    "level": level_and_shape(0.3),
    "middle": middle(6),
}
