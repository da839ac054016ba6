"""One cycle of the loop: seven steps with days, an owner and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

from enscene.kernel.errors import Conflict

StepName: TypeAlias = Literal[
    "insight", "reach", "identify", "serve", "feedback", "analyse", "optimise"
]
STEPS: tuple[StepName, ...] = get_args(StepName)
_OF_STEP = frozenset({"step", "began", "ended", "owner"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is done: from when to when, whose it was, and what came of it in plain values."""

    name: StepName
    began: datetime
    ended: datetime
    owner: str
    outcome: Mapping[str, Any]


@dataclass(slots=True)
class Cycle:
    """Steps are done in their order, each once, none before the one ahead of it has begun."""

    id: UUID
    number: int
    campaign: str
    steps: list[Step] = field(default_factory=list)

    def done(
        self, name: StepName, began: datetime, ended: datetime, owner: str, **outcome: Any
    ) -> None:
        """A step was done. Raises: Conflict (another one comes first, or it ended before it began)."""
        wanted = STEPS[len(self.steps)] if len(self.steps) < len(STEPS) else None
        if name != wanted:
            raise Conflict(f"the next step is {wanted}, not {name}", code="loop.step")
        if ended < began or (self.steps and began < self.steps[-1].began):
            raise Conflict("steps follow each other", code="loop.days")
        self.steps.append(Step(name, began, ended, owner, outcome))

    def read(self, steps: Iterable[Mapping[str, Any]]) -> None:
        """Take up the steps that `to_json` told. Raises: Conflict."""
        for each in steps:
            outcome = {name: value for name, value in each.items() if name not in _OF_STEP}
            began, ended = (datetime.fromisoformat(each[name]) for name in ("began", "ended"))
            self.done(each["step"], began, ended, each["owner"], **outcome)

    @property
    def is_whole(self) -> bool:
        """Whether all seven are done."""
        return len(self.steps) == len(STEPS)

    @property
    def days(self) -> float:
        """How long it took from its first step's begin to its last one's end."""
        if not self.steps:
            return 0.0
        return (self.steps[-1].ended - self.steps[0].began).total_seconds() / 86_400

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "id": str(self.id), "number": self.number, "campaign": self.campaign,
            "days": round(self.days, 2),
            "steps": [
                {"step": each.name, "began": each.began.isoformat(), "ended": each.ended.isoformat(),
                 "owner": each.owner, **each.outcome}
                for each in self.steps
            ],
        }  # fmt: skip
