"""The lineage of a payment: which way its money came, so that it can go back the same way."""

from __future__ import annotations

import msgspec

from enscene.kernel.errors import Refused
from enscene.kernel.money import half_even


class Leg(msgspec.Struct, array_like=True):
    """One transfer of a payment, minor units; `back` is what has been given back of it."""

    dr: int
    cr: int
    amount: int
    back: int = 0


class Payment(msgspec.Struct, omit_defaults=True):
    """What a flow did for a thing: the legs posted, or set aside by `holds` (their ids).

    `captured` says that legs of a hold were posted. `counts` are the counters that the payment
    was counted in, (owner, window, amount) by name, so that a refund can give back there.
    """

    legs: list[Leg]
    holds: list[str] = []
    captured: bool = False
    counts: dict[str, tuple[int, str, int]] = {}

    @property
    def amount(self) -> int:
        return sum(leg.amount for leg in self.legs)

    @property
    def back(self) -> int:
        return sum(leg.back for leg in self.legs)


def split_back(payment: Payment, amount: int) -> list[int]:
    """What to give back of each leg so that `amount` goes back in all.

    Each leg gets its cumulative share, rounded half-even, the last leg the rest: successive
    partial refunds sum to every leg exactly. Raises: Refused (more than is left).
    """
    whole, before = payment.amount, payment.back
    if not 0 < amount <= whole - before:
        raise Refused(
            "more than is left to give back",
            code="ledger.over_refund",
            facts={"left_minor": whole - before},
        )
    target = before + amount
    parts = [0] * len(payment.legs)
    given = 0
    for place, leg in enumerate(payment.legs[:-1]):
        goal = half_even(target * leg.amount, whole)
        # Rounding of the legs before may not make a leg take back what it gave.
        goal = max(leg.back, min(goal, leg.amount, leg.back + amount - given))
        parts[place] = goal - leg.back
        given += parts[place]
    rest = amount - given
    for place in range(len(parts) - 1, -1, -1):
        room = payment.legs[place].amount - payment.legs[place].back - parts[place]
        step = min(rest, room)
        parts[place] += step
        rest -= step
    assert rest == 0
    return parts
