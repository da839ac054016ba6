"""Who comes on a day: drawn once for a seed, and sent both ways."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random

from enscene.simulator.hospital_day.habits import Habits
from enscene.simulator.hospital_day.ways import REGISTRATION

MINOR = 100


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of a visit: what it costs (minor units), how long a payment and identifying take,
    and how long it takes until the next one."""

    step: str
    price: int
    pay_s: float
    identify_s: float
    until_next_s: float


@dataclass(frozen=True, slots=True)
class Patient:
    """When they come, where they go, and whether they have authorised or cannot be read."""

    comes_s: float
    stops: tuple[Stop, ...]
    authorised: bool
    readable: bool


def draw_patients(seed: int, habits: Habits, authorised: float) -> list[Patient]:
    """The patients of a day, by the time they come."""
    random = Random(seed)
    found = [_draw(random, habits, authorised) for _ in range(habits.patients)]
    return sorted(found, key=lambda patient: patient.comes_s)


def _draw(random: Random, habits: Habits, authorised: float) -> Patient:
    noon = 12 * 3_600
    if random.random() < habits.morning:
        # Most of the morning come in its first half: a triangle that leans to the opening.
        comes = random.triangular(habits.opens_s, noon, habits.opens_s + 3_600)
    else:
        comes = random.triangular(noon + 3_600, habits.closes_s, noon + 2 * 3_600)
    steps = [REGISTRATION]
    for step, share in (
        ("examination", habits.examined),
        ("treatment", habits.treated),
        ("pharmacy", habits.medicated),
        ("ward", habits.admitted),
    ):
        if random.random() < share:
            steps.append(step)
    stops = tuple(_stop(random, habits, step) for step in steps)
    return Patient(comes, stops, random.random() < authorised, random.random() >= habits.unreadable)


def _stop(random: Random, habits: Habits, step: str) -> Stop:
    mean = habits.register_s if step == REGISTRATION else habits.pay_s
    price = 0 if step == REGISTRATION else round(random.lognormvariate(*habits.bill) * MINOR)
    if step == "ward":
        price *= 30  # a stay costs some dozens of times an examination
    return Stop(
        step,
        price,
        _around(random, mean, habits.spread),
        _around(random, habits.identify_s, habits.spread),
        habits.walk_s + random.expovariate(1 / habits.consult_s),
    )


def _around(random: Random, mean: float, spread: float) -> float:
    """Log-normal with this mean and coefficient of variation."""
    sigma = sqrt(log(1 + spread**2))
    return mean * exp(random.gauss(0.0, sigma) - sigma**2 / 2)
