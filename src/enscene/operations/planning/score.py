"""Score a candidate by what the bank looks at, with its own weights, and say what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from enscene.kernel.errors import Invalid
from enscene.operations import store as operations_store
from enscene.operations.planning import store
from enscene.operations.planning.entry import Content
from enscene.operations.planning.register import locked
from enscene.operations.planning.rules import CRITERIA, WARNED, Criterion, Rules

EVIDENCE_MOST = 500


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """0 to 100, and what that rests on."""

    points: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Score:
    """The last scoring of an entry. `number` counts them."""

    number: int
    points: Mapping[Criterion, Point]
    scored_by: str
    scored_at: datetime

    def total(self, rules: Rules) -> int:
        """The weighted mean in whole points, rounded down: sum(weight × points) ÷ sum(weight)."""
        weighed = sum(rules.weights[each] * self.points[each].points for each in CRITERIA)
        return weighed // sum(rules.weights.values())

    def warnings(self, rules: Rules) -> tuple[Criterion, ...]:
        """Of control and advantage what is below the bank's bound: much may be spent there and little
        held."""
        return tuple(each for each in WARNED if self.points[each].points < rules.warn_below)


def screened_by(content: Content, score: Score, rules: Rules) -> tuple[str, ...]:
    """Why a candidate may become no project, in words of a list: `sector NAME`, `total HAS LEAST`, or
    a criterion with what it has and needs. Empty: it may."""
    closed = {each.casefold() for each in rules.closed_sectors}
    told = [f"sector {content.sector}"] if content.sector.casefold() in closed else []
    total = score.total(rules)
    if total < rules.least_total:
        told.append(f"total {total} {rules.least_total}")
    told += [
        f"{each} {score.points[each].points} {rules.least[each]}"
        for each in CRITERIA
        if score.points[each].points < rules.least.get(each, 0)
    ]
    return tuple(told)


async def score_entry(
    source: operations_store.Source, tenant: int, ref: str, points: Mapping[str, Point], who: str
) -> None:
    """Score an entry anew; earlier scores stay. Raises: NotFound, Invalid with `param`."""
    for each in points:
        if each not in CRITERIA:
            raise Invalid("there is no such criterion", code="planning.criterion", param=each[:40])
    found = {}
    for name in CRITERIA:
        point = points.get(name)
        if point is None or not 0 <= point.points <= 100:
            raise Invalid("0 to 100 points", code="planning.points", param=f"{name}.points")
        said = point.evidence.strip()
        if not said or len(said) > EVIDENCE_MOST:
            raise Invalid(
                "what it rests on, in at most 500 characters", code="planning.evidence",
                param=f"{name}.evidence",
            )  # fmt: skip
        found[name] = {"points": point.points, "evidence": said}
    async with operations_store.writing(source, tenant) as connection:
        entry = await locked(connection, tenant, ref, who)
        clock = await operations_store.read_clock(connection, tenant)
        await store.insert_score(connection, tenant, entry, found, who, clock["now"])


async def read_scores(source: operations_store.Source, tenant: int) -> dict[str, Score]:
    """The last score of each entry that has one, by the entry's number as text."""
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_scores(connection, tenant)
    return {str(row["entry"]): as_score(row) for row in rows}


def as_score(row: operations_store.Row) -> Score:
    """A row as what it says."""
    points = msgspec.convert(row["points"], dict[Criterion, Point])
    return Score(row["number"], points, row["scored_by"], row["scored_at"])
