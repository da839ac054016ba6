"""A city lives its days: everybody asks for what they want, all answers are held against the
model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any, Protocol
from uuid import uuid4

import msgspec

from enscene.kernel.clock import format_time, parse_time, zone_of
from enscene.kernel.money import format_money, parse_money
from enscene.simulator.applications import Applicant, Counter, applied_before
from enscene.simulator.book import Book, type_of
from enscene.simulator.client import App, Credentials, Message
from enscene.simulator.follow import Follower
from enscene.simulator.people import Maker, Wish, opening_wishes, plan_day, settle_in
from enscene.simulator.read_back import agrees, read_back
from enscene.simulator.request import Answer, Request
from enscene.simulator.shelf_book import Shelf
from enscene.simulator.shelf_round import Bank, ask_shelf
from enscene.simulator.tally import Tally
from enscene.simulator.wire import Wire
from enscene.simulator.world import Kept, World, keep, restore
from enscene.simulator.wrong import spoil

TICK_MIN = 5
AT_ONCE = 48
DAY_BEGINS_MIN = 5 * 60 + 30
DAY_ENDS_MIN = 23 * 60 + 45
LATE_MIN = (30, 180)
RETRIES = 8
MISTYPED = 0.3
"""So many of those who sign enter a wrong code first."""
CLOCK = "/v1/sandbox/clock"


class Terminals(Protocol):
    """Devices that speak MQTT."""

    def has(self, party: str) -> bool:
        """Whether this device is connected."""
        ...

    async def send(self, party: str, action: str, given: Mapping[str, object], key: str) -> Answer:
        """Ask as the device and wait for the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a day has come, `now` in the zone of the city."""

    now: datetime
    share: float
    requests: int
    surprises: int


@dataclass(frozen=True)
class Plan:
    """A city to be played: its scenes, what the API calls itself and the applications.

    `apps` are by name; `app_of` says which one asks for a role, by (scene, role). `bank` reads
    everything and moves the clock. `profiles` are what the bank has written down of persons, by
    reference.
    """

    books: Sequence[Book]
    issuer: str
    apps: Mapping[str, Credentials]
    app_of: Mapping[tuple[str, str], str]
    bank: str
    shelf: Shelf
    seed: int = 1
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class State(msgspec.Struct):
    """What is kept of a city between runs, by scene."""

    scenes: dict[str, tuple[Kept, str | None, str]] = {}


@dataclass
class _Scene:
    book: Book
    world: World
    maker: Maker
    follower: Follower
    is_new: bool
    applied: set[tuple[str, str]]


class City:
    """Plays days. `state` is that of an earlier run; what happened since is read from the log."""

    def __init__(
        self,
        plan: Plan,
        wire: Wire,
        *,
        state: State | None = None,
        terminals: Terminals | None = None,
        tell: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._plan = plan
        self._wire = wire
        self._terminals = terminals
        self._tell = tell
        self.tally = Tally()
        self.apps = {name: App(wire, plan.issuer, known) for name, known in plan.apps.items()}
        self._bank = self.apps[plan.bank]
        self._rng = Random(plan.seed)
        self._run = uuid4().hex[:8]
        self._numbers = 0
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._late: list[tuple[datetime, Request]] = []
        self._old = state or State()
        self._scenes: list[_Scene] = []
        self._zone = zone_of(plan.books[0].zone)
        self.woke_at: dict[str, str | None] = {}
        """Where the events of each scene had come to when the city woke."""

    def state(self) -> State:
        """What a later run goes on from."""
        kept = {}
        for scene in self._scenes:
            since = scene.follower.since or scene.follower.now
            kept[scene.book.ref] = (keep(scene.world), scene.follower.cursor, format_time(since))
        return State(kept)

    async def wake(self) -> None:
        """Read what has happened before; all of it where what was kept is of another past, as
        after a restored backup."""
        for book in self._plan.books:
            known = self._old.scenes.get(book.ref)
            scene = await self._wake(book, known)
            if known is not None and not await agrees(book, scene.world, self._bank):
                scene = await self._wake(book, None)
            self.tally.take_over(scene.follower.tally)
            scene.follower.tally = self.tally
            self._scenes.append(scene)
            self.woke_at[book.ref] = scene.follower.cursor

    async def _wake(self, book: Book, known: tuple[Kept, str | None, str] | None) -> _Scene:
        world = World()
        world.members = {member.ref: member for member in settle_in(book)}
        follower = Follower(book, world, Tally(), None)
        if known is not None:
            kept, follower.cursor, since = known
            restore(world, kept)
            follower.since = parse_time(since)
        await follower.read(self._bank, None)
        follower.since = follower.since or await self._time()
        applied = await applied_before(book, self._bank)
        maker = Maker(book, world, self._rng)
        return _Scene(book, world, maker, follower, not world.things, applied)

    async def play(self, days: int) -> None:
        """Play some days, each to its end; a day that was left in the middle is gone on with."""
        for _ in range(days):
            now = (await self._time()).astimezone(self._zone)
            minute = now.hour * 60 + now.minute
            day = now.date() + timedelta(days=minute >= DAY_ENDS_MIN - TICK_MIN)
            await self._play_day(day, minute if day == now.date() else 0)

    async def _play_day(self, day: date, from_minute: int) -> None:
        wishes: list[Wish] = []
        for scene in self._scenes:
            rng = Random(f"{self._plan.seed} {scene.book.ref} {day}")
            wishes += plan_day(scene.book, list(scene.world.members.values()), day, rng)
        wishes = [wish for wish in wishes if wish.minute >= from_minute]
        wishes.sort(key=lambda wish: wish.minute)
        if from_minute < DAY_BEGINS_MIN:
            await self._advance(self._at(day, DAY_BEGINS_MIN))
        await self._open()
        for minute, group in groupby(wishes, lambda wish: _tick(wish.minute)):
            moment = self._at(day, minute)
            if moment > await self._time():
                await self._advance(moment)
            await self._tick(day, moment, list(group))
            share = (minute - DAY_BEGINS_MIN) / (DAY_ENDS_MIN - DAY_BEGINS_MIN)
            self._report(moment, share)
        await self._advance(self._at(day, DAY_ENDS_MIN))
        for scene in self._scenes:
            rng = Random(f"{self._plan.seed} {scene.book.ref} {day} shelf")
            await ask_shelf(self._desk(), scene.book, scene.world, day, rng)
            await read_back(scene.book, scene.world, self._bank, self.tally, self._slots)
        self._report(self._at(day, DAY_ENDS_MIN), 1.0)

    def _desk(self) -> Bank:
        plan = self._plan
        return Bank(self._bank, plan.shelf, plan.profiles, self._send, self.tally)

    def _report(self, moment: datetime, share: float) -> None:
        local = moment.astimezone(self._zone)
        self._tell(Progress(local, share, self.tally.requests, self.tally.surprises))

    async def _open(self) -> None:
        """On their first morning people pay in."""
        for scene in self._scenes:
            if scene.is_new:
                members = list(scene.world.members.values())
                requests = opening_wishes(scene.book, members, self._plan.seed)
                await asyncio.gather(*(self._ask(scene, request) for request in requests))
                await scene.follower.read(self._bank, None)
                scene.is_new = False

    async def _tick(self, day: date, moment: datetime, wishes: list[Wish]) -> None:
        by_ref = {scene.book.ref: scene for scene in self._scenes}
        asks = []
        for scene in self._scenes:
            scene.maker.begin_tick()
        for wish in wishes:
            if "apply" in wish.habit:
                continue
            scene = by_ref[wish.scene]
            request = scene.maker.request(wish, day)
            if request is None:
                continue
            if self._rng.random() < scene.book.wrong.get("late", 0):
                wait = timedelta(minutes=self._rng.randint(*LATE_MIN))
                self._late.append((moment + wait, request))
                self.tally.wrong["late"] += 1
                continue
            asks.append(self._ask(scene, request))
        due = [request for at, request in self._late if at <= moment]
        self._late = [(at, request) for at, request in self._late if at > moment]
        asks += [self._ask(by_ref[request.scene], request) for request in due]
        await asyncio.gather(*asks)
        await self._apply([wish for wish in wishes if "apply" in wish.habit], day)

    async def _apply(self, wishes: list[Wish], day: date) -> None:
        """Applications, when all else of the moment is done: each is about a thing as it is."""
        going = []
        for scene in self._scenes:
            mine = [wish for wish in wishes if wish.scene == scene.book.ref]
            if mine:
                await scene.follower.read(self._bank, None)
            for wish in mine:
                wanted = scene.maker.application(wish, day, scene.applied)
                if wanted is None:
                    continue
                scene.applied.add((wanted.thing, wanted.key))
                app = self.apps[self._plan.app_of[wanted.scene, wanted.role]]
                counter = Counter(
                    app, self._desk(), self._wire, self._send, self._key, self.tally, day
                )
                twice = self._rng.random() < scene.book.wrong.get("duplicate", 0)
                mistyped = self._rng.random() < MISTYPED
                applicant = Applicant(counter, scene.book, wanted, twice=twice, mistyped=mistyped)
                going.append(applicant.apply(scene.world.things[wanted.thing, wanted.key]))
        await asyncio.gather(*going)

    async def _time(self) -> datetime:
        return parse_time((await self._bank.get(CLOCK))["now"])

    async def time_text(self) -> str:
        """What the city's clock shows, to the minute."""
        return f"{(await self._time()).astimezone(self._zone):%Y-%m-%d %H:%M}"

    def _at(self, day: date, minute: int) -> datetime:
        start = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return (start + timedelta(minutes=minute)).astimezone(UTC)

    async def _advance(self, to: datetime) -> None:
        """Move the clock; what falls due on the way happens and is held against the model."""
        body = json.dumps({"now": format_time(to)}).encode()
        answer = await self._bank.send(Message("PUT", CLOCK, body, self._key()))
        if answer.status != 200:
            raise RuntimeError(f"the clock does not move to {to}: {answer}")
        for scene in self._scenes:
            await scene.follower.read(self._bank, to)
            scene.follower.now = to

    # -- asking ----------------------------------------------------------------------------

    def _key(self) -> str:
        self._numbers += 1
        return f"{self._run}-{self._numbers}"

    async def _ask(self, scene: _Scene, request: Request) -> None:
        """Send a request, at times spoiled or twice, and hand on what came back."""
        chance = self._rng.random()
        bad = scene.book.wrong.get("bad", 0)
        key = self._key()
        if self._terminals is not None and self._terminals.has(request.party or ""):
            await self._by_mqtt(scene, request, key, twice=chance < bad)
            return
        message = Message(
            "POST",
            f"/v1/{request.scene}/actions/{request.action}",
            json.dumps(request.given, ensure_ascii=False).encode(),
            key,
            request.party,
            request.role,
        )
        app = self.apps[self._plan.app_of[request.scene, request.role]]
        if scene.book.is_query(request.action):
            path = f"/v1/{request.scene}/queries/{request.action}"
            answer = await self._send(app, replace(message, path=path, key=None))
            scene.follower.answered(request, answer)
        elif chance < bad:
            await self._send_spoiled(scene, request, message, app)
        elif chance < bad + scene.book.wrong.get("duplicate", 0):
            await self._send_twice(scene, request, message, app)
        else:
            scene.follower.answered(request, await self._send(app, message))

    async def _send(self, app: App, message: Message) -> Answer:
        """Send it, again with the same key as long as the bank says that it has no time."""
        async with self._slots:
            for attempt in range(RETRIES):
                self.tally.requests += 1
                answer = await app.send(message)
                if answer.status not in (429, 503):
                    break
                await asyncio.sleep(0.05 * 2**attempt)
            return answer

    async def _send_spoiled(
        self, scene: _Scene, request: Request, message: Message, app: App
    ) -> None:
        fault, spoiled, status, code = spoil(scene.book, request, message, self._rng)
        self.tally.wrong[fault] += 1
        answer = await self._send(app, spoiled)
        right = answer.status == status and code in (None, answer.body.get("code"))
        self.tally.check(right, f"{request} with {fault}", f"{status} {code or ''}", answer)

    async def _send_twice(
        self, scene: _Scene, request: Request, message: Message, app: App
    ) -> None:
        """The network repeats itself: one is done, the other gets the same answer."""
        self.tally.wrong["duplicate"] += 1
        both = await asyncio.gather(self._send(app, message), self._send(app, message))
        first, second = sorted(both, key=lambda answer: answer.replayed)
        scene.follower.answered(request, first)
        if first.status in (200, 422):
            self.tally.check(
                second.replayed and _told(second) == _told(first),
                f"{request} again", f"the same again: {first}", second,
            )  # fmt: skip
            await self._send_other(scene, request, message, app)
        else:
            scene.follower.answered(request, second)

    async def _send_other(
        self, scene: _Scene, request: Request, message: Message, app: App
    ) -> None:
        """The same key for another request must be refused."""
        fields = scene.book.input_of(request.action)
        name = next((n for n in request.given if type_of(fields[n])[0] == "money"), None)
        if name is None:
            return
        minor = parse_money(request.given[name], scene.book.currency) + 1
        given = {**request.given, name: format_money(minor, scene.book.currency)}
        answer = await self._send(app, replace(message, body=json.dumps(given).encode()))
        code = "idempotency.key_reused"
        right = answer.status == 422 and answer.body.get("code") == code
        self.tally.check(right, f"{request} with the key of another", f"422 {code}", answer)

    async def _by_mqtt(self, scene: _Scene, request: Request, key: str, *, twice: bool) -> None:
        assert self._terminals is not None
        assert request.party is not None
        for _ in range(2 if twice else 1):
            self.tally.requests += 1
            self.tally.by_mqtt += 1
            async with self._slots:
                answer = await self._terminals.send(
                    request.party, request.action, request.given, key
                )
            if answer.replayed:
                self.tally.match()
            else:
                scene.follower.answered(request, answer)


def _told(answer: Answer) -> dict[str, object]:
    return {name: value for name, value in answer.body.items() if name != "request_id"}


def _tick(minute: int) -> int:
    return minute - minute % TICK_MIN
