"""One action of a configured scene, compiled: how it is planned on a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec

from enscene.blocks import COMPILERS, Act, Frame, Value
from enscene.kernel.calendar import add_working_days
from enscene.kernel.clock import local_day, next_time_of_day
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.kernel.expressions import ExpressionError
from enscene.ledger import Account, Payment
from enscene.scenes.language.model import Action, Expression, Pack, Step, Timer
from enscene.scenes.runtime._meters import ActionMeters
from enscene.scenes.runtime._record import RecordType, ThingType
from enscene.scenes.runtime._window import window_at
from enscene.scenes.runtime._workshop import ActionWorkshop, StepArgs, value_of
from enscene.scenes.things import Thing

KEY_MOST = 128

Lineage = dict[str, Payment]
_decode_lineage = msgspec.json.Decoder(Lineage).decode
_encode = msgspec.json.Encoder().encode


class AccountRecord:
    """An account as expressions see it; looking at it makes the plan depend on it."""

    __slots__ = ("_find", "_frame")

    def __init__(self, frame: Frame, find: Callable[[Frame], Account]) -> None:
        self._frame = frame
        self._find = find

    @property
    def balance(self) -> int:
        return self._frame.book.look(self._find(self._frame)).posted

    @property
    def available(self) -> int:
        account = self._frame.book.look(self._find(self._frame))
        return account.posted - account.held

    @property
    def held(self) -> int:
        return self._frame.book.look(self._find(self._frame)).held


class CounterRecord:
    """A counter as expressions see it."""

    __slots__ = ("_find", "_frame")

    def __init__(self, frame: Frame, find: Callable[[Frame], Any]) -> None:
        self._frame = frame
        self._find = find

    @property
    def value(self) -> int:
        return self._frame.tally.look(self._find(self._frame))


class ActionPlan:
    """The compiled action. `plan` works on a frame that `ActionUnit` has set up."""

    def __init__(self, pack: Pack, model: Action, things: dict[str, ThingType]) -> None:
        self.pack = pack
        self.model = model
        self.name = model.name
        self.things = things
        loose = [
            field.name
            for field in model.input.values()
            if field.type.name == "party" and field.type.role == field.name
        ]
        self.input = RecordType(f"{model.name}_input", model.input, pack.currency, loose=loose)
        self.timed = _mentions(model, "now")
        self.daily = _mentions(model, "today")
        self.workshop = ActionWorkshop(pack, model, things)
        self._roots = model.environment.roots
        self._place = {name: place for place, name in enumerate(self._roots)}
        self._accounts = [
            (self._place[name], self.workshop.account(name)) for name in sorted(model.accounts)
        ]
        self._counters = [
            (self._place[name], self.workshop.counter(name)) for name in sorted(model.counters)
        ]
        self._guards = [(value_of(guard.that), guard.code) for guard in model.guards]
        self._steps = [self._compile_step(step) for step in model.steps]
        self._set = [(name, value_of(expression)) for name, expression in model.set.items()]
        self._creates = self._creation_values()
        self.read_keys = [
            (alias, read.thing, value_of(read.key), read.optional)
            for alias, read in model.reads.items()
        ]
        self.answers = [(name, value_of(e), e.type) for name, e in model.answer.items()]
        self.meters = ActionMeters(pack, model)
        self._timers = _timers_by_state(pack)
        self._options = SimpleNamespace(
            **{name: option.value for name, option in pack.options.items()}
        )
        self.on_key = model.on.key if model.on else None

    def _compile_step(self, step: Step) -> tuple[Value | None, Act, int | None]:
        act = COMPILERS[step.block](StepArgs(step), self.workshop)
        condition = value_of(step.condition) if step.condition is not None else None
        return condition, act, self._place[step.name] if step.name else None

    def _creation_values(self) -> list[tuple[str, Value]]:
        creation = self.model.creates
        if creation is None:
            return []
        fields = self.pack.things[creation.thing].fields
        return [
            (name, _absent_is_none(value_of(e)) if fields[name].optional else value_of(e))
            for name, e in creation.fields.items()
        ]

    # -- setting up ------------------------------------------------------------------------

    def set_up(self, frame: Frame, input_record: Any, refs: Any, actor: Any) -> None:
        """Give the frame what needs no reading: input, options, parties, actor."""
        roots: list[Any] = [None] * len(self._roots)
        place = self._place
        roots[place["input"]] = input_record
        roots[place["options"]] = self._options
        roots[place["parties"]] = refs
        roots[place["actor"]] = actor
        frame.roots = roots
        frame.input = input_record

    def set_time(self, frame: Frame, now: datetime) -> None:
        """The tenant's time of this plan."""
        frame.now = now
        frame.roots[self._place["now"]] = now
        if self.daily:
            day, until = window_at(now, frame.zone, "day")
            frame.roots[self._place["today"]] = datetime.fromisoformat(day).date()
            if frame.view is not None and not frame.exact:
                frame.view.keep_until(frame.tenant, until)

    def guess_on(self, frame: Frame, record: Any) -> None:
        """The acted-on thing as last seen: good enough to tell what else will be read."""
        if self.model.on is not None:
            frame.roots[self._place[self.model.on.thing]] = record

    def key_of(self, frame: Frame, thing: str, key: str) -> tuple[int, int, str, str]:
        return (frame.tenant, frame.scene, thing, key)

    def counter_cells(self, frame: Frame) -> Iterable[tuple[str, Any]]:
        for name, role in self.workshop.counters.items():
            span, _ = window_at(frame.now, frame.zone, self.pack.counters[name].per)
            yield "counter", (frame.tenant, frame.scene, name, frame.parties[role], span)

    def read_cells(self, frame: Frame) -> Iterable[tuple[str, Any]]:
        for _, thing, key, optional in self.read_keys:
            try:
                yield "thing", self.key_of(frame, thing, key(frame))
            except ExpressionError:
                if not optional:
                    raise
        for more in self.workshop.more_cells:
            yield from more(frame)

    # -- planning --------------------------------------------------------------------------

    def plan(self, frame: Frame, on_key: str | None, new_terms: int) -> None:
        """Judge the action on the frame and make its changes.

        Raises: Refused, Conflict (the thing is in another state), NotFound, NotRead.
        """
        on = self._find_on(frame, on_key)
        self._read_others(frame)
        place = self._place
        for at, account in self._accounts:
            frame.roots[at] = AccountRecord(frame, account)
        for at, counter in self._counters:
            frame.roots[at] = CounterRecord(frame, counter)
        for that, code in self._guards:
            if not _holds(that, frame):
                raise Refused(f"not now: {code}", code=f"scene.{code}")
        before = dict(frame.lineage)
        for condition, act, name_at in self._steps:
            if condition is None or condition(frame):
                output = act(frame)
                if name_at is not None:
                    frame.roots[name_at] = output
        if frame.counts:
            for payment in frame.payments.values():
                payment.counts = dict(frame.counts)
        if self.model.creates is None:
            frame.lineage.update(frame.payments)
        if on is not None:
            self._change(frame, on, lineage_moved=frame.lineage != before)
        if self.model.creates is not None:
            created = self._create(frame, new_terms)
            created_at = place.get(self.model.creates.thing)
            if created_at is not None:
                frame.roots[created_at] = created

    def _find_on(self, frame: Frame, on_key: str | None) -> Thing | None:
        on = self.model.on
        if on is None or on_key is None:
            return None
        thing: Thing = frame.vault.get(self.key_of(frame, on.thing, on_key))
        if thing.state not in on.states:
            raise Conflict(
                f"{on.thing} {on_key} is {thing.state}, not {' or '.join(on.states)}",
                code="thing.wrong_state",
                facts={"thing": on.thing, "state": thing.state},
            )
        record = self.things[on.thing].read(thing.fields, thing.state)
        frame.roots[self._place[on.thing]] = record
        frame.things[on.thing] = record
        if thing.money is not None:
            frame.lineage = _decode_lineage(thing.money)
        return thing

    def _read_others(self, frame: Frame) -> None:
        for alias, thing, key, optional in self.read_keys:
            try:
                found = frame.vault.find(self.key_of(frame, thing, key(frame)))
            except ExpressionError:
                found = None
            if found is None:
                if not optional:
                    raise Refused(f"there is no such {thing}", code=f"thing.no_{thing}")
                record = self.things[thing].struct(state="")
            else:
                record = self.things[thing].read(found.fields, found.state)
            frame.roots[self._place[alias]] = record
            frame.things[alias] = record

    def _change(self, frame: Frame, thing: Thing, *, lineage_moved: bool) -> None:
        on, to = self.model.on, self.model.to
        assert on is not None
        record = frame.things[on.thing]
        kind = self.things[on.thing]
        values = [(name, value(frame)) for name, value in self._set]
        if not values and to is None and not lineage_moved and frame.schedule is None:
            return
        frame.vault.change(frame.unit, thing)
        for name, value in values:
            setattr(record, name, value)
        if values:
            thing.fields = kind.write(record)
            bind = self.pack.things[on.thing].bind
            thing.bind = str(getattr(record, bind)) if bind else None
        if lineage_moved:
            thing.money = _encode(frame.lineage).decode()
        if to is not None:
            thing.state = record.state = to
            thing.due, thing.timer = self._next_timer(frame, on.thing, to, record)
        if frame.schedule is not None:
            thing.due, thing.timer = frame.schedule

    def _create(self, frame: Frame, terms: int) -> Any:
        creation = self.model.creates
        assert creation is not None
        model = self.pack.things[creation.thing]
        kind = self.things[creation.thing]
        record = kind.struct(**{name: value(frame) for name, value in self._creates})
        fields = kind.write(record)
        record.state = creation.state
        due, timer = self._next_timer(frame, creation.thing, creation.state, record)
        if frame.schedule is not None:
            due, timer = frame.schedule
        key = getattr(record, model.key)
        if not 1 <= len(key) <= KEY_MOST:
            raise Invalid(
                f"the key of a {creation.thing} has 1 to {KEY_MOST} characters",
                code="invalid.key",
                param=model.key,
            )
        frame.vault.create(
            frame.unit,
            self.key_of(frame, creation.thing, key),
            creation.state,
            terms,
            fields,
            money=_encode(frame.payments).decode() if frame.payments else None,
            bind=str(getattr(record, model.bind)) if model.bind else None,
            due=due,
            timer=timer,
        )
        frame.things[creation.thing] = record
        return record

    def _next_timer(
        self, frame: Frame, thing: str, state: str, record: Any
    ) -> tuple[datetime | timedelta | None, str | None]:
        """The first timer of the state: a wait (counted from the batch's time) or a moment."""
        first: tuple[datetime | timedelta | None, str | None] = (None, None)
        earliest: datetime | None = None
        for timer in self._timers.get((thing, state), ()):
            due = _due_of(timer, frame, record)
            moment = frame.now + due if isinstance(due, timedelta) else due
            if earliest is None or moment < earliest:
                earliest, first = moment, (due, timer.do)
        return first


def _due_of(timer: Timer, frame: Frame, record: Any) -> datetime | timedelta:
    since = getattr(record, timer.since) if timer.since else None
    start = frame.now
    if since is not None:
        start = (
            since
            if isinstance(since, datetime)
            else next_time_of_day(
                datetime.combine(since, datetime.min.time(), frame.now.tzinfo) - timedelta(days=1),
                "00:00",
                frame.zone,
            )
        )
    if timer.after is not None:
        return timer.after if since is None else start + timer.after
    if timer.at_time is not None:
        return next_time_of_day(start, timer.at_time, frame.zone)
    assert timer.working_days is not None
    day = add_working_days(local_day(start, frame.zone), timer.working_days).day
    midnight = datetime.combine(day, datetime.min.time(), frame.now.tzinfo)
    return next_time_of_day(midnight - timedelta(days=1), "23:59", frame.zone)


def _timers_by_state(pack: Pack) -> dict[tuple[str, str], list[Timer]]:
    timers: dict[tuple[str, str], list[Timer]] = {}
    for timer in pack.timers.values():
        for state in timer.states:
            assert timer.thing is not None
            timers.setdefault((timer.thing, state), []).append(timer)
    return timers


def _holds(that: Value, frame: Frame) -> bool:
    """A guard that errs does not permit."""
    try:
        return bool(that(frame))
    except ExpressionError:
        return False


def _absent_is_none(value: Value) -> Value:
    """An optional field stays empty where what it is set to was left out."""

    def ask(frame: Frame) -> Any:
        try:
            return value(frame)
        except ExpressionError:
            return None

    return ask


def _mentions(model: Action, name: str) -> bool:
    """Whether any expression of the action looks at a name."""
    expressions: list[Expression | None] = [guard.that for guard in model.guards]
    expressions += [read.key for read in model.reads.values()]
    for step in model.steps:
        expressions.append(step.condition)
        expressions += [arg for arg in step.args.values() if isinstance(arg, Expression)]
    for flow in model.flows.values():
        expressions.append(flow.send)
        expressions += flow.release.values()
        for source in flow.sources:
            expressions += [source.max, source.condition]
        for target in flow.targets:
            expressions += [target.portion, target.amount]
    expressions += model.set.values()
    expressions += model.answer.values()
    if model.creates:
        expressions += model.creates.fields.values()
    return any(name in expression.reads for expression in expressions if expression is not None)
