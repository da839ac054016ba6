"""Judge and write one batch: optimistic first, exact second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from enscene.commit import store
from enscene.commit.kind import Kinds, Stamp
from enscene.commit.script import Script
from enscene.commit.unit import Answer, Cell, Report, Unit
from enscene.commit.view import View
from enscene.kernel.errors import Conflict, EnsceneError, Refused

Outcome = Answer | BaseException
Settle = Callable[[Unit, Outcome], None]

STRETCH = 48
"""Units planned, or answered, in one stretch while a batch is being written."""

_encode = msgspec.json.Encoder().encode


class Stale(Exception):
    """A condition did not hold at commit: the batch relied on values that have changed."""


class Unsure(Exception):
    """The connection broke while the commit was under way: it may have happened or not."""


class Refusal(msgspec.Struct, omit_defaults=True):
    """A refusal as it is stored and given again."""

    code: str
    detail: str
    param: str | None = None
    hint: str | None = None
    facts: dict[str, Any] = {}


def refusal_text(error: EnsceneError) -> str:
    """The stored form of a refusal, JSON."""
    return _encode(Refusal(error.code, error.detail, error.param, error.hint, error.facts)).decode()


class Plans:
    """The units of a batch that have been planned, with the units they consist of."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.units: list[Unit] = []
        self._members: list[Sequence[Unit]] = []
        self._count = 0

    def add(self, unit: Unit) -> None:
        """Plan the unit, all of its members or none. Raises what its plan raises."""
        view = self._view
        members = unit.lines or (unit,)
        mark = view.mark()
        offset = 0
        try:
            for offset, member in enumerate(members):
                view.index = self._count + offset
                member.plan(view)
        except BaseException as error:
            view.rollback(mark)
            if unit.lines and isinstance(error, EnsceneError):
                error.facts.setdefault("line", offset)  # which of them stands in the way
            raise
        self.units.append(unit)
        self._members.append(members)
        self._count += len(members)

    def reports(self, stamp: Stamp) -> tuple[list[str], list[tuple[int, int, Report]]]:
        """The answer of each unit, and the rows of the log."""
        answers: list[str] = []
        events: list[tuple[int, int, Report]] = []
        index = 0
        for unit, members in zip(self.units, self._members, strict=True):
            texts = []
            for member in members:
                report = member.report(stamp.seq(index), stamp.time(member.tenant))
                texts.append(report.answer)
                if report.log:
                    events.append((index, member.tenant, report))
                index += 1
            answers.append(f"[{','.join(texts)}]" if unit.lines else texts[0])
        return answers, events


def numbers_of(units: Sequence[Unit]) -> int:
    """How many numbers the units may need."""
    return sum(len(unit.lines) or 1 for unit in units)


class OpenBatch:
    """A batch that is being filled and planned while the one before it is written.

    It is planned on what this process remembers, which the batch before has published into: when
    that one fails, this one has to be judged anew too.

    Its transaction begins when it is opened, goes on when it is sealed, and asks for the shard's
    lock while the batch before commits. `write` is the task that does so; `committing` says that
    it has nothing left to send but the commit. What has to be read for planning is read on the
    same connection: one that held a place of the pool and wanted a second could wait for ever.
    """

    def __init__(self, view: View) -> None:
        loop = asyncio.get_running_loop()
        self.view = view
        self.plans = Plans(view)
        self.before: OpenBatch | None = None
        self.begun: asyncio.Future[store.Connection] = loop.create_future()
        self.sealed: asyncio.Future[bool] = loop.create_future()
        self.locked = asyncio.Event()
        self.write: asyncio.Task[list[Answer]]
        self.committing = False

    def seal(self, before: OpenBatch | None) -> None:
        """It is full: write it, after the one before has been committed."""
        self.before = before
        self.view.publish()
        self.sealed.set_result(True)

    def drop(self) -> None:
        """Nothing came of it, or of what it was planned on: its transaction ends empty."""
        self.view.forget()
        self.sealed.set_result(False)
        self.write.add_done_callback(lambda write: write.cancelled() or write.exception())

    @property
    def units(self) -> list[Unit]:
        """The units that are planned."""
        return self.plans.units

    async def fill(self, units: Sequence[Unit], *, pausing: bool = False) -> list[Unit]:
        """Plan more units; `pausing` lets others have their turn in between. Returns those to
        judge exactly, which are refused here. When it raises, the batch has to be dropped.
        """
        view = self.view
        left = []
        cells: list[Cell] = []
        for place, unit in enumerate(units, start=1):
            cells += unit.cells(view.now(unit.tenant), exact=False)
            if pausing and place % STRETCH == 0:
                await asyncio.sleep(0)
        wanted = view.missing(cells)
        if wanted:
            connection = await self.begun
            await store.admit(connection, {unit.tenant for unit in units}, by_key=True)
            await view.load(connection, wanted)
        for place, unit in enumerate(units, start=1):
            try:
                self.plans.add(unit)
            except Exception:
                # What was remembered may be out of date: only the exact path says no.
                left.append(unit)
            if pausing and place % STRETCH == 0:
                await asyncio.sleep(0)
        return left


class Batch:
    """The way of a batch of one shard into the database.

    `settle(unit, outcome)` is called once for every unit of the exact path, after the commit.
    """

    def __init__(self, pool: asyncpg.Pool[Any], shard: int, kinds: Kinds, settle: Settle) -> None:
        self._pool = pool
        self._shard = shard
        self._kinds = kinds
        self._settle = settle
        self._offsets: dict[int, timedelta] = {}
        self._last: tuple[datetime, float] | None = None
        # The number that the next batch will begin at, as far as nobody else takes any; and
        # whether the last one did.
        self._base = 0
        self._alone = False

    def open(self, rouse: Callable[[object], None]) -> OpenBatch:
        """An empty batch to plan optimistically; `rouse` is called when its write has come to
        the commit, and when it has ended."""
        estimate = Stamp(self._shard, 0, self._time(), self._offsets)
        batch = OpenBatch(View(self._kinds, estimate, exact=False))
        batch.write = asyncio.create_task(self._write_sealed(batch, rouse))
        batch.write.add_done_callback(rouse)
        return batch

    def _time(self) -> datetime:
        """The shard's time: it runs on from the last batch, whatever this machine's clock says."""
        if self._last is None:
            return datetime.now(UTC)
        at, then_s = self._last
        return at + timedelta(seconds=time.monotonic() - then_s)

    def _learn(self, stamp: Stamp) -> None:
        self._offsets = stamp.offsets
        self._last = (stamp.clock, time.monotonic())

    async def _write_sealed(
        self, batch: OpenBatch, rouse: Callable[[object], None]
    ) -> list[Answer]:
        """Commit what was planned; the answers of its units.

        All that is to be sent is made before the lock is asked for, with the number and the time
        that the batch will be given if no other process comes in between; else it is made anew.

        Raises Stale when a condition did not hold, or what the database raises; then nothing was
        written, and nothing that was planned is remembered.
        """
        view, plans = batch.view, batch.plans
        sent = False
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                batch.begun.set_result(connection)
                if not await batch.sealed:
                    return []
                tenants = {unit.tenant for unit in plans.units}
                numbers = numbers_of(plans.units)
                expected = view.stamp_at(self._base)
                self._base += numbers
                script, answers = (
                    self._script(view, expected, plans, []) if self._alone else (None, [])
                )
                if batch.before is not None:
                    await batch.before.locked.wait()  # or this one could come before it
                stamp = await store.lock_shard(
                    connection, self._shard, tenants, numbers, expected.at
                )
                batch.locked.set()
                self._learn(stamp)
                if not view.fits(stamp, tenants):
                    raise Stale
                self._base += stamp.base - expected.base
                self._alone = (stamp.base, stamp.at) == (expected.base, expected.at)
                if script is None or not self._alone:
                    script, answers = self._script(view, stamp, plans, [])
                await self._run(connection, script)
                if batch.before is not None:
                    # It had ended when the lock was given; whether it was committed is told now.
                    await asyncio.wait([batch.before.write])
                    if batch.before.write.exception() is not None:
                        raise Stale
                    batch.before = None
                batch.committing = sent = True
                rouse(batch)
        except BaseException as error:
            view.forget()
            batch.locked.set()
            if not batch.begun.done():
                batch.begun.set_exception(error)
                batch.begun.exception()  # nobody may be waiting for it
            if sent and isinstance(error, Exception):
                raise Unsure from error
            raise
        return [Answer(answer) for answer in answers]

    async def run_exact(self, units: Sequence[Unit]) -> None:
        """Judge the units in order under the shard's lock and commit those that pass.

        Raises: Unsure, what the database raises, what a unit's `report` raises.
        """
        outcomes: list[tuple[Unit, Outcome]] = []
        sent = False
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                view, plans, answers = await self._judge(connection, units, outcomes)
                sent = True
        except Exception as error:
            if sent:
                raise Unsure from error
            raise
        view.publish()
        outcomes += zip(plans.units, map(Answer, answers), strict=True)
        for unit, outcome in outcomes:
            self._settle(unit, outcome)

    async def _judge(
        self,
        connection: store.Connection,
        units: Sequence[Unit],
        outcomes: list[tuple[Unit, Outcome]],
    ) -> tuple[View, Plans, list[str]]:
        """Judge and write in the running transaction; `outcomes` gets those that do not pass."""
        tenants = {unit.tenant for unit in units}
        stamp = await store.lock_shard(connection, self._shard, tenants, numbers_of(units))
        self._learn(stamp)
        self._base = stamp.base + numbers_of(units)
        view = View(self._kinds, stamp, exact=True)
        open_units = await self._answer_known(connection, units, outcomes)
        wanted = view.missing(self._cells_of(open_units, view, outcomes))
        await view.load(connection, wanted)
        plans = Plans(view)
        records: list[store.Record] = []
        for unit in open_units:
            try:
                plans.add(unit)
            except Refused as refused:
                text = refusal_text(refused)
                if unit.once is not None:
                    once = unit.once
                    records.append((unit.tenant, once.digest, once.fingerprint, True, text))
                outcomes.append((unit, Answer(text, refused=True)))
            except Exception as error:
                outcomes.append((unit, error))
        script, answers = self._script(view, stamp, plans, records)
        await self._run(connection, script)
        return view, plans, answers

    def _cells_of(
        self, units: list[Unit], view: View, outcomes: list[tuple[Unit, Outcome]]
    ) -> list[Cell]:
        """The cells of all units; one that cannot name its own has its outcome and is left out."""
        cells: list[Cell] = []
        for unit in list(units):
            try:
                cells += unit.cells(view.now(unit.tenant), exact=True)
            except Exception as error:
                units.remove(unit)
                outcomes.append((unit, error))
        return cells

    async def _answer_known(
        self,
        connection: store.Connection,
        units: Sequence[Unit],
        outcomes: list[tuple[Unit, Outcome]],
    ) -> list[Unit]:
        """Answer the units whose key has an answer; return the others."""
        keys = {(unit.tenant, unit.once.digest) for unit in units if unit.once is not None}
        known = await store.recall(connection, keys)
        open_units = []
        for unit in units:
            record = known.get((unit.tenant, unit.once.digest)) if unit.once else None
            if record is None:
                open_units.append(unit)
            else:
                outcomes.append((unit, replay(unit, record)))
        return open_units

    def _script(
        self, view: View, stamp: Stamp, plans: Plans, records: list[store.Record]
    ) -> tuple[Script, list[str]]:
        """What writes the changes, the log and the answers; and the answers."""
        script = Script()
        view.write(stamp, script)
        answers, events = plans.reports(stamp)
        for unit, answer in zip(plans.units, answers, strict=True):
            if unit.once is not None:
                once = unit.once
                records.append((unit.tenant, once.digest, once.fingerprint, False, answer))
        store.remember(script, stamp, records)
        store.append_events(script, stamp, events)
        return script, answers

    async def _run(self, connection: store.Connection, script: Script) -> None:
        """Send it. Raises Stale if a condition does not hold."""
        try:
            if not await script.run(connection):
                raise Stale
        except asyncpg.UniqueViolationError as error:
            if store.answered_already(error):
                raise Stale from error
            raise


def replay(unit: Unit, record: tuple[str, bool, str]) -> Outcome:
    """The stored answer for a unit with the same key, or the conflict if it asks something else."""
    fingerprint, refused, answer = record
    if unit.once is not None and unit.once.fingerprint != fingerprint:
        return Conflict(
            "this idempotency key was used for another request",
            code="idempotency.key_reused",
            param="Idempotency-Key",
            hint="send a new key with a new request, and the same key only to ask again",
        )
    return Answer(answer, refused=refused, replayed=True)
