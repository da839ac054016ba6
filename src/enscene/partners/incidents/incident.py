"""An incident of bank and partner, as it is without a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import public_id, uuid_of

Side = Literal["bank", "partner"]
SIDES: tuple[Side, ...] = ("bank", "partner")
PREFIX = "inc"
_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
TITLE_MOST, TEXT_MOST = 120, 1_000
LIMITS: Mapping[str, timedelta] = {
    "high": timedelta(hours=4), "middle": timedelta(hours=24), "low": timedelta(hours=72),
}  # fmt: skip
"""How long one side may have an incident before it is over its time, by severity."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was done. `responsible` is the side that has it from then on; `side` is who did it."""

    at: datetime
    act: Literal["opened", "noted", "handed_over", "closed"]
    side: Literal["bank", "partner", "watch"]
    who: str
    responsible: Side
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`clause` is what was missed, where it is about that. Steps are in order; the first opens it,
    and the last closes it when it is closed."""

    id: UUID
    partner: UUID
    clause: UUID | None
    title: str
    severity: str
    responsible: Side
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    steps: tuple[Step, ...] = ()

    @property
    def number(self) -> str:
        """What it is called outside: `inc_…`."""
        return public_id(PREFIX, self.id)

    @property
    def cause(self) -> str | None:
        """What it came of, when it is closed."""
        closed = self.closed_at is not None and bool(self.steps)
        return self.steps[-1].text if closed else None

    def held(self, now: datetime | None = None) -> dict[Side, timedelta]:
        """How long each side had it, until it was closed or now; together they are the whole."""
        ends = self.closed_at or max(now or datetime.now(UTC), self.since)
        found: dict[Side, timedelta] = {side: timedelta() for side in SIDES}
        moves = [each for each in self.steps if each.act in ("opened", "handed_over")]
        for number, move in enumerate(moves):
            until = moves[number + 1].at if number + 1 < len(moves) else ends
            found[move.responsible] += until - move.at
        return found

    def over(self, now: datetime | None = None) -> bool:
        """Whether the side that has it has had it for longer than its severity allows."""
        waits = (now or datetime.now(UTC)) - self.since
        return self.closed_at is None and waits > LIMITS[self.severity]


def incident_id(text: str) -> UUID:
    """The number inside `inc_…`. Raises: NotFound."""
    try:
        if not text.startswith(f"{PREFIX}_"):
            raise incident_not_found()
        return uuid_of(text)
    except Invalid:
        raise incident_not_found() from None


def incident_not_found() -> NotFound:
    """There is no such incident, or it is another's."""
    return NotFound("there is no such incident", code="incident.not_found", param="incident")


def is_plain(text: str) -> bool:
    """Whether it can be kept and shown: no control characters, no half characters, and none that
    turn the direction of what follows. Wide blanks and joined signs are as good as others."""
    return _ODD.search(text) is None


def check_words(text: str, name: str, least: int, most: int) -> str:
    """A text of a person, without blanks around it. Raises: Invalid("incident.text")."""
    text = text.strip()
    if not least <= len(text) <= most or not is_plain(text.replace("\n", " ").replace("\t", " ")):
        raise Invalid(
            f"{name} has {least} to {most} characters",
            code="incident.text",
            param=name,
            facts={"least": least, "most": most},
        )
    return text
