"""Take readings of sources outside the write path: each is a unit of its own, once for its id."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from enscene.commit import Cell, Once, Report, Unit, View, Writer
from enscene.kernel.errors import Invalid
from enscene.metering.reading import Reading

LATE_MOST = timedelta(days=366)


class TakeReading:
    """One reading, judged under the lock. Its answer is `{"seq": …, "known": …}`."""

    timed = True  # whether its id is new is only known under the lock
    lines: Sequence[Unit] = ()

    def __init__(self, tenant: int, reading: Reading) -> None:
        reading.check()
        self.tenant = tenant
        self.once: Once | None = None  # its own id makes it once, for longer than any key
        self._reading = reading
        self._new = False

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [("meter", (self.tenant, self._reading.source, self._reading.id))]

    def plan(self, view: View) -> None:
        """Raises: Conflict("meter.conflict"), Invalid("meter.time")."""
        at, now = self._reading.at, view.now(self.tenant)
        if at is not None and not now - LATE_MOST <= at <= now:
            raise Invalid(
                "a reading's time is not in the future, and at most a year ago",
                code="meter.time",
                param="at",
            )
        self._new = view.works["meter"].take(view.index, self.tenant, self._reading)

    def report(self, seq: int, at: datetime) -> Report:
        answer = {"seq": seq} if self._new else {"known": True}
        text = msgspec.json.encode(answer).decode()
        return Report(0, "meter.reading", "", "meter:", "{}", text, log=False)


async def take_readings(writer: Writer, tenant: int, readings: Sequence[Reading]) -> int:
    """Write them down; how many were new. Sent again they change nothing.

    Raises: Invalid, Conflict("meter.conflict"), Unavailable.
    """
    units = [TakeReading(tenant, reading) for reading in readings]
    outcomes = await asyncio.gather(*map(writer.submit, units), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return sum(unit._new for unit in units)
