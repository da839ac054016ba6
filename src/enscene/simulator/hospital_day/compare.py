"""Play days both ways and compare how long people wait to pay.

A discrete-event simulation: windows and kiosks are lines served in the order in which people come,
each by several servers. Waiting to pay is the time from joining a line to leaving the window,
summed over a visit; identifying oneself at the kiosk of the new way counts as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from statistics import median

from enscene.simulator.hospital_day.habits import Habits
from enscene.simulator.hospital_day.patients import Patient, Stop, draw_patients
from enscene.simulator.hospital_day.ways import REGISTRATION, Ways


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians over patients in seconds, one of each per seed."""

    before_s: tuple[float, ...]
    after_s: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """After divided by before, per seed."""
        return tuple(a / b for a, b in zip(self.after_s, self.before_s, strict=True))


class Line:
    """People who wait for one of several servers, first come first served."""

    def __init__(self, servers: int) -> None:
        self._free = [0.0] * servers
        heapify(self._free)

    def leave_s(self, comes_s: float, takes_s: float) -> float:
        """When who comes now is done. Callers come in the order of time."""
        begins = max(comes_s, heappop(self._free))
        heappush(self._free, begins + takes_s)
        return begins + takes_s


def compare(ways: Ways, habits: Habits, authorised: float, seeds: Sequence[int]) -> Comparison:
    """Both ways on the same days."""
    before, after = [], []
    for seed in seeds:
        patients = draw_patients(seed, habits, authorised)
        before.append(median(waits(patients, ways, habits, new=False)))
        after.append(median(waits(patients, ways, habits, new=True)))
    return Comparison(tuple(before), tuple(after))


def waits(patients: Sequence[Patient], ways: Ways, habits: Habits, *, new: bool) -> list[float]:
    """Seconds that each patient waits to pay on a day that is played the old or the new way."""
    counter, kiosk = Line(habits.counters), Line(habits.kiosks)
    waited = [0.0] * len(patients)
    spent = [0] * len(patients)
    events = [(patient.comes_s, number, 0, 0) for number, patient in enumerate(patients)]
    heapify(events)
    while events:
        now, number, place, turn = heappop(events)
        patient = patients[number]
        stop = patient.stops[place]
        lines = _lines(patient, stop, ways, spent[number], new, counter, kiosk)
        if turn < len(lines):
            line, takes = lines[turn]
            left = line.leave_s(now, takes)
            waited[number] += left - now
            heappush(events, (left, number, place, turn + 1))
            continue
        spent[number] += stop.price
        if place + 1 < len(patient.stops):
            heappush(events, (now + stop.until_next_s, number, place + 1, 0))
    return waited


def _lines(
    patient: Patient, stop: Stop, ways: Ways, spent: int, new: bool, counter: Line, kiosk: Line
) -> list[tuple[Line, float]]:
    """The lines that a patient stands in at a stop, and how long each takes once it is their turn.

    The new way sends to the window who has not authorised, whom the kiosk cannot read, and a
    charge above the cap.
    """
    later = new and patient.authorised
    if later and stop.step != REGISTRATION and spent + stop.price > ways.cap:
        later = False
    payments = (ways.after if later else ways.before)[stop.step]
    found = [(counter, stop.pay_s)] * payments
    if later and stop.step == REGISTRATION:
        found.append((kiosk, stop.identify_s))
        if not patient.readable:
            found.append((counter, stop.pay_s))
    return found
