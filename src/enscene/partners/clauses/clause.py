"""A clause, its due days, and what came of each, as they are without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import public_id, uuid_of
from enscene.partners.incidents import Side

Kind = Literal["return", "check"]
State = Literal["met", "due", "missed"]
KINDS: tuple[Kind, ...] = ("return", "check")
PREFIX = "cls"


@dataclass(frozen=True, slots=True)
class Period:
    """What came for one due day. `filled` counts the values of each field among those that
    arrived; `met_by` and `evidence` are a person's, where figures alone did not do."""

    due: date
    arrived: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    last_at: datetime | None = None
    met_at: datetime | None = None
    met_by: str | None = None
    evidence: str | None = None

    def state(self, today: date) -> State:
        """`missed` from the day after it was due, as long as it is not met."""
        if self.met_at is not None:
            return "met"
        return "missed" if self.due < today else "due"

    def percent(self, name: str) -> int:
        """How many of the records that arrived have a value in that field, in percent, rounded
        down; 0 of none."""
        return 100 * self.filled.get(name, 0) // self.arrived if self.arrived else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Of a `return`: at least `expected` records are due every `every_days`, with a value in at
    least `complete` percent of each of the `fields`. A `check` is confirmed by a person of the
    `side` that owes it. With `every_days` 0 it is due once. Days are those of the bank's zone."""

    id: UUID
    partner: UUID
    kind: Kind
    title: str
    purpose: str
    fields: tuple[str, ...]
    every_days: int
    first_due: date
    expected: int
    complete: int
    side: Side
    severity: Literal["low", "middle", "high"]
    made_at: datetime
    made_by: str
    ended_on: date | None = None
    ended_by: str | None = None

    @property
    def number(self) -> str:
        """What it is called outside: `cls_…`."""
        return public_id(PREFIX, self.id)

    def due_days(self, until: date) -> Iterator[date]:
        """Its due days up to and with a day."""
        day = self.first_due
        while day <= until:
            yield day
            if self.every_days == 0:
                return
            day += timedelta(days=self.every_days)

    def running(self, today: date) -> date:
        """The due day that is worked towards: the first that has not passed; of one that is due
        once, that."""
        if self.every_days == 0 or today <= self.first_due:
            return self.first_due
        passed = -(-(today - self.first_due).days // self.every_days)
        return self.first_due + timedelta(days=passed * self.every_days)

    def owes(self, day: date, today: date) -> bool:
        """Whether it is one of its due days up to the one that is worked towards."""
        if self.ended_on is not None and day > self.ended_on:
            return False
        apart = (day - self.first_due).days
        on_day = apart == 0 if self.every_days == 0 else apart % self.every_days == 0
        return apart >= 0 and on_day and day <= self.running(today)

    def enough(self, arrived: int, filled: Mapping[str, int]) -> bool:
        """Whether these figures are what was agreed."""
        whole = all(100 * filled.get(name, 0) >= self.complete * arrived for name in self.fields)
        return arrived >= self.expected and whole


def clause_id(text: str) -> UUID:
    """The number inside `cls_…`. Raises: NotFound."""
    try:
        if not text.startswith(f"{PREFIX}_"):
            raise clause_not_found()
        return uuid_of(text)
    except Invalid:
        raise clause_not_found() from None


def clause_not_found() -> NotFound:
    """There is no such clause, or it is another's."""
    return NotFound("there is no such clause", code="clause.not_found", param="clause")
