"""An application: what a customer has asked for in a scene, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from enscene.kernel.errors import Conflict
from enscene.kernel.ids import public_id, uuid_of

State = Literal[
    "begun", "approved", "refused", "referred", "confirmed", "done", "given_up", "expired"
]
STATES: tuple[State, ...] = (
    "begun", "approved", "refused", "referred", "confirmed", "done", "given_up", "expired",
)  # fmt: skip
OPEN: tuple[State, ...] = ("begun", "approved", "referred")
"""States in which it waits for somebody, and in which it can be given up or expire."""
CHANNELS = ("h5", "api", "bank_app", "manager")
"""Where a step is taken. The first two are in the scene, the others are the bank's own."""
BANK_CHANNELS = ("bank_app", "manager")
STEPS = ("begun", "decided", "handed_off", "opened", "called_in", "code_sent", "confirmed", "done")
LIFE = timedelta(hours=24)
"""How long a quote holds."""
PREFIX = "appl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Amounts are minor units. `fact` is the verified fact of the scene, `fields` what is known
    with where it is from, `quote` the price as it was shown, `data` the names of all data that
    were used; `staff` is who has joined it. Times are the tenant's."""

    id: UUID
    scene: int
    scene_ref: str
    scene_name: str
    customer: int
    customer_ref: str
    product: str
    state: State
    amount: int | None
    months: int | None
    currency: str
    offer: UUID | None
    fact: Mapping[str, Any] | None
    fields: Mapping[str, Mapping[str, Any]]
    quote: Mapping[str, Any]
    data: list[str]
    reasons: list[dict[str, Any]]
    began_in: str
    ended_in: str | None
    asked_twice: int
    decision: UUID | None
    contract: str | None
    staff: str | None
    begun_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime

    @property
    def ref(self) -> str:
        """The id as it is told."""
        return public_id(PREFIX, self.id)

    def need(self, *states: State) -> None:
        """Raises: Conflict("application.state")."""
        if self.state not in states:
            raise Conflict(
                f"the application is {self.state}",
                code="application.state",
                facts={"state": self.state},
            )


def application_of(row: Any) -> Application:
    """An application from its row."""
    return Application(**{name: row[name] for name in Application.__slots__})


def application_id(text: str) -> UUID:
    """Raises: Invalid("id.malformed")."""
    return uuid_of(text)
