"""What the tests of the engine begin with: rules of every pattern, events, a simple decider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from enscene.engagement.engine import (
    Absent,
    After,
    Count,
    Crosses,
    Engine,
    Enters,
    Firing,
    Happening,
    Made,
    Rule,
    Sum,
    compile_rules,
)
from enscene.engagement.engine import Sequence as Steps
from enscene.kernel.expressions import (
    INT,
    RECORD,
    TEXT,
    Environment,
    Expression,
    compile_expression,
)

S = 1_000_000
SPACE = UUID("3f0d6c3e-8d3f-4b0e-9d52-0d8b4a7b1f11")
TOLERANCE_US = 10 * S
CENTRE = (3_123_000, 12_147_000)
FAR = (3_223_000, 12_147_000)
NAMES = Environment({
    "event": RECORD({"amount": INT, "shop": TEXT}),
    "customer": RECORD({"age": INT}),
    "count": INT,
})  # fmt: skip


def expression(source: str) -> Expression:
    """Over an event's amount and shop, the customer's age, and count."""
    return compile_expression(source, NAMES)


def happening(name: str | int, kind: str = "a", at_s: int = 0, **given: Any) -> Happening:
    """An event of customer 1 that came into the log when it happened; times in seconds."""
    seen_s = given.get("seen_s", at_s)
    facts = {"event": SimpleNamespace(amount=given.get("amount", 1), shop=given.get("shop", "x"))}
    return Happening(
        name, given.get("customer", 1), at_s * S, seen_s * S, kind, facts, given.get("place")
    )


def rule(name: str, pattern: Any, condition: str | None = None, **given: Any) -> Rule:
    """A rule of campaign `c`."""
    compiled = None if condition is None else expression(condition)
    return Rule(name, "c", pattern, compiled, given.get("tolerance_us", TOLERANCE_US))


def every_pattern() -> tuple[Rule, ...]:
    """One of each at least, small enough for random events to set them off."""
    amount = expression("event.amount")
    return compile_rules([
        rule("after", After(("a", "c")), "event.amount > 3"),
        rule("count", Count(("a", "b"), 3, 30 * S)),
        rule("count_only", Count(("a",), 2, 40 * S, only=expression("event.amount > 2")),
             "count == 2"),
        rule("count_again", Count(("b", "c"), 2, 60 * S, again_after_us=20 * S), "event.amount > 0"),
        rule("sum", Sum(("a", "b"), amount, 12, 120 * S)),
        rule("steps", Steps(("a", "b", "c"), 40 * S)),
        rule("steps_twice", Steps(("a", "b", "a"), 60 * S), "event.amount > 2"),
        rule("absent", Absent(("a",), ("b",), 15 * S)),
        rule("absent_self", Absent(("c",), ("c", "a"), 25 * S), "customer.age > 1"),
        rule("falls", Crosses(("a", "b"), amount, below=2)),
        rule("rises", Crosses(("a", "c"), amount, above=5)),
        rule("enters", Enters(("a", "b", "c"), (CENTRE, (0, 0)), 500)),
    ])  # fmt: skip


@dataclass
class Teller:
    """Decides for everything, and counts per customer (in `kept`) and over all."""

    kinds: frozenset[str] = frozenset({"told"})
    total: int = 0
    heard: list[Any] = field(default_factory=list)

    def told(self, happening: Happening, kept: bytes) -> bytes:
        self.heard.append(happening.id)
        return kept + b"t"

    def fired(
        self, customer: int, at_us: int, firings: Sequence[Firing], kept: bytes
    ) -> tuple[Sequence[Any], bytes]:
        self.total += 1
        kept = (kept + b"d")[-50:]
        names = [each.rule.name for each in firings]
        return [(str(firings[0].id), names, [f.number for f in firings], kept)], kept

    def general(self) -> bytes:
        return self.total.to_bytes(8, "big")

    def put_general(self, row: bytes) -> None:
        self.total = int.from_bytes(row, "big")


def engine_of(rules: Sequence[Rule]) -> Engine:
    """An engine to which everybody is as old as their number."""
    return Engine(
        rules, Teller(), space=SPACE,
        known=lambda customer: {"customer": SimpleNamespace(age=customer)},
    )  # fmt: skip


def told_of(made: Sequence[Made]) -> list[tuple[int, int, str, Any]]:
    """What fired: when, of whom, which rule, on which event."""
    return [
        (each.at_us, each.customer, f.rule.name, f.happening and f.happening.id)
        for each in made
        for f in each.firings
    ]


def fired(rules: Sequence[Rule], events: Sequence[Happening], until_s: int = 0) -> list[Any]:
    """The names of rules with the seconds at which they fired."""
    engine = engine_of(compile_rules(rules))
    made = [*engine.apply(events).decisions, *engine.tick(until_s * S).decisions]
    return [(name, at_us // S) for at_us, _, name, _ in told_of(made)]
