"""A hold as the write path sees it: money set aside at `dr` for `cr`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

OPEN, CAPTURED, VOID, EXPIRED = range(4)


@dataclass(slots=True)
class Hold:
    """Amounts in minor units. `amount - captured` is still set aside while the state is OPEN.

    `state_0`, `captured_0` are the values at the start of the batch; `fresh` says that the hold
    was made in this batch.
    """

    tenant: int
    id: UUID
    dr: int
    cr: int
    amount: int
    captured: int
    state: int
    currency: str
    scene: int
    flow: str
    expires: datetime | None = None
    state_0: int = OPEN
    captured_0: int = 0
    fresh: bool = False
    changed: bool = False

    def __post_init__(self) -> None:
        self.state_0, self.captured_0 = self.state, self.captured
