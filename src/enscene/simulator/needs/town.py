"""A town on a clock of its own: what its people do a day, and what they buy.

All chance comes from the seed and from whom it is about, so that one town is the same for every
policy: two policies differ in what they say, never in whom they meet or what was bought anyway.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from enscene.simulator.needs.truth import Truth

MINUTE_US = 60_000_000
DAY_US = 1_440 * MINUTE_US
TIRED_FOR_US = 7 * DAY_US
ANSWERS_WITHIN_MIN = 50


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody did something: minor units, microseconds since the town began."""

    at_us: int
    person: int
    action: str
    amount: int


@dataclass(frozen=True, slots=True)
class Bought:
    """Somebody bought something; why, nobody is told."""

    at_us: int
    person: int
    product: str
    earned: int


@dataclass(slots=True)
class Person:
    """Age is known to the bank, kind is not."""

    number: int
    kind: str
    age: int
    heard: deque[int] = field(default_factory=deque)
    owns: set[str] = field(default_factory=set)


class Town:
    """`day` gives the acts and purchases of the next day; `tell` says what the bank told somebody,
    and what they then bought."""

    def __init__(self, truth: Truth, seed: int) -> None:
        self._truth = truth
        self._seed = seed
        self.days = 0
        rng = Random(f"{seed}:people")
        names = list(truth.kinds)
        kinds = rng.choices(names, [truth.kinds[n].share for n in names], k=truth.people)
        self.people = [
            Person(number, kind, rng.randint(*truth.kinds[kind].age))
            for number, kind in enumerate(kinds)
        ]

    def begin_cycle(self) -> None:
        """What was bought is used up, and may be bought again."""
        for person in self.people:
            person.owns.clear()

    def day(self) -> list[Act | Bought]:
        """What the next day brings by itself, in the order of time."""
        rng = Random(f"{self._seed}:day:{self.days}")
        begins = self.days * DAY_US
        self.days += 1
        found: list[Act | Bought] = []
        for person in self.people:
            found += self._acts(rng, person, begins)
            found += self._wants(rng, person, begins)
        found.sort(key=lambda each: (each.at_us, each.person))
        return found

    def bought_anyway(self, wish: Bought) -> bool:
        """Whether a purchase of the day happens: not where it has been bought before."""
        owns = self.people[wish.person].owns
        if wish.product in owns:
            return False
        owns.add(wish.product)
        return True

    def tell(self, person: int, product: str, after: str, at_us: int) -> Bought | None:
        """The bank offers a product after an act; what comes of it comes within the hour."""
        who, truth = self.people[person], self._truth
        while who.heard and who.heard[0] <= at_us - TIRED_FOR_US:
            who.heard.popleft()
        chance = truth.moved[who.kind].get(product, 0) / 1_000
        chance *= truth.suits.get(after, {}).get(product, 100) / 100
        chance *= (truth.tired / 100) ** len(who.heard)
        who.heard.append(at_us)
        rng = Random(f"{self._seed}:{person}:{product}:{at_us}")
        if product in who.owns or rng.random() >= chance:
            return None
        who.owns.add(product)
        wait = rng.randint(1, ANSWERS_WITHIN_MIN) * MINUTE_US
        return Bought(at_us + wait, person, product, truth.earns[product])

    def _acts(self, rng: Random, person: Person, begins: int) -> Iterator[Act]:
        for action, chance in self._truth.kinds[person.kind].acts.items():
            if rng.random() < chance:
                at_us = begins + self._moment(rng, action)
                low, high = self._truth.amounts[action]
                yield Act(at_us, person.number, action, rng.randint(low, high))

    def _wants(self, rng: Random, person: Person, begins: int) -> Iterator[Bought]:
        # One draw a day says whether anything is wanted, and which: wishes are rare.
        draw = rng.random() * 10_000
        for product, often in self._truth.buys.items():
            if draw < often:
                at_us = begins + rng.randrange(8 * 60, 22 * 60) * MINUTE_US
                yield Bought(at_us, person.number, product, self._truth.earns[product])
                return
            draw -= often

    def _moment(self, rng: Random, action: str) -> int:
        hour = rng.choice(self._truth.hours[action])
        return (hour * 3_600 + rng.randrange(3_600)) * 1_000_000
