"""What an account will hold day by day: what is known to fall due, and what usually flows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from enscene.capabilities.forecast import HISTORY_LEAST, Backtest, Forecast, forecast


@dataclass(frozen=True, slots=True)
class Known:
    """Something that falls due: `minor` above zero comes in, below goes out; `about` names it."""

    day: date
    minor: int
    about: str


@dataclass(frozen=True, slots=True)
class Day:
    """The balance at the end of a day, after what is expected and what is known of it. `low` is
    what it comes to if every day's flow falls at the bad end of its interval."""

    day: date
    expected_in: int
    expected_out: int
    known_in: int
    known_out: int
    balance: int
    low: int


@dataclass(frozen=True, slots=True)
class CashFlow:
    """`flow_in` and `flow_out` are None where the history is too short to expect a usual flow:
    only what is known is in the days then. `lowest` is the first day of the lowest balance."""

    opening: int
    days: tuple[Day, ...]
    lowest: Day
    flow_in: Backtest | None
    flow_out: Backtest | None
    overdue: tuple[Known, ...]


def cash_flow(
    opening: int,
    came_in: Sequence[int],
    went_out: Sequence[int],
    known: Iterable[Known],
    today: date,
    ahead: int,
) -> CashFlow:
    """Today and the days after it, `ahead` in all, from daily sums up to yesterday.

    What is overdue is told apart, and is in no day: nobody knows when it will come.
    """
    flows = [
        forecast(each, ahead) if len(each) >= HISTORY_LEAST else None
        for each in (came_in, went_out)
    ]
    last = today + timedelta(days=ahead)
    items = sorted(known, key=lambda item: (item.day, item.about))
    balance = low = opening
    days = []
    for place in range(ahead):
        day = today + timedelta(days=place)
        due = [item.minor for item in items if item.day == day]
        sure_in = sum(each for each in due if each > 0)
        sure_out = -sum(each for each in due if each < 0)
        usual_in, poor_in = _flow(flows[0], place, bad="low")
        usual_out, poor_out = _flow(flows[1], place, bad="high")
        balance += usual_in - usual_out + sure_in - sure_out
        low += poor_in - poor_out + sure_in - sure_out
        days.append(Day(day, usual_in, usual_out, sure_in, sure_out, balance, low))
    return CashFlow(
        opening=opening,
        days=tuple(days),
        lowest=min(days, key=lambda each: (each.balance, each.day)),
        flow_in=None if flows[0] is None else flows[0].backtest,
        flow_out=None if flows[1] is None else flows[1].backtest,
        overdue=tuple(item for item in items if item.day < today and item.day < last),
    )


def _flow(found: Forecast | None, place: int, *, bad: str) -> tuple[int, int]:
    if found is None:
        return 0, 0
    expected = found.days[place]
    return expected.value, expected.low if bad == "low" else expected.high
