"""The people of story `loop`: when they pay, what they like, and what they do with an offer.

This is what is true of them. The bank sees when they book and what they answer, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

Habit: TypeAlias = Literal["noon", "evening"]
Taste: TypeAlias = Literal["coupon", "card"]
TASTES: dict[Habit, Taste] = {"noon": "coupon", "evening": "card"}
BOOKS_THRICE, REFUSE = 4, 6
"""So many of a week book more often than anybody may be spoken to; so many allow no recommendations."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Chances. Who is offered what they like takes it with `liked`, else with `other`; `stray` like what
    those of the other habit like; `alone` open what they like unasked."""

    liked: float = 0.75
    other: float = 0.03
    stray: float = 0.08
    alone: float = 0.05


@dataclass(frozen=True, slots=True)
class Person:
    """`draw` decides on an offer, `unasked` whether they open what they like by themselves; both are
    drawn before anybody offers them anything."""

    ref: str
    habit: Habit
    taste: Taste
    day: int
    draw: float
    unasked: bool
    bookings: int = 1
    allows: bool = True

    def takes(self, offer: str, truth: Truth) -> bool:
        """Whether they take what they are offered, `card` or `coupon`."""
        return self.draw < (truth.liked if offer == self.taste else truth.other)


def people_of(seed: int, week: int, count: int, days: int, truth: Truth) -> list[Person]:
    """Those who come in a week, on one of its first `days`; the same every time."""
    random = Random(f"loop {seed} {week}")
    found = []
    for number in range(count):
        habit: Habit = "noon" if random.random() < 0.5 else "evening"
        stray = random.random() < truth.stray
        taste = TASTES[habit] if not stray else TASTES["evening" if habit == "noon" else "noon"]
        found.append(
            Person(
                f"w{week}-{number}", habit, taste, random.randrange(days), random.random(),
                random.random() < truth.alone, 3 if number < BOOKS_THRICE else 1,
                number < count - REFUSE,
            )
        )  # fmt: skip
    return found
