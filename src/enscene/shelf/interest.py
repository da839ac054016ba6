"""Interest to the minor unit; what is less than one is carried and never lost."""

from __future__ import annotations

from datetime import date

from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, half_even
from enscene.shelf.day_count import DayCount

MILLION = 1_000_000
"""Rates are integers: millionths a year. 4.35 % is 43,500."""


def rate_ppm(text: object, *, param: str | None = None) -> int:
    """A yearly rate from "4.35%". Raises: Invalid, also for one finer than a millionth."""
    portion = Portion.parse(text, param=param)
    ppm, rest = divmod(portion.num * MILLION, portion.den)
    if rest:
        raise Invalid(
            f"{text} is finer than a millionth", code="shelf.bad_rate", param=param,
            hint='Write at most four decimals, such as "4.3525%".',
        )  # fmt: skip
    return ppm


def rate_text(ppm: int) -> str:
    """A rate as people read it: 43500 is "4.35%"."""
    return str(Portion(ppm, MILLION))


class Accrual:
    """Interest coming up, day by day or in one go: the sum is the same to the last digit.

    `minor` is what has come up in whole minor units, `carry` the rest, in parts of a minor unit:
    `MILLION` times the days of a year make one.
    """

    __slots__ = ("carry", "count", "minor")

    def __init__(self, count: DayCount, minor: int = 0, carry: int = 0) -> None:
        self.count = count
        self.minor = minor
        self.carry = carry

    def add(self, principal: int, rate_ppm: int, start: date, end: date) -> None:
        """The interest of `principal` minor units from `start` to `end`."""
        parts = principal * rate_ppm * self.count.days(start, end) + self.carry
        whole, self.carry = divmod(parts, MILLION * self.count.year)
        self.minor += whole

    def copy(self) -> Accrual:
        return Accrual(self.count, self.minor, self.carry)

    def take(self) -> int:
        """Charge what has come up: whole minor units. The rest goes on being carried."""
        minor, self.minor = self.minor, 0
        return minor

    @property
    def ripe(self) -> int:
        """What has come up, the rest rounded half-even with it."""
        # Of the whole: half a unit on top of an odd number goes up, on top of an even one down.
        unit = MILLION * self.count.year
        return half_even(self.minor * unit + self.carry, unit)

    def finish(self) -> int:
        """Charge what is ripe: the end of a period, nothing is carried beyond it."""
        minor = self.ripe
        self.minor = self.carry = 0
        return minor


def interest_of(principal: int, rate_ppm: int, start: date, end: date, count: DayCount) -> int:
    """Interest of one period that stands alone, half-even to the minor unit."""
    accrual = Accrual(count)
    accrual.add(principal, rate_ppm, start, end)
    return accrual.finish()
