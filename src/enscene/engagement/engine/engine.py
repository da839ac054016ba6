"""The engine: pages of events in, decisions out; pure, and the same for the same log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import msgspec

from enscene.engagement.engine.deadlines import Deadlines
from enscene.engagement.engine.decider import Decider, Firing, Made
from enscene.engagement.engine.happening import NOBODY, Happening, number_of
from enscene.engagement.engine.pattern import Absent, kinds_of, of_kind, speaking
from enscene.engagement.engine.reading import Known, Read, nothing_known, reader_of
from enscene.engagement.engine.rule import Rule
from enscene.engagement.engine.state import (
    VERSION,
    Layout,
    Words,
    is_repeat,
    layout_of,
    moved,
    read_row,
    write_row,
)
from enscene.engagement.engine.steps import Fired, Step, Tools, fired_of, grid_of, step_of
from enscene.engagement.engine.words import NEVER
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import ExpressionError


@dataclass(slots=True)
class Applied:
    """What came of a page: decisions in order, and whose states changed, in the order they did.
    `general`: the decider was told something of nobody."""

    decisions: list[Made] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    general: bool = False


class _General(msgspec.Struct, array_like=True, frozen=True):
    version: int
    clock_us: int
    decider: bytes


@dataclass(slots=True)
class _Plan:
    """What is done with events of a kind: (slot, step, what is noted, tolerance, condition, rule)."""

    parts: list[tuple[int, Step, Fired | None, int, Read | None, Rule]]
    is_told: bool


class Engine:
    """Holds the states of a slice of the customers.

    `space` names the tenant in ids of decisions. `known` gives the roots `customer` and `spectrum`
    where an event does not bring them. Whoever keeps states elsewhere puts those of a page's
    customers, and of those with a deadline before its end, before applying it.

    `errors` counts by rule what expressions failed at, `repeats` the events that came again. Time is
    the log's (`seen_us`); decisions are made at it, and a deadline passes before the first event of
    the log that came later.
    """

    def __init__(
        self, rules: Sequence[Rule], decider: Decider, *, space: UUID, known: Known = nothing_known
    ) -> None:
        self.errors: Counter[str] = Counter()
        self.repeats = 0
        self.clock_us = NEVER
        self._decider, self._space, self._known = decider, space, known
        self._states: dict[int, Words] = {}
        self._kept: dict[int, bytes] = {}
        self._deadlines = Deadlines()
        self._layouts: dict[int, Layout] = {}
        self._applied, self._changed = Applied(), dict[int, None]()
        self.replace(rules)

    def replace(self, rules: Sequence[Rule]) -> None:
        """Go on with other rules. What rules with the same name, campaign and pattern remember is
        kept; of the others it is dropped, customer by customer as they come."""
        self._rules = tuple(rules)
        self._layout = layout_of(rules, len(self._layouts) + 1)
        self._layouts[self._layout.generation] = self._layout
        self._plans = self._plans_of(rules)
        slot_of = self._layout.slot_of
        self._waiting: list[tuple[int, int, Read | None, Rule]] = [
            (slot_of[rule.digest()], rule.pattern.within_us, self._condition(rule, None), rule)
            for rule in rules if isinstance(rule.pattern, Absent)
        ]  # fmt: skip

    def apply(self, page: Iterable[Happening]) -> Applied:
        """Take a page of the log."""
        deadlines, plans, take = self._deadlines, self._plans, self._take
        for event in page:
            if event.seen_us > self.clock_us:
                self.clock_us = event.seen_us
                if deadlines.next < event.seen_us:
                    self._pass_deadlines()
            plan = plans.get(event.kind)
            if plan is not None:
                take(plan, event)
        return self._given()

    def tick(self, now_us: int) -> Applied:
        """The log has been read until `now_us` and nothing else has come: deadlines before it pass."""
        self.clock_us = max(self.clock_us, now_us)
        self._pass_deadlines()
        return self._given()

    def customers(self) -> Iterator[int]:
        """Those whose states are here."""
        return iter(self._states)

    def kept_of(self, customer: int) -> bytes:
        """What the decider keeps with a customer."""
        return self._kept.get(customer, b"")

    def keep(self, customer: int, kept: bytes) -> None:
        """Let the decider go on with something else, of a customer whose state is here."""
        self._keep(customer, kept)

    def missing(self, customers: Iterable[int]) -> list[int]:
        """Those of whom there is no state here, each once."""
        return [each for each in dict.fromkeys(customers) if each not in self._states]

    def forget(self, customers: Iterable[int]) -> None:
        """Let go of states that are kept elsewhere."""
        for customer in customers:
            self._states.pop(customer, None)
            self._kept.pop(customer, None)

    def state_of(self, customer: int) -> bytes:
        """The row of a customer; of states that remember the same it is the same."""
        state = self._state(customer) if customer in self._states else self._layout.fresh()
        return write_row(self._layout, state, self._kept.get(customer, b""))

    def put_state(self, customer: int, row: bytes) -> None:
        """Go on with a row, written under these rules or others. Raises: Invalid (no such row)."""
        self._states[customer], kept = read_row(self._layout, row)
        self._kept.pop(customer, None)
        if kept:
            self._kept[customer] = kept
        for due_us in self._dues(customer):
            self._deadlines.add(due_us, customer)

    def due(self, customer: int) -> int | None:
        """The next deadline of a customer, microseconds UTC."""
        return min(self._dues(customer), default=None)

    def general(self) -> bytes:
        """The row of what is of no customer: the clock, and what the decider has learnt."""
        return msgspec.msgpack.encode(_General(VERSION, self.clock_us, self._decider.general()))

    def put_general(self, row: bytes) -> None:
        """Go on with such a row. Raises: Invalid (no such row)."""
        try:
            read = msgspec.msgpack.decode(row, type=_General)
        except msgspec.DecodeError as error:
            raise Invalid("this is no general row", code="engine.row") from error
        if read.version != VERSION:
            raise Invalid(f"rows are of version {VERSION}", code="engine.row")
        self.clock_us = read.clock_us
        self._decider.put_general(read.decider)

    def _plans_of(self, rules: Sequence[Rule]) -> dict[str, _Plan]:
        plans = {kind: _Plan([], True) for kind in sorted(self._decider.kinds)}
        for rule in rules:
            tools = Tools(
                self._known, partial(self._err, rule.name), self._wait, rule.tolerance_us,
                grid_of(rule.pattern),
            )  # fmt: skip
            slot = self._layout.slot_of.get(rule.digest(), 0)
            for kind in kinds_of(rule.pattern):
                plan = plans.setdefault(kind, _Plan([], False))
                plan.parts.append((
                    slot, step_of(rule.pattern, kind, tools), fired_of(rule.pattern),
                    rule.tolerance_us, self._condition(rule, kind), rule,
                ))  # fmt: skip
        return plans

    def _condition(self, rule: Rule, kind: str | None) -> Read | None:
        if rule.condition is None or (kind is not None and kind not in speaking(rule.pattern)):
            return None
        return reader_of(of_kind(rule.condition, kind or ""), self._known)

    def _err(self, name: str) -> None:
        self.errors[name] += 1

    def _wait(self, due_us: int, customer: int) -> None:
        self._deadlines.add(due_us, customer)

    def _state(self, customer: int) -> Words:
        """A customer's state under the present rules; a new one for who is new."""
        state = self._states.get(customer)
        if state is None:
            state = self._layout.fresh()
        elif state[0] != self._layout.generation:
            state = moved(self._layout, self._layouts[state[0]], state)
        else:
            return state
        self._states[customer] = state
        return state

    def _take(self, plan: _Plan, event: Happening) -> None:
        customer = event.customer
        if customer == NOBODY:
            self._decider.told(event, b"")
            self._applied.general = True
            return
        state = self._states.get(customer)
        if state is None or state[0] != self._layout.generation:
            state = self._state(customer)
        if is_repeat(state, number_of(event.id), event.seen_us):
            self.repeats += 1
            return
        self._changed[customer] = None
        if plan.is_told:
            kept = self._decider.told(event, self._kept.get(customer, b""))
            self._keep(customer, kept)
        lag, size = event.seen_us - event.at_us, len(state)
        fired: list[Firing] = []
        for slot, step, note, tolerance, holds, rule in plan.parts:
            at = state[slot]
            if not at:
                at = self._layout.room(state, slot)
            number = step(state, at, event)
            if number is None or lag > tolerance:
                continue
            if holds is not None:
                try:
                    if not holds(event.facts, customer, number):
                        continue
                except ExpressionError:
                    self.errors[rule.name] += 1
                    continue
            if note is not None:
                note(state, at, event)
            fired.append(Firing(rule, customer, event.seen_us, event, number, self._space))
        if len(state) != size:  # it grew, with room for more: a sixteenth, a million times
            self._states[customer] = state[:]
        if fired:
            self._decide(customer, event.seen_us, fired)

    def _decide(self, customer: int, at_us: int, fired: list[Firing]) -> None:
        firings = tuple(fired)
        kept = self._kept.get(customer, b"")
        decisions, kept = self._decider.fired(customer, at_us, firings, kept)
        self._keep(customer, kept)
        for decision in decisions:
            self._applied.decisions.append(Made(customer, at_us, firings, decision))

    def _keep(self, customer: int, kept: bytes) -> None:
        if kept:
            self._kept[customer] = kept
        else:
            self._kept.pop(customer, None)

    def _dues(self, customer: int) -> list[int]:
        if customer not in self._states:
            return []
        state = self._state(customer)
        return [
            state[at] + within
            for slot, within, _, _ in self._waiting
            if (at := state[slot]) and state[at] != NEVER
        ]

    def _pass_deadlines(self) -> None:
        for due_us, customer in self._deadlines.before(self.clock_us, self._dues):
            if customer in self._states:
                self._pass(due_us, customer)

    def _pass(self, due_us: int, customer: int) -> None:
        """What a customer has waited for until then is over; it may have been before."""
        state = self._state(customer)
        fired: list[Firing] = []
        for slot, within, holds, rule in self._waiting:
            at = state[slot]
            if not at or state[at] == NEVER or state[at] + within != due_us:
                continue
            state[at] = NEVER
            self._changed[customer] = None
            try:
                if holds is None or holds({}, customer, 0):
                    fired.append(Firing(rule, customer, due_us, None, 0, self._space))
            except ExpressionError:
                self.errors[rule.name] += 1
        if fired:
            self._decide(customer, due_us, fired)

    def _given(self) -> Applied:
        applied, self._applied = self._applied, Applied()
        applied.changed, self._changed = list(self._changed), {}
        return applied
