"""How many portions of each dish the kitchen should expect, and how far off it has been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DAYS = 14
WEIGHT = 0.5
"""Of the newest day in the average; each day before counts half as much as the one after it."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`expected` portions of a dish at a serving on `day`; `error` is the mean absolute error of
    the same rule on the days before, in portions, None where there were none to compare."""

    day: str
    serving: str
    dish: str
    expected: float
    error: float | None
    ordered: int


def forecast_demand(rows: Iterable[Mapping[str, Any]], today: date) -> list[Forecast]:
    """The next day's demand from rows of day, serving, dish and portions.

    An average in which newer days weigh more, over at most two weeks in which anything was
    ordered at that serving. A dish that nobody ordered on such a day counts as none of it.
    """
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    served: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        counts[row["serving"], row["dish"]][row["day"]] = row["portions"]
        served[row["serving"]].add(row["day"])
    target = (today + timedelta(days=1)).isoformat()
    first = (today - timedelta(days=DAYS)).isoformat()
    forecasts = []
    for (serving, dish), by_day in counts.items():
        days = sorted(day for day in served[serving] if first <= day < target)
        series = [by_day.get(day, 0) for day in days]
        expected, errors = 0.0, []
        for place, value in enumerate(series):
            if place:
                errors.append(abs(expected - value))
            expected = value if not place else WEIGHT * value + (1 - WEIGHT) * expected
        if series:
            error = sum(errors) / len(errors) if errors else None
            ordered = by_day.get(target, 0)
            forecasts.append(Forecast(target, serving, dish, expected, error, ordered))
    return sorted(forecasts, key=lambda f: (f.serving, -f.expected, f.dish))
