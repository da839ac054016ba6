"""How a counterparty has paid, and how likely it is to be late with the next bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from enscene.capabilities.series import too_little

DUES_LEAST = 3
HALF_LIFE_DAYS = 180
"""What was owed so much earlier counts half."""
_PRIOR = 3.0
"""The habit of all counterparties counts as so many bills."""
GRADES = ((0.05, "A"), (0.15, "B"), (0.30, "C"), (0.55, "D"))


@dataclass(frozen=True, slots=True)
class Due:
    """Something owed: due on a day, paid on a day or None, an amount in minor units."""

    due: date
    paid: date | None
    minor: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """`late_chance` is the estimated chance that the next bill is paid late, 0 to 1; `usual` the
    part of late ones among all counterparties, that it leans on. Days are means over bills that
    were paid late. Amounts in minor units; `at_risk` is the open amount times the chance."""

    bills: int
    paid: int
    on_time: int
    late: int
    days_late: float | None
    days_late_most: int
    open: int
    overdue: int
    overdue_minor: int
    open_minor: int
    at_risk: int
    usual: float
    late_chance: float
    grade: str
    reasons: tuple[str, ...]


def is_late(item: Due, today: date) -> bool:
    """Whether it was paid late, or is overdue."""
    return (item.paid or today) > item.due


def assess(dues: Sequence[Due], others: Iterable[Due], today: date) -> Assessment:
    """From what the counterparty owed, and what all others did.

    Raises: Refused("capability.little_history") under three bills that were paid or are overdue.
    """
    judged = [item for item in dues if item.paid is not None or is_late(item, today)]
    if len(judged) < DUES_LEAST:
        raise too_little(len(judged), DUES_LEAST, "bills")
    told = [is_late(each, today) for each in others if each.paid or is_late(each, today)]
    usual = (sum(told) + 1) / (len(told) + 10)
    weights = [0.5 ** (max(0, (today - item.due).days) / HALF_LIFE_DAYS) for item in judged]
    late_weight = sum(
        weight for weight, item in zip(weights, judged, strict=True) if is_late(item, today)
    )
    chance = (late_weight + _PRIOR * usual) / (sum(weights) + _PRIOR)
    paid = [item for item in judged if item.paid is not None]
    days = [(item.paid - item.due).days for item in paid if item.paid and item.paid > item.due]
    waiting = [item for item in dues if item.paid is None]
    overdue = [item for item in waiting if item.due < today]
    open_minor = sum(item.minor for item in waiting)
    worst = max([*days, *((today - item.due).days for item in overdue), 0])
    grade = next((name for most, name in GRADES if chance <= most), "E")
    if worst >= 90 and grade < "D":
        grade = "D"
    return Assessment(
        bills=len(dues),
        paid=len(paid),
        on_time=len(paid) - len(days),
        late=len(days),
        days_late=sum(days) / len(days) if days else None,
        days_late_most=worst,
        open=len(waiting),
        overdue=len(overdue),
        overdue_minor=sum(item.minor for item in overdue),
        open_minor=open_minor,
        at_risk=round(open_minor * chance),
        usual=usual,
        late_chance=chance,
        grade=grade,
        reasons=_reasons(chance, usual, len(overdue), worst),
    )


def _reasons(chance: float, usual: float, overdue: int, worst: int) -> tuple[str, ...]:
    """Codes of what moved the grade."""
    found = []
    if overdue:
        found.append("overdue_now")
    if worst >= 90:
        found.append("late_90_days")
    elif worst >= 30:
        found.append("late_30_days")
    if chance > usual * 1.25:
        found.append("later_than_others")
    elif chance < usual * 0.8:
        found.append("more_punctual_than_others")
    return tuple(found)
