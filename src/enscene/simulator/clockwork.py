"""What must happen by itself: timers that fall due, triggers that an action sets off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from enscene.kernel.clock import parse_time
from enscene.simulator._expressions import Absent, reading
from enscene.simulator.book import Book, as_list, type_of
from enscene.simulator.names import Aftermath, Names
from enscene.simulator.request import Done, Request
from enscene.simulator.timing import daily_timers
from enscene.simulator.world import World


def due_timers(
    book: Book, world: World, since: datetime, until: datetime
) -> list[tuple[datetime, Request]]:
    """Whatever the clock must try after `since` and up to `until`, in the order of time.

    Timers of things come even when they fell due before `since`: they wait until they are done.
    """
    found = [
        (due, of_thing(book, thing, key, str(item.timer)))
        for (thing, key), item in world.things.items()
        if item.due is not None and (due := parse_time(item.due)) <= until
    ]
    for due, action, role in daily_timers(book, since, until):
        found += [
            (due, Request(book.ref, action, member.ref, "clock", {}))
            for member in world.members.values()
            if role in member.roles
        ]
    return sorted(found, key=lambda item: item[0])


def of_thing(book: Book, thing: str, key: str, action: str, role: str = "clock") -> Request:
    """What the clock, or a trigger, does to a thing."""
    return Request(book.ref, action, None, role, {book.things[thing]["key"]: key})


def give_up(book: Book, world: World, request: Request) -> None:
    """A timer that was refused isn't tried again on that thing."""
    on = book.on(request.action)
    if on is not None:
        item = world.things[on[0], str(request.given[book.things[on[0]]["key"]])]
        item.due = item.timer = None


def set_off(book: Book, world: World, request: Request, done: Done, now: datetime) -> list[Request]:
    """What the triggers must do after a request was done."""
    found: list[Request] = []
    scope = Aftermath(book, world, request, done, now)
    for trigger in book.triggers.values():
        if trigger["after"] != request.action or not _holds(trigger.get("if"), book, scope):
            continue
        kinds = book.input_of(trigger["do"])
        given = {
            name: scope.shown(
                reading(source, book.currency, book.zone)(scope.look), type_of(kinds[name])[0]
            )
            for name, source in trigger.get("input", {}).items()
        }
        each = trigger.get("each")
        if each is None:
            found.append(Request(book.ref, trigger["do"], None, "trigger", given))
            continue
        bound = reading(each["bound_to"], book.currency, book.zone)(scope.look)
        found += [
            Request(item.scene, item.action, item.party, item.role, {**given, **item.given})
            for item in _on_each(book, world, trigger, each, bound)
        ]
    return found


def _on_each(
    book: Book, world: World, trigger: Mapping[str, Any], each: Mapping[str, Any], bound: Any
) -> list[Request]:
    thing, states = each["thing"], as_list(each["state"])
    by = book.things[thing]["bind"]
    return [
        of_thing(book, thing, key, trigger["do"], "trigger")
        for (kind, key), item in world.things.items()
        if kind == thing and item.state in states and item.fields.get(by) == bound
    ]


def _holds(source: str | None, book: Book, scope: Names) -> bool:
    if source is None:
        return True
    try:
        return bool(reading(source, book.currency, book.zone)(scope.look))
    except Absent:
        return False
