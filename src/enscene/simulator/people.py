"""People: who lives in a scene, what they will do on a day, and what exactly they ask for."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from enscene.kernel.money import format_money, parse_money
from enscene.simulator._expressions import portion
from enscene.simulator.applications import Wanted
from enscene.simulator.book import Book, Group, as_list, role_of, type_of
from enscene.simulator.request import Request
from enscene.simulator.world import Member, World


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody will want to do something at a minute of the day."""

    minute: int
    scene: str
    party: str
    role: str
    habit: Mapping[str, Any]


def scaled(book: Book, people: int, whole: int) -> dict[str, int]:
    """How many each group has when `people` persons live where the packs have `whole`.

    Persons and their devices grow and shrink together, everybody else only shrinks with them.
    """
    counts = {}
    for group in book.groups.values():
        kind = book.parties[group.role]["is"]
        grows = kind in ("person", "device")
        factor = people / whole if grows else min(1.0, people / whole)
        counts[group.name] = max(1, math.ceil(group.count * factor))
    return counts


def settle_in(book: Book) -> list[Member]:
    """Everybody who lives in the scene. Persons keep one reference across all scenes."""
    members: dict[str, Member] = {}
    by_group: dict[str, list[str]] = {}
    ordered = sorted(book.groups.values(), key=lambda group: group.bound_to is not None)
    for group in ordered:
        refs = [_ref(book, group, number) for number in range(1, group.count + 1)]
        by_group[group.name] = refs
        for number, ref in enumerate(refs):
            bound = _nth(by_group, group.bound_to, number)
            member = members.setdefault(ref, Member(ref, group.name))
            member.roles[group.role] = bound
    for group in ordered:
        for number, ref in enumerate(by_group[group.name]):
            for link, target in group.links.items():
                found = _nth(by_group, target, number)
                assert found is not None, f"nobody lives in {target}"
                members[ref].links[link] = found
    for role, said in book.parties.items():
        if said["is"] == "bank":
            members.setdefault("bank", Member("bank", "banks")).roles[role] = None
    return list(members.values())


def _ref(book: Book, group: Group, number: int) -> str:
    kind = book.parties[group.role]["is"]
    if kind == "bank":
        return "bank"
    return f"person-{number:05d}" if kind == "person" else f"{group.role}-{number}"


def _nth(by_group: Mapping[str, list[str]], group: str | None, number: int) -> str | None:
    if group is None or not by_group.get(group):
        return None
    return by_group[group][number % len(by_group[group])]


def opening_balances(book: Book, members: list[Member], seed: int) -> list[tuple[str, str, int]]:
    """What stands on accounts before the first day that nobody can pay in, debts among it:
    (account, party, minor units)."""
    return [
        (account, party, amount)
        for account, party, amount in _balances(book, members, seed)
        if amount < 0 or (amount and way_in(book, account) is None)
    ]


def opening_wishes(book: Book, members: list[Member], seed: int) -> list[Request]:
    """What people pay in on the first morning."""
    found = []
    for account, party, amount in _balances(book, members, seed):
        action = way_in(book, account)
        if amount > 0 and action is not None:
            given = {"amount": format_money(amount, book.currency)}
            role = book.accounts[account]["of"]
            found.append(Request(book.ref, action, party, role, given))
    return found


def way_in(book: Book, account: str) -> str | None:
    """The action by which the owner of an account pays into it from outside."""
    for name, action in book.actions.items():
        steps = action.get("do", [])
        flow = steps[0].get("move") if len(steps) == 1 else None
        if not isinstance(flow, str) or set(action.get("input", {})) != {"amount"}:
            continue
        source, target = book.flows[flow]["from"], book.flows[flow]["to"]
        comes_in = isinstance(source, str) and book.accounts[source].get("outside") == "true"
        if comes_in and target == account and book.accounts[account]["of"] in action["by"]:
            return name
    return None


def _balances(book: Book, members: list[Member], seed: int) -> list[tuple[str, str, int]]:
    rng = Random(f"{seed} {book.ref} opening")
    found = []
    for member in members:
        group = book.groups.get(member.group)
        for account, bounds in group.balances.items() if group is not None else ():
            low, high = (parse_money(text, book.currency) for text in (bounds[0], bounds[-1]))
            found.append((account, member.ref, rng.randint(low, high)))
    return found


def plan_day(book: Book, members: list[Member], day: date, rng: Random) -> list[Wish]:
    """What everybody will want to do on a day, in the order of time."""
    wishes = []
    for member in members:
        group = book.groups.get(member.group)
        if group is None:
            continue
        for habit in group.habits:
            if _comes_by_itself(book, habit):
                continue
            weekdays = [int(text) for text in habit.get("weekdays", "1234567")]
            if day.isoweekday() not in weekdays or rng.random() >= portion(habit["chance"]):
                continue
            begin, until = (_minute(text) for text in habit["between"])
            wishes += [
                Wish(rng.randrange(begin, until), book.ref, member.ref, group.role, habit)
                for _ in range(int(habit.get("times", "1")))
            ]
    return sorted(wishes, key=lambda wish: wish.minute)


def _comes_by_itself(book: Book, habit: Mapping[str, Any]) -> bool:
    """Whether it is an action that lends, or an application which ends in one."""
    return book.is_lent(habit["apply"]) if "apply" in habit else book.lends(habit["do"])


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


class Maker:
    """Makes requests of wishes. Keys are new within the world."""

    def __init__(self, book: Book, world: World, rng: Random) -> None:
        self._book = book
        self._world = world
        self._rng = rng
        self._numbers: dict[str, int] = {}
        self._used: set[tuple[str, str]] = set()

    def begin_tick(self) -> None:
        """What was picked in the moment before may be picked again."""
        self._used.clear()

    def request(self, wish: Wish, day: date) -> Request | None:
        """What the person asks for; None when there is nothing to do it on."""
        book, habit = self._book, wish.habit
        action: str = habit["do"]
        member = self._world.members[wish.party]
        given: dict[str, Any] = {}
        on = book.on(action)
        if on is not None:
            keys = [
                key for key in self._own(on[0], member, habit.get("on"))
                if (on[0], key) not in self._used
            ]  # fmt: skip
            if not keys:
                return None
            key = self._rng.choice(keys)
            self._used.add((on[0], key))
            given[book.things[on[0]]["key"]] = key
        fields = book.input_of(action)
        for name, how in habit.get("input", {}).items():
            value = self._value(fields[name], how, member, day)
            if value is None:
                return None
            given[name] = value
        return Request(book.ref, action, wish.party, wish.role, given)

    def application(
        self, wish: Wish, day: date, applied: Container[tuple[str, str]]
    ) -> Wanted | None:
        """What the person applies for; None when everything of theirs was `applied` about."""
        book, habit = self._book, wish.habit
        thing: str = habit["for"]
        member = self._world.members[wish.party]
        keys = [
            key for key in self._own(thing, member, habit.get("on"))
            if (thing, key) not in applied
            and not book.ends(thing, self._world.things[thing, key].state)
        ]  # fmt: skip
        if not keys:
            return None
        given = {
            name: self._value({"type": "int" if name == "months" else "money"}, how, member, day)
            for name, how in habit.get("input", {}).items()
        }
        key, then = self._rng.choice(keys), habit.get("then", "sign")
        return Wanted(book.ref, habit["apply"], wish.party, wish.role, thing, key, given, then)

    def _own(self, thing: str, member: Member, state: str | None) -> list[str]:
        """The things of a member, or of what its device stands at, in a state. Whoever is alone
        in a role that a thing does not name has them all, as an insurer its policies."""
        book = self._book
        kinds = {name: role_of(name, said) for name, said in book.fields[thing].items()}
        names = [name for name, role in kinds.items() if role]
        alone = {role for role in member.roles if book.parties[role].get("one") == "true"}
        if alone - set(kinds.values()):
            names = []
        mine = {member.ref, *(bound for bound in member.roles.values() if bound)}
        return [
            key
            for (kind, key), item in self._world.things.items()
            if kind == thing
            and item.state == (state or item.state)
            and (not names or any(item.fields.get(name) in mine for name in names))
        ]

    def _any(self, thing: str) -> list[str]:
        return [
            key
            for (kind, key), item in self._world.things.items()
            if kind == thing and not self._book.ends(thing, item.state)
        ]

    def _value(self, field: Mapping[str, Any], how: Any, member: Member, day: date) -> Any:
        name, said = next(iter(how.items())) if isinstance(how, dict) else ("always", how)
        return getattr(self, f"_make_{name}")(type_of(field)[0], said, member, day)

    def _make_always(self, kind: str, said: Any, member: Member, day: date) -> Any:
        return int(said) if kind == "int" else said

    def _make_new(self, kind: str, said: str, member: Member, day: date) -> str:
        while True:
            number = self._numbers[said] = self._numbers.get(said, 0) + 1
            key = f"{said}-{day:%Y%m%d}-{number}"
            if not any((thing, key) in self._world.things for thing in self._book.things):
                return key

    def _make_own(self, kind: str, said: str, member: Member, day: date) -> Any:
        keys = self._own(said, member, None)
        return self._rng.choice(keys) if keys else None

    def _make_any(self, kind: str, said: str, member: Member, day: date) -> Any:
        keys = self._any(said)
        return self._rng.choice(keys) if keys else None

    def _make_of(self, kind: str, said: Mapping[str, str], member: Member, day: date) -> Any:
        values = [
            item.fields[said["field"]]
            for (thing, _), item in self._world.things.items()
            if thing == said["thing"] and said["field"] in item.fields
        ]
        return self._rng.choice(values) if values else None

    def _make_several(self, kind: str, said: Mapping[str, str], member: Member, day: date) -> Any:
        keys = self._any(said["thing"])
        if not keys:
            return None
        return [self._rng.choice(keys) for _ in range(self._rng.randint(1, int(said["most"])))]

    def _make_between(self, kind: str, said: list[str], member: Member, day: date) -> Any:
        if kind == "int":
            return self._rng.randint(int(said[0]), int(said[1]))
        currency = self._book.currency
        low, high = (parse_money(text, currency) for text in said)
        return format_money(self._rng.randint(low, high), currency)

    def _make_pick(self, kind: str, said: list[Any], member: Member, day: date) -> Any:
        value = self._rng.choice(said)
        return int(value) if kind == "int" else value

    def _make_party(self, kind: str, said: str, member: Member, day: date) -> Any:
        refs = [item.ref for item in self._world.members.values() if item.group == said]
        return self._rng.choice(refs) if refs else None

    def _make_day(self, kind: str, said: Any, member: Member, day: date) -> str:
        bounds = [int(text) for text in as_list(said)]
        return (day + timedelta(days=self._rng.randint(bounds[0], bounds[-1]))).isoformat()
