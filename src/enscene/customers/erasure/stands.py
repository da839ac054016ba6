"""What stands against an erasure: whatever is not yet over between the customer and the bank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from enscene.customers.erasure import store
from enscene.kernel.controls import control
from enscene.kernel.errors import Refused
from enscene.kernel.money import format_money


@dataclass(frozen=True, slots=True)
class Standing:
    """`what` is contract, balance, hold, order, timer, screening, case or legal_hold; `name` the
    product, account, flow or kind of thing that it is about; `many` how many of them. Of screening,
    cases and legal holds a customer is told that there is something to be settled at the bank, and
    not what (the law forbids to warn)."""

    what: str
    name: str
    many: int
    amount: str | None = None
    currency: str | None = None

    def told(self) -> dict[str, Any]:
        """As the customer and its channel are told it; `way_out` is what ends it."""
        if self.what in SECRET:
            return {"what": "bank", "name": "", "many": 1, "way_out": "bank"}
        found: dict[str, Any] = {"what": self.what, "name": self.name, "many": self.many}
        if self.amount is not None:
            found |= {"amount": self.amount, "currency": self.currency}
        return found | {"way_out": WAYS_OUT[self.what]}


SECRET = frozenset({"screening", "case", "legal_hold"})
WAYS_OUT = {
    "contract": "close",
    "balance": "empty",
    "hold": "wait",
    "order": "wait",
    "timer": "wait",
    "bank": "bank",
}
"""Close the contract, pay or withdraw what is there, wait for what is on its way by itself (or end
it in the scene), or speak with the bank."""


async def what_stands(
    connection: store.Connection, tenant: int, party: int, ref: str
) -> list[Standing]:
    """All of it, in the order in which it is named in `Standing`; nothing: it may be erased."""
    return [
        Standing(
            row["what"], row["name"], row["many"],
            None if row["minor"] is None else format_money(row["minor"], row["currency"]),
            row["currency"],
        )
        for row in await store.read_stands(connection, tenant, party, ref)
    ]  # fmt: skip


@control("erasure_stands")
def check_nothing_stands(found: list[Standing]) -> None:
    """Raises: Refused("erasure.stands")."""
    if found:
        raise Refused(
            "something is not over yet between the customer and the bank",
            code="erasure.stands",
            facts={"stands": [each.told() for each in found]},
            hint="close, empty or wait, as `way_out` says",
        )
