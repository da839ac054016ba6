"""Sums over a day or some days: what has to be reported, and what was cut up so as not to be."""

from __future__ import annotations

from collections import deque

from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningRule
from enscene.risk.screening.watch import hit

REFS_MOST = 50


class _Day:
    """What one customer has moved today."""

    __slots__ = ("amount", "day", "refs", "times")

    def __init__(self, day: int) -> None:
        self.day = day
        self.amount = 0
        self.times = 0
        self.refs: list[str] = []

    def add(self, movement: Movement) -> None:
        self.amount += movement.amount
        self.times += 1
        if len(self.refs) < REFS_MOST:
            self.refs.append(movement.ref)


class DayTotal:
    """From `least` a day on a customer's payments are reported, however many they are."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._least = rule.figures["least"]
        self._days: dict[int, _Day] = {}

    def look(self, movement: Movement) -> list[Hit]:
        today = self._days.get(movement.payer)
        if today is None or today.day != movement.day:
            today = self._days[movement.payer] = _Day(movement.day)
        today.add(movement)
        if today.amount < self._least:
            return []
        return hit(
            self._rule, movement, movement.payer, f"{movement.payer}:{movement.day}",
            tuple(today.refs), amount_minor=today.amount, times=today.times,
        )  # fmt: skip


class BelowThreshold:
    """Several payments a day, each a little less than what would be reported: `times` of them, no
    more than `within_percent` below the `threshold`, and together above it."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._threshold = rule.figures["threshold"]
        self._from = self._threshold * (100 - rule.figures["within_percent"]) // 100
        self._times = rule.figures["times"]
        self._days: dict[int, _Day] = {}

    def look(self, movement: Movement) -> list[Hit]:
        if not self._from <= movement.amount < self._threshold:
            return []
        today = self._days.get(movement.payer)
        if today is None or today.day != movement.day:
            today = self._days[movement.payer] = _Day(movement.day)
        today.add(movement)
        if today.times < self._times or today.amount < self._threshold:
            return []
        return hit(
            self._rule, movement, movement.payer, f"{movement.payer}:{movement.day}",
            tuple(today.refs), amount_minor=today.amount, times=today.times,
            threshold_minor=self._threshold,
        )  # fmt: skip


class FanIn:
    """Many pay one: `payers` within `days`, `least` together. A merchant's takings are its trade,
    so firms are left out."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._payers = rule.figures["payers"]
        self._days = rule.figures["days"]
        self._least = rule.figures["least"]
        self._came: dict[int, deque[Movement]] = {}

    def look(self, movement: Movement) -> list[Hit]:
        if movement.firm:
            return []
        came = self._came.setdefault(movement.payee, deque())
        came.append(movement)
        while came[0].day <= movement.day - self._days:
            came.popleft()
        if len(came) < self._payers:
            return []
        payers = {each.payer for each in came}
        amount = sum(each.amount for each in came)
        if len(payers) < self._payers or amount < self._least:
            return []
        return hit(
            self._rule, movement, movement.payee, f"{movement.payee}:{movement.day}",
            tuple(each.ref for each in came)[-REFS_MOST:], payers=len(payers), amount_minor=amount,
        )  # fmt: skip
