"""The states of service, and what each of them refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from enscene.kernel.clock import format_time
from enscene.kernel.errors import Unavailable

State = Literal["normal", "essential", "readings"]
STATES: tuple[State, ...] = ("normal", "essential", "readings")
"""From the widest to the narrowest."""
Cause = Literal["", "person", "database", "queue"]
Class = Literal["money", "reading", "housekeeping"]
"""What an operation is: it moves money or keeps a customer's word; it tells what is; neither can do
without it for a while. Without `housekeeping` money keeps moving."""

RETRY_S = 5
"""When to come again where no end is known."""
RETRY_MOST_S = 3_600


@dataclass(frozen=True, slots=True)
class Standing:
    """The state that holds now. `until` is the expected end (None: none is known); `reason` is for
    anybody to read, and empty where the program entered the state by itself."""

    state: State = "normal"
    cause: Cause = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""

    @property
    def is_normal(self) -> bool:
        """Whether all is given."""
        return self.state == "normal"

    def refuses(self, kind: Class, *, looks: bool) -> bool:
        """Whether an operation is not done now; `looks`: it writes nothing."""
        if self.state == "essential":
            return kind == "housekeeping"
        return self.state == "readings" and not looks

    def narrower(self, other: Standing) -> Standing:
        """Of two the one that gives less; of equals this."""
        return other if STATES.index(other.state) > STATES.index(self.state) else self


NORMAL = Standing()


@dataclass(frozen=True, slots=True)
class Entry:
    """A state as it was entered. `bank` is a tenant's ref, None: the installation."""

    id: UUID
    bank: str | None
    state: State
    cause: Cause
    reason: str
    who: str
    since: datetime
    until: datetime | None
    ended_at: datetime | None
    ended_by: str | None

    def holds(self, now: datetime) -> bool:
        """Whether it counts."""
        return self.ended_at is None and (self.until is None or self.until > now)

    @property
    def over_at(self) -> datetime | None:
        """When it ended; also by itself, which nobody writes down."""
        if self.ended_at is not None:
            return self.ended_at
        return None if self.holds(datetime.now(UTC)) else self.until

    @property
    def standing(self) -> Standing:
        """The state that it makes."""
        return Standing(self.state, self.cause, self.since, self.until, self.reason)


def refusal(standing: Standing) -> Unavailable:
    """What the caller is told of an operation that the state refuses: since when, until when where
    that is known, and when to come again."""
    facts: dict[str, object] = {"state": standing.state, "retry_after_s": RETRY_S}
    if standing.since is not None:
        facts["since"] = format_time(standing.since)
    if standing.until is not None:
        left_s = int((standing.until - datetime.now(UTC)).total_seconds()) + 1
        facts |= {
            "until": format_time(standing.until),
            "retry_after_s": min(max(left_s, 1), RETRY_MOST_S),
        }
    if standing.state == "readings":
        return Unavailable(
            "the service is read-only for the moment: nothing was done",
            code="service.read_only",
            hint="try again after Retry-After, with the same key",
            facts=facts,
        )
    return Unavailable(
        "for the moment only what is essential is served, so that money keeps moving",
        code="service.essential_only",
        hint="try again after Retry-After",
        facts=facts,
    )
