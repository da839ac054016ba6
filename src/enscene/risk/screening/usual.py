"""What a customer usually does, and what differs from it."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningRule
from enscene.risk.screening.watch import hit


class Velocity:
    """`times` payments of one customer within `minutes`."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._times = rule.figures["times"]
        self._span = timedelta(minutes=rule.figures["minutes"])
        self._paid: dict[int, deque[tuple[datetime, str]]] = {}

    def look(self, movement: Movement) -> list[Hit]:
        paid = self._paid.get(movement.payer)
        if paid is None:
            paid = self._paid[movement.payer] = deque(maxlen=self._times)
        paid.append((movement.at, movement.ref))
        if len(paid) < self._times or movement.at - paid[0][0] > self._span:
            return []
        return hit(
            self._rule, movement, movement.payer, f"{movement.payer}:{movement.day}",
            tuple(ref for _, ref in paid), times=self._times,
            seconds=int((movement.at - paid[0][0]).total_seconds()),
        )  # fmt: skip


class UnusualAmount:
    """`times` what the customer pays on average, and `least` at least; asked of customers who were
    `seen` that often before."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._least = rule.figures["least"]
        self._times = rule.figures["times"]
        self._seen = rule.figures["seen"]
        self._usual: dict[int, tuple[int, int]] = {}

    def look(self, movement: Movement) -> list[Hit]:
        count, total = self._usual.get(movement.payer, (0, 0))
        self._usual[movement.payer] = count + 1, total + movement.amount
        if count < self._seen or movement.amount < self._least:
            return []
        if movement.amount * count < self._times * total:
            return []
        return hit(
            self._rule, movement, movement.payer, movement.ref,
            amount_minor=movement.amount, usual_minor=total // count,
        )  # fmt: skip


class NewPayee:
    """`least` or more to somebody who was never paid before, by who was `seen` paying others."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._least = rule.figures["least"]
        self._seen = rule.figures["seen"]
        self._payees: dict[int, set[int]] = {}

    def look(self, movement: Movement) -> list[Hit]:
        payees = self._payees.setdefault(movement.payer, set())
        known, seen = movement.payee in payees, len(payees)
        payees.add(movement.payee)
        if known or seen < self._seen or movement.amount < self._least:
            return []
        return hit(
            self._rule, movement, movement.payer, movement.ref,
            amount_minor=movement.amount, payee=movement.payee, payees_before=seen,
        )  # fmt: skip


class ManyDevices:
    """One customer pays from `devices` devices within `days`."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._devices = rule.figures["devices"]
        self._days = rule.figures["days"]
        self._last: dict[int, dict[str, int]] = {}

    def look(self, movement: Movement) -> list[Hit]:
        if not movement.device:
            return []
        last = self._last.setdefault(movement.payer, {})
        last[movement.device] = movement.day
        for device in [d for d, day in last.items() if day <= movement.day - self._days]:
            del last[device]
        if len(last) < self._devices:
            return []
        return hit(
            self._rule, movement, movement.payer, f"{movement.payer}:{movement.day}",
            devices=len(last),
        )  # fmt: skip
