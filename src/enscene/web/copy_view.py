"""What pages show of copies: their differences in words, and pictures of how they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from enscene.kernel.money import format_money
from enscene.operations import Launch
from enscene.operations.copying import (
    ACCOUNT,
    Comparison,
    Copy,
    Family,
    Track,
    family_of,
    list_copies,
)
from enscene.operations.indicators import read_catalogue
from enscene.operations.projects import format_value, measurable
from enscene.scenes.language import Pack
from enscene.web.console import Visit
from enscene.web.language import Texts
from enscene.web.render import money
from enscene.web.what_changes import Move, what_changes

WIDTH, HEIGHT = 640, 200
_LEFT, _TOP, _FOOT = 12, 12, 26
_STEPS_LEAST = 1


@dataclass(frozen=True, slots=True)
class Copied:
    """A launch that is a copy: the copy, how it differs from its original, and whose it is."""

    copy: Copy
    moves: Sequence[Move]
    family: Family


@dataclass(frozen=True, slots=True)
class Point:
    """A month of a scene in the picture."""

    x: float
    y: float
    age: int
    told: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A scene as a line; `number` tells its colour."""

    number: int
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines of one figure by month since going live. `zero` is where nothing is."""

    zero: float
    months: tuple[tuple[float, int], ...]
    lines: tuple[Drawn, ...]


async def copied_of(visit: Visit, pack: Pack, launch: Launch) -> Copied | None:
    """The copy that a launch is, if it is one."""
    if launch.kind != "new":
        return None
    family = await family_of(visit.console.pool, visit.tenant)
    for copy in await list_copies(visit.console.pool, family):
        if copy.tenant == visit.tenant and copy.launch == launch.id:
            return Copied(copy, what_changes(visit, pack, copy.original, launch.wish), family)
    return None


@cache
def indicator_names(language: str) -> dict[str, str]:
    """What indicators are called."""
    return {
        each.id: each.zh if language == "zh" else each.en for each in read_catalogue().indicators
    }


def figure_name(t: Texts, language: str, name: str) -> str:
    """What a compared figure is called."""
    if name.startswith(ACCOUNT):
        return t(f"account.lines.{name.removeprefix(ACCOUNT)}")
    return indicator_names(language)[name]


def figure_text(name: str, value: int, currency: str) -> str:
    """A compared figure as people read it."""
    if name.startswith(ACCOUNT) or measurable()[name].unit == "minor":
        return money(value, currency)
    if measurable()[name].unit == "millionths":
        return f"{value / 10_000:.1f}%"
    return f"{value:,}"


def target_text(name: str, value: int, currency: str) -> str:
    """A target as it was typed, with its sign where it is money."""
    unit = measurable()[name].unit
    return (
        money(value, currency)
        if unit == "minor"
        else format_value(value, measurable()[name], currency)
    )


def draw_tracks(comparison: Comparison, name: str) -> Picture | None:
    """One figure of all scenes; None: nothing of it is known."""
    known = [
        each.values[name, age]
        for each in comparison.tracks
        for age in range(each.ages)
        if (name, age) in each.values
    ]
    if not any(known):
        return None
    high, low = max(0, *known, 1), min(0, *known, 0)
    scale = (HEIGHT - _TOP - _FOOT) / (high - low)
    zero = _TOP + high * scale
    steps = max(comparison.ages - 1, _STEPS_LEAST)
    step = (WIDTH - 2 * _LEFT) / steps
    lines = tuple(
        _line(number, each, name, comparison.currency, step, zero, scale)
        for number, each in enumerate(comparison.tracks)
    )
    months = tuple((round(_LEFT + age * step, 1), age + 1) for age in range(comparison.ages))
    return Picture(round(zero, 1), months, lines)


def _line(
    number: int, track: Track, name: str, currency: str, step: float, zero: float, scale: float
) -> Drawn:
    points = tuple(
        Point(
            round(_LEFT + age * step, 1), round(zero - track.values[name, age] * scale, 1), age + 1,
            figure_text(name, track.values[name, age], currency),
        )
        for age in range(track.ages)
        if (name, age) in track.values
    )  # fmt: skip
    path = " ".join(f"{'M' if n == 0 else 'L'}{p.x},{p.y}" for n, p in enumerate(points))
    return Drawn(number, path, points)


def share_text(points: int) -> str:
    """Basis points as a share."""
    return f"{format_money(points, 'CNY')}%"
