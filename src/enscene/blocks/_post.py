"""Post a planned flow, and keep which way it went."""

from __future__ import annotations

from enscene.blocks._frame import Frame, Moves
from enscene.ledger import Leg, Payment


def post_flow(frame: Frame, flow: str, plan: Moves, how: str) -> int:
    """Post the legs and return their sum; the thing that the action leaves behind keeps them."""
    total = 0
    legs = []
    for dr, cr, amount in plan(frame):
        frame.book.post(frame.unit, dr, cr, amount, flow)
        legs.append(Leg(dr.id, cr.id, amount))
        total += amount
    frame.payments[flow] = Payment(legs)
    frame.moved.append((flow, total, how))
    return total
