"""Gates: what must hold before the next step of a project begins and its money is released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

Step: TypeAlias = Literal[
    "research", "requirement", "marketing", "approval", "build", "pilot", "live", "promote",
    "feedback", "iterate",
]  # fmt: skip
STEPS: tuple[Step, ...] = get_args(Step)
DEPARTMENTS: Mapping[Step, str] = MappingProxyType({
    "research": "scene_team", "requirement": "product", "marketing": "marketing",
    "approval": "finance", "build": "technology", "pilot": "scene_team", "live": "channels",
    "promote": "marketing", "feedback": "channels", "iterate": "product",
})  # fmt: skip
"""Who a step is of unless the plan says otherwise, among the owners of the indicators' catalogue."""
USED_FROM: Step = "pilot"
"""The first step in which customers use the scene, so that figures of it can be asked for."""
Level: TypeAlias = Literal["low", "middle", "high"]
LEVELS: tuple[Level, ...] = get_args(Level)
Verdict: TypeAlias = Literal["met", "missed", "awaited"]
Values: TypeAlias = Mapping[tuple[str, date], int]


@dataclass(frozen=True, slots=True)
class Target:
    """At least `least` of an indicator, in its unit, in a month (its first day): what the gate at
    the end of `step` asks for."""

    step: Step
    indicator: str
    month: date
    least: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A target beside what came. `value` is None as long as the month is not over and computed."""

    target: Target
    value: int | None

    @property
    def verdict(self) -> Verdict:
        if self.value is None:
            return "awaited"
        return "met" if self.value >= self.target.least else "missed"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step with the money that it needs, in minor units, and the targets of the gate at its end."""

    step: Step
    minor: int
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """How far a plan came. `stopped_at` is the step at whose gate it ended, None: it was passed
    whole. `released` and `withheld` are minor units and sum to what the plan had without gates."""

    stopped_at: Step | None
    month: date | None
    released: int
    withheld: int
    judged: tuple[Judged, ...]


def judge(targets: Sequence[Target], values: Values, whole: Set[date]) -> tuple[Judged, ...]:
    """Each target beside its month, if that is whole. A figure that is not kept is nothing."""
    return tuple(
        Judged(each, values.get((each.indicator, each.month), 0) if each.month in whole else None)
        for each in targets
    )


def shuts(judged: Sequence[Judged], high_risks: int) -> tuple[str, ...]:
    """What keeps a gate shut, in words of a list: `missed` or `awaited` with indicator and month, and
    `risks` with how many high ones are open. Empty: it is open."""
    told = [
        f"{each.verdict} {each.target.indicator} {each.target.month:%Y-%m}"
        for each in judged
        if each.verdict != "met"
    ]
    return (*told, *((f"risks {high_risks}",) if high_risks else ()))


def allowed(stages: Sequence[Stage], passed: Set[Step]) -> int:
    """The money that passed gates allow: that of the first step, and of each one whose gates before
    it are all passed."""
    minor = 0
    for stage in stages:
        minor += stage.minor
        if stage.step not in passed:
            break
    return minor


def play_gates(stages: Sequence[Stage], values: Values, whole: Set[date]) -> Played:
    """Take a plan through its gates with figures that are all known: it ends at the first gate that
    is shut, and what comes behind it is never released."""
    passed: set[Step] = set()
    found: list[Judged] = []
    whole_plan = sum(each.minor for each in stages)
    for stage in stages:
        judged = judge(stage.targets, values, whole)
        found += judged
        if shuts(judged, 0):
            released = allowed(stages, passed)
            month = max(each.target.month for each in judged if each.verdict != "met")
            return Played(stage.step, month, released, whole_plan - released, tuple(found))
        passed.add(stage.step)
    return Played(None, None, whole_plan, 0, tuple(found))
