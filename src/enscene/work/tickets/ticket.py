"""A ticket, its thread, and how soon it has to be answered and solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec
import yaml

from enscene.kernel.errors import NotFound
from enscene.kernel.ids import find_uuid, public_id

PREFIX = "tkt"
Kind: TypeAlias = Literal["question", "fault", "wish", "reconciliation"]
KINDS: tuple[Kind, ...] = ("question", "fault", "wish", "reconciliation")
Side: TypeAlias = Literal["asker", "operator"]
TITLE_MOST, TEXT_MOST = 120, 2_000


class Clock(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Hours to the first answer and to the solution."""

    answer_h: int
    solve_h: int

    @property
    def answer(self) -> timedelta:
        """To the first answer."""
        return timedelta(hours=self.answer_h)

    @property
    def solve(self) -> timedelta:
        """To the solution, without the time for which it waits for who asked."""
        return timedelta(hours=self.solve_h)


@cache
def read_clocks() -> Mapping[str, Clock]:
    """The clocks of all kinds, as they stand in `clocks.yaml`."""
    text = Path(__file__).with_name("clocks.yaml").read_text("utf-8")
    found: dict[str, Clock] = msgspec.convert(yaml.safe_load(text), dict[Kind, Clock])
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody said or did; `side` is whose words they are."""

    at: datetime
    act: str
    side: Side
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """`partner` filed it (None: the tenant's own people). `due` moves on while it waits for who
    asked; all times are real ones. `late` says that an answer or the solution is or came too late.
    """

    tenant: int
    id: UUID
    number: int
    kind: Kind
    title: str
    partner: UUID | None
    state: Literal["open", "waiting", "solved", "closed"]
    opened_by: str
    opened_at: datetime
    answer_due: datetime
    answered_at: datetime | None
    due: datetime
    waits_since: datetime | None
    solved_at: datetime | None
    release: UUID | None
    now: datetime
    lines: tuple[Line, ...] = ()

    @property
    def ref(self) -> str:
        """As it is written outside."""
        return public_id(PREFIX, self.id)

    @property
    def late(self) -> bool:
        """Whether a clock was missed."""
        solved = self.solved_at or self.waits_since or self.now
        return (self.answered_at or self.now) > self.answer_due or solved > self.due

    @property
    def ends(self) -> datetime:
        """When the clock that runs now ends: of the first answer, then of the solution."""
        return self.answer_due if self.answered_at is None else self.due


def ticket_id(text: str) -> UUID:
    """The number inside `tkt_…`. Raises: NotFound."""
    found = find_uuid(text, PREFIX)
    if found is None:
        raise ticket_not_found()
    return found


def ticket_not_found() -> NotFound:
    """There is none, or it is somebody else's."""
    return NotFound("there is no such ticket", code="ticket.not_found", param="ticket")
