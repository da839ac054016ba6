"""The admission standard as data: its questions, and what an application scores by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

FOLDER = Path(__file__).parents[3] / "admission"
"""The bank's standard, which stands beside the packs and the shelf."""

Level = Literal["A1", "A2"]
Choice = Literal["yes", "partly", "no"]
POINTS: Mapping[str, int] = {"yes": 100, "partly": 50, "no": 0}
EVIDENCE_MOST = 1_000


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`weight` counts within its area. One that `must` be answered with yes decides by itself."""

    id: str
    area: str
    weight: int
    levels: tuple[Level, ...]
    zh: str
    en: str
    evidence: Words
    must: bool = False

    def asks(self, language: str) -> str:
        """The question in a language."""
        return self.en if language == "en" else self.zh


class Standard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`floors` are the least scores by level and area; after `renew_days` it is asked again."""

    version: str
    renew_days: int
    floors: Mapping[str, Mapping[str, int]]
    areas: Mapping[str, Words]
    questions: tuple[Question, ...]

    def asked(self, level: str) -> list[Question]:
        """What is asked at a level."""
        return [question for question in self.questions if level in question.levels]


@dataclass(frozen=True, slots=True)
class AreaScore:
    """Out of 100: as the partner says, and of what the bank has accepted."""

    area: str
    claimed: int
    accepted: int
    floor: int

    @property
    def enough(self) -> bool:
        """Whether what was accepted reaches the floor."""
        return self.accepted >= self.floor


@dataclass(frozen=True, slots=True)
class Score:
    """`missing` are questions without an answer, `unseen` those whose evidence nobody of the bank
    has judged, `broken` those that must be answered with yes and are not, or not credibly."""

    areas: tuple[AreaScore, ...]
    missing: tuple[str, ...]
    unseen: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether everything that is asked was answered."""
        return not self.missing

    @property
    def passes(self) -> bool:
        """Whether the bank may admit whoever gave these answers."""
        judged = not self.missing and not self.unseen and not self.broken
        return judged and all(area.enough for area in self.areas)


@cache
def read_standard() -> Standard:
    """The standard in force; one that cannot be read is a mistake of ours."""
    text = (FOLDER / "standard.yaml").read_text(encoding="utf-8")
    standard = msgspec.convert(yaml.safe_load(text), Standard)
    assert len({question.id for question in standard.questions}) == len(standard.questions)
    assert {question.area for question in standard.questions} <= standard.areas.keys()
    assert all(floors.keys() == standard.areas.keys() for floors in standard.floors.values())
    return standard


def score(
    standard: Standard,
    level: str,
    answers: Mapping[str, Mapping[str, Any]],
    findings: Mapping[str, Mapping[str, Any]],
) -> Score:
    """What an application scores. `answers` are {question: {answer, evidence}}, `findings` what the
    bank found: {question: {accepted, …}}."""
    asked = standard.asked(level)
    areas = []
    for area in standard.areas:
        own = [question for question in asked if question.area == area]
        weight = sum(question.weight for question in own)
        claimed = sum(each.weight * _points(answers, each.id) for each in own)
        accepted = sum(
            each.weight * _points(answers, each.id) for each in own if _accepted(findings, each.id)
        )
        floor = standard.floors[level][area]
        areas.append(AreaScore(area, claimed // max(1, weight), accepted // max(1, weight), floor))
    return Score(
        tuple(areas),
        missing=tuple(each.id for each in asked if each.id not in answers),
        unseen=tuple(each.id for each in asked if each.id not in findings),
        broken=tuple(
            each.id
            for each in asked
            if each.must
            and (_points(answers, each.id) < 100 or not _accepted(findings, each.id))
            and (each.id in findings or _points(answers, each.id) < 100)
        ),
    )


def _points(answers: Mapping[str, Mapping[str, Any]], question: str) -> int:
    return POINTS.get(str(answers.get(question, {}).get("answer")), 0)


def _accepted(findings: Mapping[str, Mapping[str, Any]], question: str) -> bool:
    return bool(findings.get(question, {}).get("accepted"))
