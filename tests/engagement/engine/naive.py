"""The engine's answers, from the whole list of a customer's events each time. Shares no code."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from enscene.engagement.engine import (
    Absent,
    After,
    Count,
    Crosses,
    Enters,
    Happening,
    Rule,
    Sum,
    kinds_of,
)

IDS, DAYS_US = 16, 2 * 86_400_000_000
Fact = tuple[int, int, str, Any]


def answers(rules: Sequence[Rule], log: Sequence[Happening], until_us: int) -> list[Fact]:
    """All that fires, sorted: when, of whom, which rule, on which event."""
    found: list[Fact] = []
    looked_at = {kind for rule in rules for kind in kinds_of(rule.pattern)} | {"told"}
    for customer in {event.customer for event in log}:
        mine = [e for e in log if e.customer == customer and e.kind in looked_at]
        once = without_repeats(mine)
        for rule in rules:
            events = [e for e in once if e.kind in kinds_of(rule.pattern)]
            found += ((*fact, rule.name, on) for fact, on in _of_rule(rule, customer, events, until_us))  # fmt: skip
    return sorted(found, key=repr)


def without_repeats(events: Sequence[Happening]) -> list[Happening]:
    taken: list[Happening] = []
    for event in events:
        near = [
            e for e in taken[-IDS:] if e.id == event.id and e.seen_us >= event.seen_us - DAYS_US
        ]
        if not near:
            taken.append(event)
    return taken


def _of_rule(
    rule: Rule, customer: int, events: list[Happening], until_us: int
) -> Iterator[tuple[tuple[int, int], Any]]:
    if isinstance(rule.pattern, Absent):
        for due in _absent(rule, events, until_us):
            if _holds(rule, {}, customer, 0):
                yield (due, customer), None
        return
    fired: list[int] = []
    for n, event in enumerate(events):
        number = _number(rule.pattern, events[: n + 1], fired)
        late = event.seen_us - event.at_us > rule.tolerance_us
        if number is not None and not late and _holds(rule, event.facts, customer, number):
            fired.append(n)
            yield (event.seen_us, customer), event.id


def _holds(rule: Rule, facts: Any, customer: int, number: int) -> bool:
    condition: Any = rule.condition
    if condition is None:
        return True
    names = {"event.amount > 3": lambda a: a > 3, "event.amount > 0": lambda a: a > 0,
             "event.amount > 2": lambda a: a > 2}  # fmt: skip
    if condition.source in names:
        return names[condition.source](facts["event"].amount)
    if condition.source == "count == 2":
        return number == 2
    assert condition.source == "customer.age > 1"
    return customer > 1


def _number(pattern: Any, events: list[Happening], fired: list[int]) -> int | None:
    match pattern:
        case After():
            return 0
        case Count():
            return _count(pattern, events, fired)
        case Sum():
            return _sum(pattern, events)
        case Crosses():
            return _crosses(pattern, events)
        case Enters():
            return _enters(pattern, events)
        case _:
            return _steps(pattern, events, fired)


def _count(pattern: Count, events: list[Happening], fired: list[int]) -> int | None:
    last = events[-1]
    counted = [e for e in events if pattern.only is None or e.facts["event"].amount > 2]
    if last not in counted:
        return None
    now = max(e.at_us for e in counted)
    enough = [
        sum(e.at_us >= now - pattern.within_us for e in some) >= pattern.at_least
        for some in (counted[:-1], counted)
    ]
    if not enough[1]:
        return None
    if pattern.again_after_us is None:
        return None if enough[0] else pattern.at_least
    # An event so old that the newest are more than enough without it brings nothing new.
    newest = sorted((e.at_us for e in counted[:-1]), reverse=True)[: pattern.at_least]
    if len(newest) == pattern.at_least and last.at_us <= newest[-1]:
        in_order = last.at_us >= newest[0]
        if not in_order:
            return None
    spoken = max((events[n].at_us for n in fired), default=-math.inf)
    return pattern.at_least if last.at_us >= spoken + pattern.again_after_us else None


def _sum(pattern: Sum, events: list[Happening]) -> int | None:
    part = pattern.within_us // 60
    newest = max(e.at_us // part for e in events)
    counts = [e.facts["event"].amount if e.at_us // part > newest - 60 else 0 for e in events]
    before = sum(counts[:-1])
    after = before + counts[-1]
    return after if before < pattern.reaches <= after else None


def _in_order(events: list[Happening]) -> list[Happening]:
    return [e for n, e in enumerate(events) if all(o.at_us <= e.at_us for o in events[:n])]


def _steps(pattern: Any, events: list[Happening], fired: list[int]) -> int | None:
    begin = fired[-1] + 1 if fired else 0
    ordered = [e for e in _in_order(events) if e in events[begin:]]
    if not ordered or ordered[-1] is not events[-1]:
        return None

    def beginnings(places: int, before: int) -> Iterator[int]:
        """When chains of the first steps begin that end before a place in the list."""
        for n in range(before):
            if ordered[n].kind == pattern.steps[places - 1]:
                if places == 1:
                    yield ordered[n].at_us
                else:
                    yield from beginnings(places - 1, n)

    size = len(pattern.steps)
    if ordered[-1].kind != pattern.steps[-1]:
        return None
    starts = beginnings(size - 1, len(ordered) - 1)
    return size if any(events[-1].at_us - s <= pattern.within_us for s in starts) else None


def _absent(rule: Rule, events: list[Happening], until_us: int) -> Iterator[int]:
    pattern: Any = rule.pattern
    free_from = 0
    while True:
        for n in range(free_from, len(events)):
            if _waits(rule, events, n):
                break
        else:
            return
        due = events[n].at_us + pattern.within_us
        for m in range(n + 1, len(events)):
            if events[m].seen_us > due:
                yield due
                free_from = m
                break
            if events[m].kind in pattern.without and events[m].at_us >= events[n].at_us:
                free_from = m  # it may begin another wait
                break
        else:
            if due < until_us:
                yield due
            return


def _waits(rule: Rule, events: list[Happening], n: int) -> bool:
    pattern: Any = rule.pattern
    event = events[n]
    if event.kind not in pattern.after:
        return False
    if any(e.kind in pattern.without and e.at_us > event.at_us for e in events[:n]):
        return False
    on_time = event.seen_us - event.at_us <= rule.tolerance_us
    return on_time or event.at_us + pattern.within_us > event.seen_us


def _crosses(pattern: Crosses, events: list[Happening]) -> int | None:
    ordered = _in_order(events)
    if len(ordered) < 2 or ordered[-1] is not events[-1]:
        return None
    last, now = (e.facts["event"].amount for e in ordered[-2:])
    if pattern.below is not None:
        return now if last >= pattern.below and now < pattern.below else None
    assert pattern.above is not None
    return now if last <= pattern.above and now > pattern.above else None


def _enters(pattern: Enters, events: list[Happening]) -> int | None:
    ordered = _in_order([e for e in events if e.place is not None])
    if not ordered or ordered[-1] is not events[-1]:
        return None
    inside = [any(metres(e.place, p) <= pattern.metres for p in pattern.places) for e in ordered]
    return 1 if inside[-1] and not any(inside[-2:-1]) else None


def metres(one: Any, other: Any) -> float:
    """The great circle's length."""
    (a, b), (c, d) = ([math.radians(x / 100_000) for x in place] for place in (one, other))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))
