"""Enter a state of service by hand, and leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from enscene.kernel.errors import Conflict, Invalid
from enscene.kernel.ids import new_uuid
from enscene.tenants.service import store
from enscene.tenants.service.state import STATES, Entry
from enscene.tenants.store import Pool
from enscene.tenants.tenant import Tenant

LONGEST = timedelta(days=7)
REASON_MOST = 200
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Order:
    """What is to hold from now until `until`; `reason` is told to everybody."""

    state: str
    reason: str
    until: datetime


async def enter_state(pool: Pool, bank: Tenant | None, order: Order, who: str) -> None:
    """Let a bank and all below it, or the installation (None), be in that state; what a person has
    entered there before ends.

    Raises: Invalid("service.state", "service.reason", "service.until").
    """
    if order.state not in STATES[1:]:
        raise Invalid("essential or readings", code="service.state", param="state")
    reason = order.reason.strip()
    if not 1 <= len(reason) <= REASON_MOST or "\0" in reason:
        raise Invalid(f"1 to {REASON_MOST} characters", code="service.reason", param="reason")
    now = datetime.now(UTC)
    if not now < order.until <= now + LONGEST:
        raise Invalid(
            f"within the next {LONGEST.days} days", code="service.until", param="until",
            facts={"days": LONGEST.days},
        )  # fmt: skip
    id_ = None if bank is None else bank.id
    async with store.writing(pool) as connection:
        await store.end_state(connection, id_, who)
        await store.insert_state(connection, new_uuid(), id_, order.state, reason, who, order.until)
    _log.warning(
        "service.entered",
        bank=bank and bank.ref,
        state=order.state,
        who=who,
        until=str(order.until),
    )


async def leave_state(pool: Pool, bank: Tenant | None, who: str) -> None:
    """Be normal again at once. Raises: Conflict("service.not_entered")."""
    async with store.writing(pool) as connection:
        held = await store.end_state(connection, None if bank is None else bank.id, who)
    if not held:
        raise Conflict("nobody has entered a state there", code="service.not_entered")
    _log.warning("service.left", bank=bank and bank.ref, who=who)


async def list_states(pool: Pool) -> list[Entry]:
    """The states of lately: those that are open, then the newest first."""
    _, rows = await store.read_lately(pool)
    return [entry_of(row) for row in rows]


def entry_of(row: asyncpg.Record) -> Entry:
    """An entry as the table has it."""
    told = {name: row[name] for name in Entry.__slots__}
    return Entry(**told)
