"""A log of a town's moments for the benchmarks of the engine: 25 rules that look at every event, a
seeded log in compact pages on disk, and the product's own decisions.

A payment is 37 bytes: who, when, when seen, what, how much, where. One in fifty comes late, one in a
hundred again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from enscene.engagement.decisions import (
    Cap,
    ContactPolicy,
    Contacts,
    Fatigue,
    Model,
    Offer,
    Outcome,
    Quiet,
    Standing,
    decide,
)
from enscene.engagement.engine import (
    Absent,
    After,
    Count,
    Crosses,
    Engine,
    Enters,
    Firing,
    Happening,
    Rule,
    Sum,
    compile_rules,
)
from enscene.engagement.engine import Sequence as Steps
from enscene.kernel.expressions import INT, RECORD, Environment, compile_expression

PAGE = 20_000
SPACE = UUID("6a1c9ad8-52c3-4bfa-8f5a-02d38d6c6f61")
KINDS = ("town.pay", "town.look", "town.ask", "town.leave")
ANSWER = "town.answer"
RECORD_OF = np.dtype([
    ("id", "<i8"), ("customer", "<i4"), ("at", "<i8"), ("lag", "<i8"), ("kind", "u1"),
    ("amount", "<i4"), ("lat", "<i4"),
])  # fmt: skip
BEGIN_US = 1_795_492_800_000_000
STEP_US = 500
"""Two thousand a second."""
MINUTE, SECOND = 60_000_000, 1_000_000
NAMES = Environment({"event": RECORD({"amount": INT, "floor": INT}), "count": INT})


class Fact:
    """What an event says."""

    __slots__ = ("amount", "floor")

    def __init__(self, amount: int, floor: int) -> None:
        self.amount, self.floor = amount, floor


def rules() -> tuple[Rule, ...]:
    """Twenty-five, each of which looks at every one of the four kinds."""
    amount = compile_expression("event.amount", NAMES)

    def holds(source: str) -> Any:
        return compile_expression(source, NAMES)

    pay, look, ask, leave = KINDS
    places = tuple((3_100_000 + 1_900 * n, 12_147_000) for n in range(200))
    patterns: list[tuple[Any, str | None]] = [
        *((Count(KINDS, n, 20 * n * SECOND), "event.amount > 9700") for n in (3, 4, 5, 8)),
        *((Count(KINDS, n, 10 * MINUTE, only=holds("event.amount > 6000 && event.floor != 3")), "event.amount > 9500")
          for n in (6, 9)),
        *((Sum(KINDS, amount, 40_000 + 20_000 * n, 2 * n * MINUTE), "event.floor < 5 && event.amount > 9000")
          for n in (1, 2, 4, 8)),
        *((Steps(steps, n * MINUTE), "event.amount > 9000") for n, steps in (
            (1, (pay, look, ask, leave)), (2, (leave, ask, look, pay)),
            (3, (ask, pay, leave, look)), (1, (look, ask, leave, pay)))),
        *((Absent((a, b), (c, d), n * MINUTE), None) for n, a, b, c, d in (
            (20, pay, look, ask, leave), (25, ask, leave, pay, look),
            (30, pay, leave, look, ask), (40, pay, ask, look, leave))),
        (Crosses(KINDS, amount, below=60), None),
        (Crosses(KINDS, amount, above=9_950), "count % 2 == 0"),
        (Enters(KINDS, places, 40), "event.amount > 9800"),
        (Enters(KINDS, places[:20], 300), "event.amount > 9500"),
        (After(KINDS), "event.amount * 3 + event.floor > 29990"),
        (After(KINDS), "event.amount < 3 && event.floor in [1, 4]"),
        (After(KINDS), "event.amount == 5000 || (event.floor == 2 && event.amount == 77)"),
    ]  # fmt: skip
    made = [
        Rule(f"m{n}", f"c{n % 6}", pattern, None if source is None else holds(source), 10 * MINUTE)
        for n, (pattern, source) in enumerate(patterns)
    ]
    assert len(made) == 25
    return compile_rules(made)


class Decisions:
    """The product's decisions: contacts are the customer's, the model is of all."""

    kinds = frozenset({ANSWER})

    def __init__(self) -> None:
        self.policy = ContactPolicy(
            "Asia/Shanghai", (Cap(3, 3_600 * SECOND), Cap(1, 1_200 * SECOND, "push")),
            Quiet(21 * 60, 8 * 60), Fatigue(6, 86_400 * SECOND), holdout_per_mille=50, salt="b",
        )  # fmt: skip
        self.model = Model(("always", "often", "long", "far"))
        self.offers = {
            f"m{n}": [
                Offer(f"c{n % 6}", f"m{n}", f"o{n}{part}", value=500 + 40 * n, cost=9 * n,
                      channels=("push", "h5")) for part in "ab"
            ] for n in range(25)
        }  # fmt: skip
        self.by_key = {each.key: each for some in self.offers.values() for each in some}

    def told(self, happening: Happening, kept: bytes) -> bytes:
        """An answer to the last offer: the model learns."""
        if not kept:
            return kept
        contacts = Contacts.from_row(msgspec.msgpack.decode(kept))
        last = list(contacts)[-1]
        taken = happening.facts["event"].amount > 6_000
        outcome = Outcome.TAKEN if taken else Outcome.REFUSED
        if contacts.answer(last.campaign, last.offer, outcome, happening.seen_us):
            offer = self.by_key[f"{last.campaign}/{last.offer}"]
            self.model.learn(offer, features_of(happening.customer), float(taken))
        return msgspec.msgpack.encode(contacts.to_row())

    def fired(
        self, customer: int, at_us: int, firings: Sequence[Firing], kept: bytes
    ) -> tuple[Sequence[Any], bytes]:
        """One decision over all offers of the rules that fired."""
        contacts = Contacts.from_row(msgspec.msgpack.decode(kept)) if kept else None
        standing = Standing(
            str(customer), granted=customer % 10 != 3, served=True, contacts=contacts,
            features=features_of(customer),
        )  # fmt: skip
        offers = [offer for firing in firings for offer in self.offers[firing.rule.name]]
        decision = decide(offers, standing, self.policy, self.model, at_us, firings[0].id)
        if decision.chosen is not None:
            contacts = contacts or Contacts()
            contacts.note(decision)
            kept = msgspec.msgpack.encode(contacts.to_row())
        return [decision], kept

    def general(self) -> bytes:
        """The model."""
        return msgspec.msgpack.encode(self.model.to_row())

    def put_general(self, row: bytes) -> None:
        """Go on with a model."""
        self.model = Model.from_row(msgspec.msgpack.decode(row))


def features_of(customer: int) -> tuple[float, ...]:
    """What the model weighs of a customer."""
    return (1.0, customer % 7 / 7, customer % 11 / 11, customer % 13 / 13)


def engine() -> Engine:
    """The 25 rules with the product's decisions."""
    return Engine(rules(), Decisions(), space=SPACE)


def write_log(path: Path, events: int, customers: int, seed: int = 20261122) -> None:
    """Make the log, page by page; the same bytes for the same numbers."""
    with open(path, "wb") as file:
        for first in range(0, events, PAGE):
            size = min(PAGE, events - first)
            file.write(_page(np.random.Generator(np.random.Philox([seed, first])), first, size, customers))  # fmt: skip


def _page(rng: Any, first: int, size: int, customers: int) -> bytes:
    page = np.zeros(size, RECORD_OF)
    page["id"] = np.arange(first, first + size)
    page["customer"] = customers * rng.random(size) ** 2
    late = rng.random(size) < 0.02
    page["lag"] = np.where(late, rng.integers(0, 20 * MINUTE, size), rng.integers(0, SECOND, size))
    page["at"] = BEGIN_US + page["id"] * STEP_US
    page["kind"] = np.where(rng.random(size) < 0.005, 4, rng.integers(0, 4, size))
    page["amount"] = rng.integers(0, 10_001, size)
    page["lat"] = 3_100_000 + rng.integers(0, 400_000, size)
    again = np.flatnonzero(rng.random(size) < 0.01)
    again = again[again > 10]
    seen = page["at"][again]
    page[again] = page[again - 7]
    page["lag"][again] += seen - page["at"][again]
    page["at"][again] = seen
    return page.tobytes()


def pages_of(path: Path, first: int = 0, size: int = PAGE) -> Iterator[list[Happening]]:
    """The pages from one on, as the engine takes them. `at` on disk is when it was seen."""
    with open(path, "rb") as file:
        file.seek(first * size * RECORD_OF.itemsize)
        while read := file.read(size * RECORD_OF.itemsize):
            yield happenings_of(read)


def happenings_of(read: bytes) -> list[Happening]:
    """The events of a page."""
    kinds, page = (*KINDS, ANSWER), np.frombuffer(read, RECORD_OF)
    return [
        Happening(
            number * 0x9E3779B97F4A7C15, customer, seen - lag, seen, kinds[kind],
            {"event": Fact(amount, number % 7)}, (lat, 12_147_000),
        )
        for number, customer, seen, lag, kind, amount, lat in page.tolist()
    ]  # fmt: skip


def plain_loop(page: Sequence[Happening], known: dict[int, list[Any]]) -> int:
    """What any reader does: look each event up among the last sixteen ids of its customer."""
    fresh = 0
    for event in page:
        ids = known.get(event.customer)
        if ids is None:
            ids = known[event.customer] = []
        if event.id in ids:
            continue
        ids.append(event.id)
        if len(ids) > 16:
            del ids[0]
        fresh += 1
    return fresh


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def resident_bytes() -> int:
    """Of this process, now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
