"""A forecast of daily sums by weekday, with the error that the same rule has had."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from enscene.capabilities.seasonal import WAYS, WEEK
from enscene.capabilities.series import too_little

HISTORY_LEAST = 4 * WEEK
BEGIN = 2 * WEEK
"""Days that every way of foretelling has to have seen."""
TRUST = 0.8
"""Part of the days that the interval is meant to hold."""
_CLEARLY = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Backtest:
    """How the rule would have done: at the end of every past week it foretold the next one, from
    what was known then, with the way that had done best until then.

    `mae` is the mean absolute error of a day, `naive_mae` that of "as last week" on the same days,
    both in minor units. `mape` leaves out days without sales; `mase` is relative to what a day
    differs from that of a week earlier over the history. `held` is the part of the days that the
    interval of then would have held. None: nothing to divide by.
    """

    days: int
    mae: float
    naive_mae: float
    mape: float | None
    mase: float | None
    held: float | None

    @property
    def beats_naive(self) -> bool:
        """Whether it was no worse than taking last week again."""
        return self.mae <= self.naive_mae / _CLEARLY


@dataclass(frozen=True, slots=True)
class Expected:
    """One day to come, `ahead` 1 for the day after the history; minor units."""

    ahead: int
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """`way` is a name of `seasonal.WAYS`; `history` is the number of days that it stands on."""

    history: int
    way: str
    days: tuple[Expected, ...]
    backtest: Backtest


@dataclass(slots=True)
class _Tried:
    """Errors of every way in every past week, and those of the rule that chose among them."""

    errors: dict[str, float]
    said: list[tuple[float, float, float]]
    misses: list[float]
    inside: int
    judged: int


def forecast(series: Sequence[int], ahead: int) -> Forecast:
    """The `ahead` days after a series of daily sums without gaps.

    Raises: Refused("capability.little_history") under four weeks.
    """
    if len(series) < HISTORY_LEAST:
        raise too_little(len(series), HISTORY_LEAST, "days")
    values = [float(each) for each in series]
    tried = _try(values)
    way = _best(tried.errors)
    profile = WAYS[way](values)
    spread = _quantile(tried.misses)
    days = []
    for place in range(ahead):
        value = profile[place % WEEK]
        # What is further away is less certain: as much as a walk of weeks would be.
        width = spread * math.sqrt(place // WEEK + 1)
        low = value - width
        if min(series) >= 0:
            low = max(0.0, low)
        days.append(Expected(place + 1, round(value), round(low), round(value + width)))
    return Forecast(len(series), way, tuple(days), _judge(values, tried))


def _try(values: Sequence[float]) -> _Tried:
    """Go through the past week by week; the last week ends where the series does."""
    tried = _Tried(dict.fromkeys(WAYS, 0.0), [], [], 0, 0)
    first = BEGIN + (len(values) - BEGIN) % WEEK
    for origin in range(first, len(values), WEEK):
        known, week = values[:origin], values[origin : origin + WEEK]
        profiles = {name: way(known) for name, way in WAYS.items()}
        chosen = profiles[_best(tried.errors)]
        spread = _quantile(tried.misses) if tried.misses else None
        naive = profiles["as_last_week"]
        for actual, guess, plain in zip(week, chosen, naive, strict=True):
            if spread is not None:
                tried.judged += 1
                tried.inside += abs(actual - guess) <= spread
            tried.said.append((actual, guess, plain))
        tried.misses.extend(abs(a - g) for a, g in zip(week, chosen, strict=True))
        for name, profile in profiles.items():
            # What was long ago counts less in the choice; in the error that is told it counts full.
            missed = sum(abs(a - g) for a, g in zip(week, profile, strict=True))
            tried.errors[name] = 0.9 * tried.errors[name] + missed
    return tried


def _best(errors: dict[str, float]) -> str:
    """The way with the least error; a later one has to be clearly better than an earlier one."""
    best = "as_last_week"
    for name, error in errors.items():
        if error < errors[best] * _CLEARLY:
            best = name
    return best


def _quantile(misses: Sequence[float]) -> float:
    """What `TRUST` of the misses do not exceed."""
    ordered = sorted(misses)
    return ordered[min(len(ordered) - 1, math.ceil(TRUST * (len(ordered) + 1)) - 1)]


def _judge(values: Sequence[float], tried: _Tried) -> Backtest:
    said = tried.said
    mae = sum(abs(actual - guess) for actual, guess, _ in said) / len(said)
    naive = sum(abs(actual - plain) for actual, _, plain in said) / len(said)
    parts = [abs(actual - guess) / actual for actual, guess, _ in said if actual > 0]
    steps = [abs(values[n] - values[n - WEEK]) for n in range(WEEK, len(values))]
    scale = sum(steps) / len(steps)
    return Backtest(
        days=len(said),
        mae=mae,
        naive_mae=naive,
        mape=sum(parts) / len(parts) if parts else None,
        mase=mae / scale if scale else (0.0 if not mae else None),
        held=tried.inside / tried.judged if tried.judged else None,
    )
