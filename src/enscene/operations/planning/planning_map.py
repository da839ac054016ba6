"""The planning map: which candidate first, by four principles that the bank weighs itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from enscene.operations.planning.entry import Entry, Level
from enscene.operations.planning.rules import PRINCIPLES, Principle, Rules
from enscene.operations.planning.score import Score

OF_LEVEL: Mapping[Level, int] = MappingProxyType({"strategic": 100, "key": 60, "ordinary": 20})
OF_DAYS = ((90, 100), (180, 60), (365, 30))
"""Needed within so many days, or overdue: so many points."""
Weights = Mapping[Principle, int]


@dataclass(frozen=True, slots=True)
class Row:
    """`parts` are points (0 to 100) by principle, `points` their weighted mean, rounded down.
    `place_before` and `points_before` are those under the weights that are compared with; `passed`
    stood before it then and stands behind it now, `passed_by` the other way round."""

    entry: Entry
    score: Score | None
    parts: Mapping[Principle, int]
    points: int
    place: int
    points_before: int
    place_before: int
    passed: tuple[str, ...]
    passed_by: tuple[str, ...]

    @property
    def moved(self) -> int:
        """How many places it has gone up; below nothing: down."""
        return self.place_before - self.place


def parts_of(entry: Entry, score: Score | None, rules: Rules, today: date) -> dict[Principle, int]:
    """Tiered: by the level. Strategy-led: 100 in one of the bank's strategic sectors, else what was
    scored for endowment. Urgent first: by the day on which it is needed. Core first: the mean of what
    was scored for control and advantage, rounded down. What was not scored is nothing."""
    content = entry.content
    points = {} if score is None else {name: each.points for name, each in score.points.items()}
    strategic = {each.casefold() for each in rules.strategic_sectors}
    due = content.needed_by
    days = None if due is None else (due - today).days
    return {
        "tiered": OF_LEVEL[content.level],
        "strategy": 100 if content.sector.casefold() in strategic else points.get("endowment", 0),
        "urgent": 0 if days is None else next((p for most, p in OF_DAYS if days <= most), 0),
        "core": (points.get("control", 0) + points.get("advantage", 0)) // 2,
    }


def plan_map(
    entries: Iterable[Entry], scores: Mapping[str, Score], rules: Rules, today: date,
    weights: Weights, before: Weights,
) -> tuple[Row, ...]:  # fmt: skip
    """Candidates in their order under `weights`, beside that under `before`. Equal points are told
    apart by the total of the score, then by the reference."""
    known = {each.ref: each for each in entries if each.is_candidate}
    scored = {ref: scores.get(str(each.id)) for ref, each in known.items()}
    parts = {ref: parts_of(each, scored[ref], rules, today) for ref, each in known.items()}
    totals = {ref: 0 if each is None else each.total(rules) for ref, each in scored.items()}

    def order(by: Weights) -> list[str]:
        return sorted(known, key=lambda ref: (-_weighed(parts[ref], by), -totals[ref], ref))

    now, then = order(weights), order(before)
    place = {ref: number for number, ref in enumerate(now, 1)}
    old = {ref: number for number, ref in enumerate(then, 1)}
    return tuple(
        Row(
            known[ref], scored[ref], parts[ref],
            _weighed(parts[ref], weights) // sum(weights.values()), place[ref],
            _weighed(parts[ref], before) // sum(before.values()), old[ref],
            tuple(o for o in now if place[o] > place[ref] and old[o] < old[ref]),
            tuple(o for o in now if place[o] < place[ref] and old[o] > old[ref]),
        )
        for ref in now
    )  # fmt: skip


def _weighed(parts: Mapping[Principle, int], weights: Weights) -> int:
    return sum(weights[each] * parts[each] for each in PRINCIPLES)
