"""An order of an outside scene, and how reports of it are taken: late ones change nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, NotFound, Refused
from enscene.kernel.ids import public_id, uuid_of

State = Literal["placed", "paid", "delivered", "cancelled", "refunded"]
STATES: tuple[State, ...] = ("placed", "paid", "delivered", "cancelled", "refunded")
RANK = {"placed": 0, "paid": 1, "delivered": 2, "cancelled": 3, "refunded": 3}
PREFIX = "ord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Amounts in minor units. With `cashier` the customer pays it here, from the account at the
    bank; else the partner says what was paid. `at` and `day` are those of the bank."""

    id: UUID
    entry: UUID
    partner: UUID
    customer: int
    visit: UUID | None
    number: str
    title: str
    currency: str
    amount: int
    cashier: bool
    return_to: str | None
    state: State
    paid: int
    refunded: int
    at: datetime
    day: date
    changed_at: datetime

    @property
    def reference(self) -> str:
        """What it is called outside: `ord_…`."""
        return public_id(PREFIX, self.id)

    @property
    def payable(self) -> bool:
        """Whether the customer has it to pay here."""
        return self.cashier and self.paid == 0 and self.state in ("placed", "delivered")

    @property
    def kept(self) -> int:
        """What it brought: nothing of one that is not paid or was given back."""
        return self.paid - self.refunded


def take_report(known: Order, said: State, refunded: int | None) -> Order:
    """The order after its partner has told a state; as it was where that is old news. `refunded`
    is what was given back in all, the whole if it is not told.

    Raises: Conflict("brought_in.unpaid", "brought_in.ended", "brought_in.paid"),
    Invalid("brought_in.refund").
    """
    if said == "refunded":
        return _refund(known, refunded)
    if refunded is not None:
        raise Invalid("only refunded has a sum", code="brought_in.refund", param="refunded")
    if RANK[said] <= RANK[known.state] and not (said == "cancelled" and known.state == "refunded"):
        return known
    if known.state == "refunded":
        raise Conflict("it was refunded", code="brought_in.ended", facts={"state": known.state})
    if said == "cancelled":
        if known.paid or known.state == "delivered":
            raise Conflict("what is paid or delivered is refunded", code="brought_in.paid")
        return replace(known, state="cancelled")
    if said == "paid" and known.cashier:
        raise Conflict("the customer pays it at the bank's cashier", code="brought_in.unpaid")
    return replace(known, state=said, paid=known.paid if known.cashier else known.amount)


def _refund(known: Order, refunded: int | None) -> Order:
    whole = known.amount if refunded is None else refunded
    if not 0 < whole <= known.amount:
        raise Invalid(
            "a refund is more than nothing and at most the amount",
            code="brought_in.refund",
            param="refunded",
        )
    if known.state == "cancelled":
        raise Conflict("it was cancelled", code="brought_in.ended", facts={"state": "cancelled"})
    if known.cashier and known.paid == 0:
        raise Conflict("nothing was paid at the cashier", code="brought_in.unpaid")
    if whole <= known.refunded:
        return known  # an older report: what was given back stays given
    state: State = "refunded" if whole == known.amount else known.state
    if state == "placed":
        state = "paid"
    return replace(known, state=state, paid=known.amount, refunded=whole)


def pay(known: Order) -> Order:
    """The order after the customer has paid. Raises: Refused("brought_in.not_payable")."""
    if not known.payable:
        raise Refused(
            "there is nothing to pay",
            code="brought_in.not_payable",
            facts={"state": known.state},
        )
    state: State = "paid" if known.state == "placed" else known.state
    return replace(known, state=state, paid=known.amount)


def order_id(text: str) -> UUID:
    """The number inside `ord_…`. Raises: NotFound."""
    try:
        if not text.startswith(f"{PREFIX}_"):
            raise order_not_found()
        return uuid_of(text)
    except Invalid:
        raise order_not_found() from None


def order_not_found() -> NotFound:
    """There is no such order, or it is another's."""
    return NotFound("there is no such order", code="brought_in.order_not_found", param="order")
