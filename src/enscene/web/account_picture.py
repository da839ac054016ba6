"""A line of an account by day as columns, drawn without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enscene.operations.scene_account import Day

WIDTH, HEIGHT = 640, 150
_TOP, _FOOT = 8, 22
_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A day: a column that stands on the zero line, or hangs from it."""

    day: Day
    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`zero` is where nothing is."""

    width: int
    height: int
    zero: float
    columns: tuple[Column, ...]


def draw_days(days: Sequence[Day]) -> Picture | None:
    """Columns of all days of the month that are known; None: there are none."""
    if not days or not any(each.minor for each in days):
        return None
    high = max(0, *(each.minor for each in days)) if len(days) > 1 else max(0, days[0].minor)
    low = min(0, *(each.minor for each in days)) if len(days) > 1 else min(0, days[0].minor)
    room = HEIGHT - _TOP - _FOOT
    scale = room / (high - low)
    zero = _TOP + high * scale
    step = WIDTH / 31
    columns = []
    for each in days:
        size = abs(each.minor) * scale
        x = (each.day.day - 1) * step
        label = str(each.day.day) if each.day.day == 1 or each.day.day % 5 == 0 else ""
        columns.append(
            Column(
                each, round(x + _GAP, 1), round(zero - size if each.minor > 0 else zero, 1),
                round(step - 2 * _GAP, 1), round(max(size, 1.0), 1), label,
            )
        )  # fmt: skip
    return Picture(WIDTH, HEIGHT, round(zero, 1), tuple(columns))
