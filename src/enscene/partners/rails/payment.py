"""A payment over the simulated rails, and what an answer of the rail makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from enscene.kernel.clock import local_day, zone_of
from enscene.kernel.errors import NotFound
from enscene.kernel.ids import find_uuid, public_id
from enscene.partners.rails.test_accounts import Answer, Says, find_account

Kind = Literal["pay_out", "collect", "refund"]
State = Literal["accepted", "sent", "timed_out", "settled", "rejected", "returned"]
KINDS: tuple[Kind, ...] = ("pay_out", "collect", "refund")
STATES: tuple[State, ...] = (
    "accepted", "sent", "timed_out", "settled", "rejected", "returned"
)  # fmt: skip
SAID: tuple[str, ...] = ("accepted", "sent", "timed_out", "settled", "rejected", "returned")
PREFIX = "rpy"
OWN, CLEARING, OUTSIDE = range(3)
"""Places of the ledger's accounts in `Payment.accounts`."""
Move = tuple[int, int]
_WAITS = ("accepted", "sent", "timed_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`amount` and `refunded` in minor units. `of` is the collected payment that a refund gives
    back, `refunded` what is on its way back or has gone. `accounts` are the ledger's: own,
    clearing, outside. `step` is the place of the rail's next answer, `due` when it comes."""

    id: UUID
    app: int
    app_name: str
    kind: Kind
    of: UUID | None
    amount: int
    currency: str
    counter_account: str
    reference: str
    accounts: tuple[int, ...]
    state: State
    reason: str | None
    refunded: int
    step: int
    due: datetime | None
    made_at: datetime
    changed_at: datetime

    @property
    def number(self) -> str:
        """What it is called outside: `rpy_…`."""
        return public_id(PREFIX, self.id)

    @property
    def next_answer(self) -> Answer | None:
        """What the rail says next, if anything."""
        script = find_account(self.counter_account).script(self.kind)
        return script[self.step] if self.step < len(script) else None


def moves_on_acceptance(kind: Kind) -> tuple[Move, ...]:
    """What leaves the partner rests in clearing until the rail has answered; nothing is there yet
    of what is collected."""
    return () if kind == "collect" else ((OWN, CLEARING),)


def take_answer(known: Payment, says: Says, reason: str | None) -> tuple[Payment, tuple[Move, ...]]:
    """The payment after an answer, and how money moves. Whatever comes in whatever order, again or
    late: money moves out once, and back once."""
    waits = known.state in _WAITS
    collects = known.kind == "collect"
    settle: Move = (OUTSIDE, OWN) if collects else (CLEARING, OUTSIDE)
    back: Move = (OWN, OUTSIDE) if collects else (OUTSIDE, OWN)
    if says == "sent" and known.state == "accepted":
        return replace(known, state="sent"), ()
    if says == "timed_out" and known.state in ("accepted", "sent"):
        return replace(known, state="timed_out"), ()
    if says == "settled" and waits:
        return replace(known, state="settled"), (settle,)
    if says == "rejected" and waits:
        return replace(known, state="rejected", reason=reason), (
            () if collects else ((CLEARING, OWN),)
        )
    if says == "returned" and (waits or known.state == "settled"):
        # A return that is first told of means that it had settled.
        return replace(known, state="returned", reason=reason), (
            (settle, back) if waits else (back,)
        )
    return known, ()


def due_at(made_at: datetime, answer: Answer | None, zone: str) -> datetime | None:
    """When an answer comes to a payment of that time: at once, or when a later day begins."""
    if answer is None:
        return None
    if answer.days == 0:
        return made_at
    return day_begins(local_day(made_at, zone) + timedelta(days=answer.days), zone)


def day_begins(day: date, zone: str) -> datetime:
    """The first moment of a day in the zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(zone))


def payment_id(text: str, *, param: str = "payment") -> UUID:
    """The number inside `rpy_…`. Raises: NotFound, which blames `param`."""
    found = find_uuid(text, PREFIX)
    if found is None:
        raise payment_not_found(param=param)
    return found


def payment_not_found(*, param: str = "payment") -> NotFound:
    """There is no such payment, or it is another's."""
    return NotFound("there is no such payment", code="rails.not_found", param=param)
