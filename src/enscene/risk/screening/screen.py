"""The screen: every movement is shown to every rule once, in the order in which they happened.

Nothing is read from anywhere: what a rule has to remember it keeps, as long as its window is. So
the same movements give the same hits, now, again after a crash, and in a test of other figures on
the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from enscene.risk.screening.graph import PassingOn, Ring
from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningPolicy, ScreeningRule
from enscene.risk.screening.totals import BelowThreshold, DayTotal, FanIn
from enscene.risk.screening.usual import ManyDevices, NewPayee, UnusualAmount, Velocity
from enscene.risk.screening.watch import Watch

KINDS: Mapping[str, Callable[[ScreeningRule], Watch]] = {
    "day_total": DayTotal,
    "below_threshold": BelowThreshold,
    "velocity": Velocity,
    "unusual_amount": UnusualAmount,
    "new_payee": NewPayee,
    "many_devices": ManyDevices,
    "fan_in": FanIn,
    "passing_on": PassingOn,
    "ring": Ring,
}


class Screen:
    """The rules of a policy, each with what it remembers."""

    def __init__(self, policy: ScreeningPolicy) -> None:
        self._currency = policy.currency
        self._watches = [(rule.of, KINDS[rule.kind](rule)) for rule in policy.rules]
        self._told: set[tuple[str, str]] = set()

    def look(self, movement: Movement) -> list[Hit]:
        """What this movement, with those before it, is to be asked about."""
        if movement.currency != self._currency or movement.payer == movement.payee:
            return []
        found = []
        for of, watch in self._watches:
            if not _concerns(of, movement):
                continue
            for hit in watch.look(movement):
                if (hit.rule, hit.key) not in self._told:
                    self._told.add((hit.rule, hit.key))
                    found.append(hit)
        return found

    def look_at_all(self, movements: Iterable[Movement]) -> list[Hit]:
        """All that many movements are to be asked about."""
        return [hit for movement in movements for hit in self.look(movement)]


def _concerns(of: str, movement: Movement) -> bool:
    match of:
        case "cash":
            return movement.cash
        case "firm":
            return movement.firm and not movement.cash
        case "person":
            return not movement.firm and not movement.cash
        case _:
            return True
