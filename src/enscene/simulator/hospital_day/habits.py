"""A day of a hospital in figures, and where each comes from.

None of them is a measurement of a named hospital. They are set so that the counters of the old way
are as busy as everybody knows them on a weekday morning, and both ways get the same people with
the same needs: what is compared is the way, not the figures.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """Seconds, counts and shares of one day."""

    patients: int = 1_500
    """A county hospital of the second grade sees a thousand to two thousand outpatients a day."""
    opens_s: int = 8 * 3_600
    closes_s: int = 16 * 3_600
    morning: float = 0.68
    """The share that comes before noon: consultation by specialists is mostly in the morning."""
    counters: int = 14
    """Payment windows. Of their time in the morning the old way then needs about nine tenths
    (1,020 patients x 178 s of payments over four hours); with fewer the lines never end, with many
    more there is no problem to solve."""
    kiosks: int = 10
    examined: float = 0.62
    """Patients who are sent to an examination or a laboratory."""
    treated: float = 0.18
    medicated: float = 0.74
    """Patients to whom medicine is prescribed."""
    admitted: float = 0.04
    pay_s: float = 62.0
    """One payment at a window: hand over the card, wait for the insurance's answer, pay, take the
    receipt. About a minute; registration with its questions takes longer."""
    register_s: float = 80.0
    identify_s: float = 22.0
    """At the kiosk of the new way: read the electronic medical card, choose the department."""
    spread: float = 0.55
    """Coefficient of variation of all of these (log-normal): cash, cards that fail, questions."""
    walk_s: float = 150.0
    """From one place of the house to the next."""
    consult_s: float = 1_500.0
    """Waiting for and seeing the doctor, or being examined: the same in both ways."""
    bill: tuple[float, float] = (5.1, 0.9)
    """Natural logarithm of a charge in yuan, mean and spread: a median of about 160 yuan."""
    unreadable: float = 0.02
    """Cards that the kiosk cannot read: these patients go to a window to be identified."""


HABITS = Habits()
