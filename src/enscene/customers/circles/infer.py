"""Life, work and shopping circles of a person and the business circle of a firm, told from where
and when payments were made. Nothing but whole numbers, and no order among payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, TypeAlias

from enscene.customers.circles.cell import around, cell_of, place_of

Kind: TypeAlias = Literal["life", "work", "shopping", "business"]
OF_A_PERSON: tuple[Kind, ...] = ("life", "work", "shopping")
OF_A_FIRM: tuple[Kind, ...] = ("business",)

KEPT = timedelta(days=90)
"""What is older says nothing any more, and is deleted."""
DAYS_LEAST = 3
"""A circle is told from payments of so many days at least…"""
SHARE_LEAST = 300
"""…and from so many thousandths of what could speak for it."""
WORK_FROM, WORK_UNTIL = 9, 18
NIGHT_FROM, NIGHT_UNTIL = 19, 7
_FRIDAY = 5


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment at a place, by the clock of the place. `weekday` is 1 for Monday to 7 for Sunday;
    `minor` is what it came to; `there` says that the payer stood there, which nobody knows of a
    payment online."""

    lat_e5: int
    lon_e5: int
    day: date
    hour: int
    weekday: int
    minor: int
    there: bool = True


class Tally(NamedTuple):
    """Payments of a cell on a day: at nights and on weekends, at working hours, all of them (counts),
    and their sum in minor units."""

    home: int
    work: int
    paid: int
    minor: int


Cells: TypeAlias = Mapping[tuple[int, date], Tally]
"""By cell and day."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle around the middle of a cell. `share` is the part, in thousandths, that lies in it of
    all that could speak for its kind; `payments` and `days` are those that do, from `first` to
    `last`, and `age_days` how long the last is ago."""

    kind: Kind
    cell: int
    lat_e5: int
    lon_e5: int
    share: int
    payments: int
    days: int
    first: date
    last: date
    age_days: int


_Weight: TypeAlias = Callable[[Tally], int]
_WEIGHTS: dict[Kind, tuple[_Weight, _Weight]] = {
    "life": (lambda tally: tally.home, lambda tally: tally.home),
    "work": (lambda tally: tally.work, lambda tally: tally.work),
    "shopping": (lambda tally: tally.minor, lambda tally: tally.paid),
    "business": (lambda tally: tally.minor, lambda tally: tally.paid),
}
"""What counts for a circle, and how many payments that were."""


def count_payments(payments: Iterable[Paid]) -> dict[tuple[int, date], Tally]:
    """Sums by cell and day."""
    sums: dict[tuple[int, date], Tally] = {}
    for paid in payments:
        key = cell_of(paid.lat_e5, paid.lon_e5), paid.day
        before = sums.get(key, Tally(0, 0, 0, 0))
        sums[key] = Tally(
            before.home + (paid.there and _at_home(paid)),
            before.work + (paid.there and _at_work(paid)),
            before.paid + 1,
            before.minor + paid.minor,
        )
    return sums


def infer_circles(cells: Cells, today: date, kinds: Iterable[Kind] = OF_A_PERSON) -> list[Circle]:
    """The circles that these cells tell of, one of each kind at most, in the order of `kinds`."""
    known = {key: tally for key, tally in cells.items() if today - KEPT <= key[1] <= today}
    found = (_infer(kind, known, today) for kind in kinds)
    return [circle for circle in found if circle is not None]


def _infer(kind: Kind, cells: Cells, today: date) -> Circle | None:
    weigh, count = _WEIGHTS[kind]
    weights: dict[int, int] = defaultdict(int)
    for (cell, _), tally in cells.items():
        weights[cell] += weigh(tally)
    whole = sum(weights.values())
    if whole <= 0:
        return None
    # Of equals the one that itself has most, then the southernmost and westernmost: never the one
    # that happened to come first.
    within = {cell: sum(weights.get(each, 0) for each in around(cell)) for cell in weights}
    best = max(weights, key=lambda cell: (within[cell], weights[cell], -cell))
    lies_in = around(best)
    speak = {key: t for key, t in cells.items() if key[0] in lies_in and weigh(t) > 0}
    days = sorted({day for _, day in speak})
    share = within[best] * 1000 // whole
    if len(days) < DAYS_LEAST or share < SHARE_LEAST:
        return None
    lat, lon = place_of(best)
    payments = sum(count(tally) for tally in speak.values())
    age = (today - days[-1]).days
    return Circle(kind, best, lat, lon, share, payments, len(days), days[0], days[-1], age)


def _at_work(paid: Paid) -> bool:
    return paid.weekday <= _FRIDAY and WORK_FROM <= paid.hour < WORK_UNTIL


def _at_home(paid: Paid) -> bool:
    return paid.weekday > _FRIDAY or paid.hour >= NIGHT_FROM or paid.hour < NIGHT_UNTIL
