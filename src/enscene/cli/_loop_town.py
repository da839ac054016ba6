"""The bank's side of the loop in a simulated town: it sees what people do and buy, and decides.

Two groups are drawn by lot. One goes on as the campaign was written (`rules`), the other is offered
what the last cycles have taught (`learnt`). Both are told as much: each word costs the same small
gift, and each group has the same to give away, day by day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid5

from enscene.engagement.campaigns import CampaignBody
from enscene.engagement.campaigns.offers_of import offers_of
from enscene.engagement.decisions import (
    Contact,
    ContactPolicy,
    Contacts,
    Decision,
    Model,
    Offer,
    Outcome,
    Standing,
    decide,
    holdout_of,
)
from enscene.engagement.loops import Tried
from enscene.simulator.needs import Act, Bought, Said, Town
from enscene.simulator.needs.town import DAY_US

Group: TypeAlias = Literal["learnt", "rules", "nobody"]
GROUPS: tuple[Group, ...] = ("learnt", "rules", "nobody")
BEGINS = datetime(2026, 1, 5, 16, tzinfo=UTC)  # midnight in Shanghai
ANSWERED_WITHIN_US = DAY_US
REFUSE_PER_MILLE, REFUSE_WITHIN_DAYS = 30, 90
"""So many customers take their permission back, on one of the first days."""
FADES = 0.95
"""What is left of a habit a day later."""
_SPACE = UUID("0f4f2c52-8d6e-4b0e-9a54-3f1c2a7d9b10")


@dataclass(slots=True)
class Customer:
    """What the bank knows of somebody: age, habits, what was said and what they own; what they are
    called in lots, and since when they allow no recommendations."""

    number: int
    age: int
    group: Group
    key: str
    refuses_since: datetime | None = None
    contacts: Contacts | None = None
    habits: dict[str, float] = field(default_factory=dict)
    owns: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Word:
    """Something that was said, until it is known what came of it."""

    at_us: int
    offer: Offer
    decision: Decision
    offers: tuple[Offer, ...]
    features: tuple[float, ...]
    place: int
    taken: bool = False


@dataclass(slots=True)
class Result:
    """What a cycle came to: earned a customer by group (minor units), words, gifts, purchases."""

    earned: dict[Group, list[int]]
    words: Counter[Group] = field(default_factory=Counter)
    gifts: Counter[Group] = field(default_factory=Counter)
    taken: Counter[Group] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    tried: list[Tried] = field(default_factory=list)
    judged: list[Tried] = field(default_factory=list)


class TownBank:
    """A bank in a town. `moments` are of the campaign, by the act that they answer."""

    def __init__(self, town: Town, body: CampaignBody, policy: ContactPolicy, seed: int) -> None:
        self._town = town
        self._policy = policy
        self._seed = seed
        self._offers: dict[str, tuple[Offer, ...]] = {}
        for name, moment in body.moments.items():
            for kind in moment.after or ():
                self._offers[kind] = offers_of("town", body, name)
        self._kinds = sorted(self._offers)
        self.names = ("always", "age", *(f"habit.{k}" for k in self._kinds), *self._kinds)
        self.model = Model(self.names)
        self._rules = Model(self.names)
        self.said: list[Said] = []
        self.customers = [self._customer(person.number, person.age) for person in town.people]
        self._words: dict[int, list[Word]] = {}

    def watch(self, days: int) -> Result:
        """Days on which nothing is said: what everybody does and buys by themselves."""
        return self._run(days, 0)

    def speak(self, days: int, gifts_a_day: int) -> Result:
        """A cycle; each of the two groups may give away so much a day (minor units)."""
        return self._run(days, gifts_a_day)

    def _run(self, days: int, gifts_a_day: int) -> Result:
        self._town.begin_cycle()
        for customer in self.customers:
            customer.owns.clear()
        result = Result({group: [] for group in GROUPS})
        earned = [0] * len(self.customers)
        self._words = {}
        answers: list[tuple[int, int, Bought]] = []
        for _ in range(days):
            left: dict[Group, int] = dict.fromkeys(GROUPS, gifts_a_day)
            for each in self._town.day():
                while answers and answers[0][0] <= each.at_us:
                    self._bought(heappop(answers)[2], earned, result)
                if isinstance(each, Bought):
                    if self._town.bought_anyway(each):
                        self._bought(each, earned, result)
                    continue
                found = self._act(each, left, result)
                if found is not None:
                    heappush(answers, (found.at_us, found.person, found))
            for customer in self.customers:
                for kind in customer.habits:
                    customer.habits[kind] *= FADES
        while answers:
            self._bought(heappop(answers)[2], earned, result)
        for customer, brought in zip(self.customers, earned, strict=True):
            result.earned[customer.group].append(brought)
        self._learn_from(result)
        return result

    def _act(self, act: Act, left: dict[Group, int], result: Result) -> Bought | None:
        """Somebody did something: decide, say it, and hear what comes of it within the hour."""
        customer = self.customers[act.person]
        customer.habits[act.action] = customer.habits.get(act.action, 0.0) + 1
        offers = self._offers.get(act.action)
        if offers is None or not left[customer.group]:
            return None
        if customer.group == "rules":
            offers = tuple(replace(offer, explored=False) for offer in offers)
        features = self._features(customer, act.action)
        standing = Standing(
            key=customer.key, served=True,
            granted=customer.refuses_since is None or _moment(act.at_us) < customer.refuses_since,
            holds=frozenset(customer.owns), features=features, contacts=customer.contacts,
        )  # fmt: skip
        model = self.model if customer.group == "learnt" else self._rules
        at_us = _epoch_us(act.at_us)
        decision = decide(
            offers, standing, self._policy, model, at_us, self._id(act),
            left={"town": left[customer.group]},
        )  # fmt: skip
        result.suppressed.update(decision.suppressed.values())
        if decision.chosen is None or decision.channel is None:
            return None
        return self._say(customer, act, decision, offers, features, left, result)

    def _say(
        self, customer: Customer, act: Act, decision: Decision, offers: tuple[Offer, ...],
        features: tuple[float, ...], left: dict[Group, int], result: Result,
    ) -> Bought | None:  # fmt: skip
        offer = decision.chosen
        assert offer is not None
        assert decision.channel is not None
        assert offer.product is not None
        if customer.contacts is None:
            customer.contacts = Contacts()
        contact = Contact(
            decision.at_us, offer.campaign, offer.name, offer.benefit, decision.channel
        )
        customer.contacts.add(contact)
        self.said.append(
            Said(_moment(act.at_us), str(customer.number), offer.campaign, offer.name,
                 offer.benefit, decision.channel)
        )  # fmt: skip
        left[customer.group] -= offer.cost
        result.words[customer.group] += 1
        result.gifts[customer.group] += offer.cost
        weighed = {each.offer for each in decision.eligible}
        able = tuple(each for each in offers if each.key in weighed)
        word = Word(act.at_us, offer, decision, able, features, len(self.said) - 1)
        self._words.setdefault(customer.number, []).append(word)
        return self._town.tell(customer.number, offer.product, act.action, act.at_us)

    def _bought(self, bought: Bought, earned: list[int], result: Result) -> None:
        """Why, nobody says: what was offered within a day before counts as taken."""
        customer = self.customers[bought.person]
        customer.owns.add(bought.product)
        earned[bought.person] += bought.earned
        for word in reversed(self._words.get(bought.person, ())):
            if word.at_us < bought.at_us - ANSWERED_WITHIN_US:
                break
            if word.offer.product == bought.product and not word.taken:
                word.taken = True
                result.taken[customer.group] += 1
                heard = self.said[word.place]
                self.said[word.place] = replace(heard, answered=_moment(bought.at_us))
                assert customer.contacts is not None
                customer.contacts.answer(
                    word.offer.campaign, word.offer.name, Outcome.TAKEN, _epoch_us(bought.at_us)
                )
                break

    def _learn_from(self, result: Result) -> None:
        words = [
            (word, self.customers[number]) for number, said in self._words.items() for word in said
        ]
        for word, customer in sorted(words, key=lambda each: (each[0].at_us, each[1].number)):
            shares = {each.offer: each.propensity for each in word.decision.eligible}
            # What was said for certain teaches as well as what was drawn.
            offers = tuple(replace(offer, explored=True) for offer in word.offers)
            tried = Tried(
                str(customer.number), offers, tuple(shares[offer.key] for offer in offers),
                next(n for n, offer in enumerate(offers) if offer.key == word.offer.key),
                word.features, float(word.taken), word.decision.seed,
            )  # fmt: skip
            result.tried.append(tried)
            if customer.group == "learnt":
                result.judged.append(tried)

    def _features(self, customer: Customer, kind: str) -> tuple[float, ...]:
        habits = customer.habits
        return (
            1.0, customer.age / 50 - 1,
            *(min(habits.get(each, 0.0), 20) / 20 for each in self._kinds),
            *(float(kind == each) for each in self._kinds),
        )  # fmt: skip

    def _customer(self, number: int, age: int) -> Customer:
        key = f"{self._seed}:{number}"
        refuses = None
        if holdout_of(self._policy.salt, "refuses", key) < REFUSE_PER_MILLE:
            day = holdout_of(self._policy.salt, "refuses on", key) % REFUSE_WITHIN_DAYS
            refuses = BEGINS + timedelta(days=day)
        return Customer(number, age, self._group(key), key, refuses)

    def _group(self, key: str) -> Group:
        if holdout_of(self._policy.salt, "", key) < self._policy.holdout_per_mille:
            return "nobody"
        return "learnt" if holdout_of(self._policy.salt, "loop", key) < 500 else "rules"

    def _id(self, act: Act) -> UUID:
        return uuid5(_SPACE, f"{self._seed}:{act.person}:{act.at_us}:{act.action}")


def _moment(at_us: int) -> datetime:
    return BEGINS + timedelta(microseconds=at_us)


def _epoch_us(at_us: int) -> int:
    return int(BEGINS.timestamp()) * 1_000_000 + at_us


def sizes_of(customers: list[Customer]) -> Mapping[Group, int]:
    """How many customers each group has."""
    counted: Counter[Any] = Counter(customer.group for customer in customers)
    return {group: counted[group] for group in GROUPS}
