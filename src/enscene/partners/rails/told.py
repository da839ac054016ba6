"""A payment as partners are told of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from enscene.kernel.clock import format_time
from enscene.kernel.ids import public_id
from enscene.kernel.money import format_money
from enscene.partners.rails.payment import PREFIX, Payment
from enscene.partners.rails.store import StepMade


def payment_told(payment: Payment, steps: Iterable[StepMade]) -> dict[str, Any]:
    """Amounts as strings. `moved` of a step is what came to the partner's account with it."""
    currency = payment.currency
    return {
        "id": payment.number,
        "kind": payment.kind,
        "of": None if payment.of is None else public_id(PREFIX, payment.of),
        "amount": format_money(payment.amount, currency),
        "currency": currency,
        "counter_account": payment.counter_account,
        "reference": payment.reference,
        "state": payment.state,
        "reason": payment.reason,
        "refunded": format_money(payment.refunded, currency),
        "at": format_time(payment.made_at),
        "changed_at": format_time(payment.changed_at),
        "steps": [
            {
                "at": format_time(step.at),
                "said": step.said,
                "state": step.state,
                "reason": step.reason,
                "moved": format_money(step.moved, currency),
            }
            for step in steps
        ],
    }
