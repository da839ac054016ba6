"""What closing a loan today saves: its own plan of repayment against what ends it now."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.shelf.contracts import Held


@dataclass(frozen=True, slots=True)
class Saving:
    """Minor units: what would still be paid by the plan (what has fallen due and is unpaid
    included), and what ends it today; `fee` says that paying early costs one, which is in it."""

    planned: int
    pays: int
    fee: bool

    @property
    def saved(self) -> int:
        """Less than nothing where the fee is more than the interest that is left."""
        return self.planned - self.pays


def saving_of(held: Held) -> Saving | None:
    """None where nothing is left to be saved: no plan goes on, or it cannot be closed."""
    plan = held.told.get("plan") or []
    if not plan or held.closing.blocked:
        return None
    planned = sum(item["principal_minor"] + item["interest_minor"] for item in plan)
    planned += held.told.get("due_minor", 0)
    fee = bool(held.terms.get("rates", {}).get("early_fee"))
    return Saving(planned, held.closing.pays, fee)
