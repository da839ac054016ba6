"""The course of an experiment as a line in the band that holds it, drawn without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enscene.engagement.results import Look

WIDTH, HEIGHT, LEFT = 720, 200, 112
_TOP, _FOOT = 12, 26
_ROOM, _LEAST = 1.25, 0.25
"""How much of the band of the last day the picture has room for (the first days' is far wider), and how
much of that there is at least on the other side of no difference."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A day: where it stands, and its look."""

    look: Look
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class CoursePicture:
    """`band` and `line` are points of SVG; `zero` is where no difference is, `high` and `low` are what
    the top and the bottom stand for (minor units)."""

    width: int
    height: int
    left: int
    zero: float
    high: int
    low: int
    top: int
    bottom: int
    band: str
    line: str
    marks: tuple[Mark, ...]


def draw_course(looks: Sequence[Look]) -> CoursePicture | None:
    """Of the days on which something can be told; None: there are none."""
    told = [each for each in looks if each.word is not None]
    if not told:
        return None
    last, values = told[-1], [each.value for each in told[len(told) // 2 :]]
    high, low = max(1.0, last.high, *values) * _ROOM, min(-1.0, last.low, *values) * _ROOM
    high, low = max(high, -low * _LEAST), min(low, -high * _LEAST)
    bottom = HEIGHT - _FOOT
    scale = (bottom - _TOP) / (high - low)
    step = (WIDTH - LEFT) / max(1, len(looks) - 1)
    at = {each.day: LEFT + n * step for n, each in enumerate(looks)}

    def y(value: float) -> float:
        return round(min(bottom, max(_TOP, _TOP + (high - value) * scale)), 1)

    xs = [round(at[each.day], 1) for each in told]
    upper = [f"{x},{y(each.high)}" for x, each in zip(xs, told, strict=True)]
    lower = [f"{x},{y(each.low)}" for x, each in zip(xs, told, strict=True)]
    marks = tuple(Mark(each, x, y(each.value)) for x, each in zip(xs, told, strict=True))
    return CoursePicture(
        WIDTH, HEIGHT, LEFT, y(0), round(high), round(low), _TOP, bottom,
        " ".join([*upper, *reversed(lower)]), " ".join(f"{m.x},{m.y}" for m in marks), marks,
    )  # fmt: skip
