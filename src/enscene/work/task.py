"""Tasks: what relationship managers are asked to do for a customer, and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

KINDS = ("refer", "chat", "call_back", "follow_up", "partner")
"""A referred decision, a customer who wants to talk, one who wants to be called, one whose product
is used no more or is in trouble, a partner whose systems do not answer."""
State = Literal["open", "taken", "done", "automatic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`need` says how much a person is needed: the higher the sooner. `staff` is the login name of
    who it is meant for (open) or who has taken it. Times are the tenant's.
    `routed` is why no person was asked, with the wait that was expected then, in seconds."""

    id: UUID
    kind: str
    scene: int
    customer: int
    application: UUID | None
    contract: str | None
    need: int
    reason: str
    state: State
    staff: str | None
    result: str | None
    made_at: datetime
    taken_at: datetime | None
    replied_at: datetime | None
    done_at: datetime | None
    routed: str = ""
    wait_s: int | None = None


def task_of(row: Any) -> Task:
    """A task from its row."""
    return Task(**{name: row[name] for name in Task.__slots__})
