"""Which steps of a visit ask for a payment at the counter, as the pack's own actions say."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.kernel.money import Portion
from enscene.simulator.book import Book, as_list, step_of, type_of

REGISTRATION = "registration"
NOTHING_ORDERED = "visit"


@dataclass(frozen=True, slots=True)
class Ways:
    """Both ways through the hospital.

    `before` and `after` say for each step how many times a patient stands at the counter before
    the step is done: `before` for who pays first, `after` for who has authorised. `cap` is what a
    visit may run up without payment (minor units); above it a charge is paid as before.
    """

    before: Mapping[str, int]
    after: Mapping[str, int]
    cap: int


def read_ways(book: Book) -> Ways:
    """The ways of a pack with the actions `register` (a permit is enough), `order` and `perform`.

    The actions that create a visit and a charge are told apart by whether the money moves at a
    counter; a step is done when `perform` may act on its charge.
    """
    visits = _creating(book, NOTHING_ORDERED)
    charges = _creating(book, "charge")
    steps = type_of(book.fields["action order"]["step"])[1].split("|")
    counters = {name: _at_counter(book, name) for name in visits}
    payments = {name: _payments(book, state) for name, state in charges.items()}
    before = {REGISTRATION: max(counters.values())} | dict.fromkeys(steps, max(payments.values()))
    after = {REGISTRATION: min(counters.values())} | dict.fromkeys(steps, min(payments.values()))
    return Ways(before, after, int(book.options["visit_cap"]))


def authorised_share(text: str) -> float:
    """The share of patients that the pack aims at for the new way, as its indicator says."""
    share = Portion.parse(text)
    return share.num / share.den


def _creating(book: Book, thing: str) -> dict[str, str]:
    """The actions that make such a thing, with its first state."""
    found = {}
    for name, action in book.actions.items():
        said = action.get("creates")
        if isinstance(said, str):
            made, _, state = said.partition(".")
        elif said:
            made, state = said["thing"], said["state"]
        else:
            continue
        if made == thing:
            found[name] = state
    return found


def _at_counter(book: Book, action: str) -> int:
    """1 when money moves and a device of the hospital at which people stand is among who acts."""
    said: Mapping[str, Any] = book.actions[action]
    moves = any(step_of(step)[0] == "move" for step in said.get("do", ()))
    return int(moves and "counter" in as_list(said["by"]))


def _payments(book: Book, state: str) -> int:
    """The fewest payments at a counter on the way from a charge's first state to `perform`."""
    goal = set(book.on("perform")[1])  # type: ignore[index]
    queue: deque[tuple[str, int]] = deque([(state, 0)])
    seen = {state}
    while queue:
        here, paid = queue.popleft()
        if here in goal:
            return paid
        for name, action in book.actions.items():
            on = book.on(name)
            if on is None or on[0] != "charge" or here not in on[1] or "to" not in action:
                continue
            there = action["to"]["charge"]
            if there not in seen:
                seen.add(there)
                queue.append((there, paid + _at_counter(book, name)))
    raise AssertionError(f"no way leads from {state} to where a charge is performed")
