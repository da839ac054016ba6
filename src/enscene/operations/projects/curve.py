"""A curve of the past, taken through the gates of a project: what they would have released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import yaml

from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money
from enscene.operations.indicators.catalogue import Words
from enscene.operations.projects.gates import STEPS, Played, Stage, Step, Target, play_gates
from enscene.operations.projects.plan import measurable, parse_least
from enscene.operations.scene_account import parse_month


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    amount: str


class _Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: Step
    indicator: str
    month: str
    least: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Words
    currency: str
    sources: tuple[Words, ...]
    assumed: tuple[str, ...]
    steps: Mapping[Step, _Step]
    targets: tuple[_Target, ...]
    years: tuple[Mapping[str, str | int], ...]
    expected: Step | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A plan with the figures that came. `spent` is minor units by year, as it was without gates;
    `assumed` names what of the file nobody has documented."""

    name: Words
    currency: str
    sources: tuple[Words, ...]
    assumed: tuple[str, ...]
    stages: tuple[Stage, ...]
    values: Mapping[tuple[str, date], int]
    spent: Mapping[int, int]
    expected: Step | None

    def play(self) -> Played:
        """Through the gates, by the months that the curve has."""
        return play_gates(self.stages, self.values, {month for _, month in self.values})


def read_curve(path: Path) -> Curve:
    """Raises: Invalid, with what is wrong in the file."""
    try:
        # Everything is a text: 2012-12 is a month, and sums are never numbers.
        found = msgspec.convert(yaml.load(path.read_text("utf-8"), yaml.BaseLoader), _File,
                                strict=False)  # fmt: skip
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise Invalid(f"{path}: {error}", param="folders") from error
    targets = [_target(each, found.currency) for each in found.targets]
    stages, spent = [], dict.fromkeys((each.year for each in found.steps.values()), 0)
    for name in STEPS:
        step = found.steps.get(name)
        minor = 0 if step is None else parse_money(step.amount, found.currency, param=name)
        if minor < 0:
            raise Invalid(f"{path}: steps.{name}: an amount below nothing", param="folders")
        if step is not None:
            spent[step.year] += minor
        stages.append(Stage(name, minor, tuple(each for each in targets if each.step == name)))
    return Curve(
        found.name, found.currency, found.sources, found.assumed, tuple(stages),
        monthly(_years(found.years, found.currency)), spent, found.expected,
    )  # fmt: skip


def _target(each: _Target, currency: str) -> Target:
    indicator = measurable().get(each.indicator)
    if indicator is None:
        raise Invalid(f"no indicator that is kept by month: {each.indicator}", param="folders")
    least = parse_least(each.least, indicator, currency, param="least")
    return Target(each.step, each.indicator, parse_month(each.month), least)


def _years(rows: Sequence[Mapping[str, str | int]], currency: str) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        for name, value in row.items():
            if name == "year":
                continue
            if name not in measurable():
                raise Invalid(f"no indicator that is kept by month: {name}", param="folders")
            least = parse_least(str(value), measurable()[name], currency, param=name)
            found.setdefault(name, {})[int(row["year"])] = least
    return found


def monthly(years: Mapping[str, Mapping[int, int]]) -> dict[tuple[str, date], int]:
    """What stands for the December of years, by month: on the line from one to the next, from
    nothing before the first; rounded down."""
    values: dict[tuple[str, date], int] = {}
    for name, by_year in years.items():
        before, last = min(by_year) - 1, 0
        for year in sorted(by_year):
            count = (year - before) * 12
            for number in range(1, count + 1):
                since = before * 12 + 11 + number
                month = date(since // 12, since % 12 + 1, 1)
                values[name, month] = last + (by_year[year] - last) * number // count
            before, last = year, by_year[year]
    return values
