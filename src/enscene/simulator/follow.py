"""Follow a scene's events in the order of their commit and hold each against the model.

Requests of one moment are sent at once, so nobody knows beforehand who comes first. The log says
afterwards: every success is judged at its place in it, and a refusal must have been right at some
place between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from enscene.kernel.clock import parse_time
from enscene.kernel.money import parse_money
from enscene.simulator._expressions import Absent
from enscene.simulator._parties import SYSTEM
from enscene.simulator.book import Book, hidden
from enscene.simulator.client import App
from enscene.simulator.clockwork import due_timers, give_up, set_off
from enscene.simulator.judge import judge, verdict
from enscene.simulator.request import Answer, Done, Request, Said
from enscene.simulator.tally import Tally
from enscene.simulator.timing import daily_timers
from enscene.simulator.world import Member, World

PAGE = 200
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Follower:
    """One scene. Daily timers are awaited from `since` on; None: from the first event on."""

    def __init__(self, book: Book, world: World, tally: Tally, since: datetime | None) -> None:
        self.book = book
        self.world = world
        self.tally = tally
        self.cursor: str | None = None
        self.since = since
        self.now = since or EARLIEST
        self._own: dict[int, tuple[Request, Answer]] = {}
        self._open: list[tuple[Request, Answer]] = []
        self._causes: list[tuple[Request, Done, datetime]] = []
        self._followed: set[tuple[int, str, str]] = set()
        """What has come of the causes: (place of the cause, action, input)."""
        self._daily: list[tuple[datetime, Request]] = []

    def answered(self, request: Request, answer: Answer) -> None:
        """An answer to a request of our own; it is judged when the log is read."""
        if answer.seq is not None:
            self._own[answer.seq] = (request, answer)
        elif answer.status == 200 and self.book.is_query(request.action):
            self._open.append((request, answer))
        elif answer.status in (403, 404, 409, 422):
            self._open.append((request, answer))
            self.tally.refusals[str(answer.body.get("code"))] += 1
        else:
            self.tally.surprise(request, "an answer", answer)

    async def read(self, bank: App, until: datetime | None) -> None:
        """Read the log to its end. What must have happened by `until` and has not is a surprise."""
        while True:
            after = f"&after={self.cursor}" if self.cursor else ""
            page = await bank.get(f"/v1/{self.book.ref}/events?limit={PAGE}{after}")
            for event in page["data"]:
                self._explain()
                self._absorb(event)
            self.cursor = page["next"]
            if not page["has_more"]:
                break
        self._explain()
        for request, answer in self._open:
            self.tally.surprise(request, verdict(self.book, self.world, request, self.now), answer)
        self._open.clear()
        for request, answer in self._own.values():
            self.tally.surprise(request, "an event in the log", answer)
        self._own.clear()
        if until is not None:
            self._miss(until)
        self.world.settle()

    def _explain(self) -> None:
        """Refusals and answers to queries that are right in the world as it is now."""
        left = []
        for request, answer in self._open:
            said = verdict(self.book, self.world, request, self.now)
            if isinstance(said, Said):
                right = (said.status, said.code) == (answer.status, answer.body.get("code"))
            else:
                told = {name: value for name, value in answer.body.items() if name != "at"}
                right = answer.status == 200 and told == said.answer
            if right:
                self.tally.match()
            else:
                left.append((request, answer))
        self._open = left

    def _absorb(self, event: Mapping[str, Any]) -> None:
        action = event["action"]
        self.now = at = parse_time(event["at"])
        self.since = self.since or at
        if action == "opening":
            self._begin_with(event["input"])
        if action not in self.book.actions:
            return
        own = self._own.pop(event["seq"], None)
        if own is not None:
            request = own[0]
        else:
            request = self._of_event(event)
            self._meet(event.get("parties", {}))
            if request.role in SYSTEM and not self._was_awaited(request, at):
                self.tally.surprise(request, "nothing", f"it happened at {event['at']}")
        try:
            done = judge(self.book, self.world, request, at)
        except (Said, Absent) as said:
            self.tally.surprise(request, said, event if own is None else own[1])
            return
        self._compare(request, done, event, own[1] if own else None)
        if any(trigger["after"] == action for trigger in self.book.triggers.values()):
            self._causes.append((request, done, at))

    def _begin_with(self, given: Mapping[str, str]) -> None:
        """A balance that was there before the first day."""
        amount = parse_money(given["amount"], self.book.currency)
        self.world.add(self.world.posted, (given["account"], given["party"]), amount)

    def _of_event(self, event: Mapping[str, Any]) -> Request:
        role, _, party = event["actor"].partition(":")
        who = None if role in SYSTEM and party == role else party
        return Request(self.book.ref, event["action"], who, role, event.get("input", {}))

    def _meet(self, parties: Mapping[str, str]) -> None:
        """Whoever takes part without the simulator has come to live in the scene."""
        for role, ref in parties.items():
            member = self.world.members.setdefault(ref, Member(ref, ""))
            if role not in member.roles and not member.group:
                bound = self.book.parties[role].get("bound_to")
                member.roles[role] = None if bound is None else parties.get(bound)
        for name, link in self.book.links.items():
            source, target = parties.get(link["from"]), parties.get(link["to"])
            if source is not None and target is not None:
                self.world.members[source].links.setdefault(name, target)

    def _was_awaited(self, request: Request, at: datetime) -> bool:
        """Whether something that happened by itself was due."""
        if request.role == "trigger":
            for place, cause in enumerate(self._causes):
                for awaited in set_off(self.book, self.world, *cause):
                    same = request.given == awaited.given and request.action == awaited.action
                    if same and _told(place, awaited) not in self._followed:
                        self._followed.add(_told(place, awaited))
                        return True
            return False
        if request.party is not None:
            self._await_daily(at)
            for place, (_, awaited) in enumerate(self._daily):
                if (awaited.action, awaited.party) == (request.action, request.party):
                    del self._daily[place]
                    return True
            return False
        on = self.book.on(request.action)
        if on is None:
            return False
        item = self.world.things.get((on[0], request.given[self.book.things[on[0]]["key"]]))
        if item is None or item.due is None:
            return False
        return item.timer == request.action and parse_time(item.due) <= at

    def _await_daily(self, until: datetime) -> None:
        if self.since is None or until <= self.since:
            return
        for due, action, role in daily_timers(self.book, self.since, until):
            self._daily += [
                (due, Request(self.book.ref, action, member.ref, "clock", {}))
                for member in self.world.members.values()
                if role in member.roles
            ]
        self.since = until

    def _miss(self, until: datetime) -> None:
        """What is still to come although its time has come."""
        self._await_daily(until)
        for _, request in self._daily:
            if isinstance(verdict(self.book, self.world, request, until), Done):
                self.tally.surprise(request, f"it happens by {until}", "nothing")
        self._daily.clear()
        for due, request in due_timers(self.book, self.world, until, until):
            if isinstance(verdict(self.book, self.world, request, until), Done):
                self.tally.surprise(request, f"it happens at {due}", "nothing")
            give_up(self.book, self.world, request)
        for place, cause in enumerate(self._causes):
            for request in set_off(self.book, self.world, *cause):
                if _told(place, request) in self._followed:
                    continue  # done, although the thing may be as it was
                if isinstance(verdict(self.book, self.world, request, until), Done):
                    self.tally.surprise(request, f"it follows {cause[0]}", "nothing")
        self._causes.clear()
        self._followed.clear()

    def _compare(
        self, request: Request, done: Done, event: Mapping[str, Any], answer: Answer | None
    ) -> None:
        thing = event.get("thing") or {}
        got: dict[str, Any] = {
            "thing": thing.get("type"),
            "key": thing.get("key"),
            "state": thing.get("state"),
            "fields": self._open_fields(done.thing, thing.get("fields", {})),
            "answer": event.get("answer", {}),
        }
        expected: dict[str, Any] = {name: getattr(done, name) for name in got}
        expected["fields"] = self._open_fields(done.thing, done.fields)
        if answer is not None:
            got["moved"] = answer.body.get("moved", {})
            expected["moved"] = done.moved
            told = {name: answer.body.get(name) for name in done.answer}
            if done.thing is not None:
                told |= {"key": answer.body.get(done.thing), "state": answer.body.get("state")}
            got["told"] = told
            expected["told"] = {
                **done.answer,
                **({} if done.thing is None else {"key": done.key, "state": done.state}),
            }
            if done.moved:
                self.tally.paid_s.append(answer.took_s)
        self.tally.check(got == expected, request, expected, got)

    def _open_fields(self, thing: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that a log may tell: those that are hidden stay with the thing."""
        kinds = self.book.fields.get(thing or "", {})
        return {name: value for name, value in fields.items() if not hidden(kinds.get(name, {}))}


def _told(place: int, request: Request) -> tuple[int, str, str]:
    return place, request.action, repr(sorted(request.given.items()))
