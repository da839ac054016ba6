"""A small town for a rehearsal: who lives in the scene, and what they do on a day."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from enscene.customers import Enrolment
from enscene.kernel.money import format_money, parse_money
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Group, Habit

GROUP_MOST = 24


@dataclass(frozen=True, slots=True)
class Plan:
    """Somebody is going to do something at a minute of the day."""

    minute: int
    who: str
    group: Group
    habit: Habit


@dataclass
class City:
    """People by group; everything random comes from one seed."""

    pack: Pack
    chance: random.Random
    people: dict[str, list[str]] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    numbers: int = 0

    def settle(self) -> list[Enrolment]:
        """Who is to be enrolled: each group, at most 24 of it, and one of every other role."""
        enrolments = []
        for group in sorted(self.pack.people.groups.values(), key=lambda g: g.bound is not None):
            if group.role not in self.pack.parties:
                continue
            party = self.pack.parties[group.role]
            count = 1 if party.one else min(group.count, GROUP_MOST)
            refs = [f"{group.name}-{number + 1}" for number in range(count)]
            self.people[group.name] = refs
            for number, ref in enumerate(refs):
                if group.bound is not None:
                    hosts = self.people.get(group.bound) or [""]
                    self.bound[ref] = hosts[number % len(hosts)]
                bound = self.bound.get(ref)
                enrolments.append(Enrolment(ref, group.role, party.is_a, ref, bound))
        here = {enrolment.role for enrolment in enrolments}
        for name, party in self.pack.parties.items():
            if name not in here and party.bound_to is None:
                enrolments.append(Enrolment(f"the-{name}", name, party.is_a, name))
        return enrolments

    def links(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Which links are to be made, as pairs."""
        made = []
        for group in self.pack.people.groups.values():
            for name, target in group.links.items():
                targets = self.people.get(target)
                if name in self.pack.links and targets and group.name in self.people:
                    own = self.people[group.name]
                    pairs = [(ref, targets[n % len(targets)]) for n, ref in enumerate(own)]
                    made.append((name, pairs))
        return made

    def funds(self) -> list[tuple[str, str, int]]:
        """Opening balances: account, party, minor units."""
        return [
            (account, ref, self.chance.randint(*bounds))
            for group in self.pack.people.groups.values()
            for account, bounds in group.balances.items()
            if account in self.pack.accounts
            for ref in self.people.get(group.name, [])
        ]

    def day(self, day: date) -> list[Plan]:
        """What is done on a day, in the order of time."""
        plans = []
        for group in self.pack.people.groups.values():
            for ref in self.people.get(group.name, []):
                for habit in group.habits:
                    if habit.action in self.pack.actions and day.isoweekday() in habit.weekdays:
                        plans += self._times(group, habit, ref)
        return sorted(plans, key=lambda plan: (plan.minute, plan.who))

    def _times(self, group: Group, habit: Habit, ref: str) -> list[Plan]:
        if self.chance.random() * habit.chance.den >= habit.chance.num:
            return []
        begin, until = _minute(habit.begin), _minute(habit.until)
        return [
            Plan(self.chance.randint(begin, max(begin, until - 1)), ref, group, habit)
            for _ in range(habit.times)
        ]

    def make(self, generator: Any, day: date, found: list[Any]) -> Any:
        """A value of a generator; `found` are the values that it looked for among things."""
        if not isinstance(generator, dict):
            return generator
        ((name, argument),) = generator.items()
        chance = self.chance
        if name == "new":
            self.numbers += 1
            return f"{argument}-{self.numbers:06d}"
        if name in ("any", "own", "of"):
            return chance.choice(found)
        if name == "several":
            return chance.sample(found, min(len(found), chance.randint(1, argument["most"])))
        if name == "between":
            return self._between(*argument)
        if name == "pick":
            return chance.choice(argument)
        if name == "party":
            return chance.choice(self.people[argument])
        if name == "day":
            first, last = argument if isinstance(argument, list | tuple) else (argument, argument)
            return (day + timedelta(days=chance.randint(first, last))).isoformat()
        return argument

    def _between(self, least: Any, most: Any) -> Any:
        if isinstance(least, str):
            currency = self.pack.currency
            low, high = parse_money(least, currency), parse_money(most, currency)
            return format_money(self.chance.randint(low, high), currency)
        return self.chance.randint(least, most)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
