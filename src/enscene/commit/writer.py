"""Collect concurrent units of a shard and commit them together."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Any

import asyncpg

from enscene.commit.batch import STRETCH, Batch, OpenBatch, Outcome, Stale, Unsure, replay
from enscene.commit.kind import Kinds
from enscene.commit.unit import Answer, Unit
from enscene.kernel.errors import Invalid, Unavailable
from enscene.storage import CONTENTION, OUTAGES, is_read_only, unavailable_of

BATCH_MOST = 1_000
BATCH_LEAST = 16
QUEUE_MOST = 8_000
RECENT_MOST = 20_000
# A longer answer (of a bulk request) is asked for in the database again.
RECENT_ANSWER_MOST = 4_000
RETRIES = 6
# After a stale batch the next ones go the exact way at once; then one tries again.
DISTRUST_BATCHES = 8

PASSING: tuple[type[Exception], ...] = (Stale, Unsure, *CONTENTION, *OUTAGES)
# A value that no column or index can hold: the fault of the unit that has it.
UNSTORABLE = (asyncpg.DataError, asyncpg.ProgramLimitExceededError)

Key = tuple[int, str]
Future = asyncio.Future[Answer]


class Writer:
    """The write path of one shard in this process; any number of processes may have one.

    While one batch is written, the next is filled and planned; there is no timer. Units are
    judged in the order in which they came, except that one refused optimistically is judged
    again a moment later.
    """

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        shard: int,
        kinds: Kinds,
        *,
        batch_most: int = BATCH_MOST,
        queue_most: int = QUEUE_MOST,
        optimistic: bool = True,
    ) -> None:
        self._batch = Batch(pool, shard, kinds, self._settle)
        self._batch_most = batch_most
        self._queue_most = queue_most
        self._optimistic = optimistic
        self._queue: deque[Unit] = deque()
        self._exact: list[Unit] = []
        self._open: OpenBatch | None = None
        self._writes: deque[OpenBatch] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._waiting: dict[int, tuple[Unit, Future]] = {}
        self._flying: dict[Key, tuple[Unit, list[Future]]] = {}
        self._recent: OrderedDict[Key, tuple[str, bool, str]] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._distrust = 0
        self._closed = False
        self.counts = {"optimistic": 0, "exact": 0, "stale": 0, "units": 0}

    async def submit(self, unit: Unit) -> Answer:
        """Commit the unit and return its answer; a refusal is an answer too.

        Raises: Conflict (key used for another request), whatever `plan` raises other than
        Refused, Unavailable (queue full, or the database cannot be reached; the outcome is then
        settled by sending the same key again).
        """
        once = unit.once
        key = None if once is None else (unit.tenant, once.digest)
        if key is not None:
            record = self._recent.get(key)
            if record is not None:
                return _answer_or_raise(replay(unit, record))
            if key in self._flying:
                return await self._follow(unit, key)
        if self._closed:
            raise Unavailable("the service is stopping", code="unavailable.stopping")
        if len(self._queue) >= self._queue_most:
            raise Unavailable(
                "too many requests are waiting", code="unavailable.busy", hint="try again shortly"
            )
        future: Future = asyncio.get_running_loop().create_future()
        self._waiting[id(unit)] = (unit, future)
        if key is not None:
            self._flying[key] = (unit, [])
        self._queue.append(unit)
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        elif self._wake is not None:
            self._rouse()
        return await future

    async def _follow(self, unit: Unit, key: Key) -> Answer:
        """Wait for the unit with the same key: a batch never holds one key twice."""
        first, followers = self._flying[key]
        future: Future = asyncio.get_running_loop().create_future()
        followers.append(future)
        assert first.once is not None
        try:
            answer = await future
        except Exception:
            if unit.once == first.once:
                raise
            # A mistake does not use the key up, and it was another request's.
            return await self.submit(unit)
        return _answer_or_raise(replay(unit, (first.once.fingerprint, answer.refused, answer.body)))

    async def close(self) -> None:
        """Refuse new units and wait until those accepted have an outcome."""
        self._closed = True
        if self._task is not None:
            await asyncio.shield(self._task)

    @property
    def queued(self) -> int:
        """How many units wait for their outcome."""
        return len(self._waiting)

    # -- the loop --------------------------------------------------------------------------

    async def _drain(self) -> None:
        try:
            while self._queue or self._exact or self._open or self._writes:
                try:
                    await self._turn()
                except Exception as error:
                    self._fail_all(error)
        finally:
            self._task = None

    def _fail_all(self, error: Exception) -> None:
        """The loop itself broke: nobody may wait for ever. A write under way goes on."""
        open_batch, self._open = self._open, None
        if open_batch is not None:
            open_batch.drop()
        self._queue.clear()
        self._exact.clear()
        written = {id(unit) for batch in self._writes for unit in batch.units}
        for unit, _ in list(self._waiting.values()):
            if id(unit) not in written:
                self._settle(unit, error)

    async def _turn(self) -> None:
        if self._exact or not self._optimistic or self._distrust:
            await self._finish_all()
            await self._run_exact(self._take_exact())
            return
        if self._queue and not self._full():
            await self._fill()
        if self._open is not None and self._may_begin():
            self._begin_write()
            return
        if self._writes:
            await self._wait()
            if self._writes[0].write.done():
                await self._finish_write()

    def _take_exact(self) -> list[Unit]:
        # A few refused units would make a small, costly batch: fill it up from the queue.
        units, self._exact = self._exact, []
        while self._queue and len(units) < self._batch_most:
            units.append(self._queue.popleft())
        self._distrust = max(0, self._distrust - 1)
        return units

    def _room(self) -> int:
        """Units of one batch: half of those that wait. Callers who wait for their answer before
        they ask again would otherwise all come to be in one batch, and Python and the database
        take turns instead of working side by side."""
        return min(self._batch_most, max(BATCH_LEAST, (len(self._waiting) + 1) // 2))

    async def _fill(self) -> None:
        units, timed = self._take(
            max(self._room() - (len(self._open.units) if self._open else 0), 1)
        )
        self._exact += timed
        if not units:
            return
        batch = self._open = self._open or self._batch.open(self._rouse)
        try:
            self._exact += await batch.fill(units, pausing=bool(self._writes))
        except Exception:
            # Whatever it was, the exact path meets it again and tells whose it is.
            planned = set(map(id, batch.units))
            self._exact += [unit for unit in units if id(unit) not in planned]
            self._drop_open()
        if not batch.units:
            self._drop_open()

    def _take(self, most: int) -> tuple[list[Unit], list[Unit]]:
        """The next units of the queue: those to plan, and those whose very time counts."""
        units: list[Unit] = []
        timed: list[Unit] = []
        for _ in range(min(most, len(self._queue))):
            unit = self._queue.popleft()
            (timed if unit.timed else units).append(unit)
        return units, timed

    def _may_begin(self) -> bool:
        """One batch is written; the next follows it as soon as nothing is left to wait for: it is
        full, or that one commits."""
        if not self._writes:
            return True
        return len(self._writes) == 1 and (self._writes[0].committing or self._full())

    def _full(self) -> bool:
        return self._open is not None and len(self._open.units) >= self._room()

    def _begin_write(self) -> None:
        batch, self._open = self._open, None
        assert batch is not None
        self.counts["optimistic"] += 1
        batch.seal(self._writes[-1] if self._writes else None)
        self._writes.append(batch)

    def _rouse(self, _: object = None) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _wait(self) -> None:
        """Until the first write has ended, the open batch may be written, or units have come
        that may still join it."""
        while not self._writes[0].write.done():
            if (self._queue and not self._full()) or (self._open is not None and self._may_begin()):
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
            self._wake = None

    async def _finish_write(self) -> None:
        batch = self._writes.popleft()
        try:
            answers = await batch.write
        except Exception as error:
            if isinstance(error, Stale):
                self.counts["stale"] += 1
                self._distrust = DISTRUST_BATCHES
            await self._drop_followers()
            left = [unit for unit in batch.units if id(unit) in self._waiting]
            if _timed_out(error):
                self._give_up(left, error)
            else:
                await self._run_exact(self._without_keyless(left, error))
            return
        if self._open is not None and self._may_begin():
            self._begin_write()  # the database is not kept waiting for those who get answers
        for place, (unit, answer) in enumerate(zip(batch.units, answers, strict=True)):
            self._settle(unit, answer)
            if place % STRETCH == STRETCH - 1:
                await asyncio.sleep(0)

    async def _drop_followers(self) -> None:
        """What was planned on top of a batch that failed is judged anew, after it."""
        followers, self._writes = list(self._writes), deque()
        if followers:
            await asyncio.wait([follower.write for follower in followers])
        for follower in followers:
            # It cannot have been committed: it waited for the one before it.
            assert follower.write.exception() is not None
            self._exact += follower.units
        self._drop_open()

    def _drop_open(self) -> None:
        """The open batch comes to nothing: what it holds is judged exactly."""
        batch, self._open = self._open, None
        if batch is not None:
            batch.drop()
            self._exact += batch.units

    async def _finish_all(self) -> None:
        while self._writes or self._open is not None:
            if self._open is not None and self._may_begin():
                self._begin_write()
            await self._finish_write()

    # -- the exact path --------------------------------------------------------------------

    async def _run_exact(self, units: list[Unit]) -> None:
        """Judge under the lock; tried again when the connection breaks: keys settle what was
        written. A unit that the database itself rejects fails alone."""
        if not units:
            return
        self.counts["exact"] += 1
        cause: Exception | None = None
        for attempt in range(RETRIES):
            try:
                await self._batch.run_exact(units)
                return
            except PASSING as error:
                cause = error
                units = self._without_keyless(units, error)
                if not units:
                    return
                if _timed_out(error) or is_read_only(error):
                    break
                if attempt < RETRIES - 1:
                    await asyncio.sleep(0.02 * 3**attempt)
            except Exception as error:
                cause = error
                break
        if isinstance(cause, (Unsure, *OUTAGES)) or len(units) == 1:
            self._give_up(units, cause)
        else:
            half = len(units) // 2
            await self._run_exact(units[:half])
            await self._run_exact(units[half:])

    def _give_up(self, units: list[Unit], cause: Exception | None) -> None:
        for unit in units:
            self._settle(unit, _failure(cause))

    def _without_keyless(self, units: list[Unit], error: Exception) -> list[Unit]:
        """Where a commit may or may not have happened, only units with a key are tried again:
        their key tells. The others have their outcome here."""
        if not isinstance(error, Unsure):
            return units
        for unit in units:
            if unit.once is None:
                self._settle(unit, _failure(error))
        return [unit for unit in units if unit.once is not None]

    def _settle(self, unit: Unit, outcome: Outcome) -> None:
        _, future = self._waiting.pop(id(unit))
        self.counts["units"] += 1
        once = unit.once
        if once is not None:
            key = (unit.tenant, once.digest)
            if (
                isinstance(outcome, Answer)
                and not outcome.replayed
                and len(outcome.body) <= RECENT_ANSWER_MOST
            ):
                self._recent[key] = (once.fingerprint, outcome.refused, outcome.body)
                if len(self._recent) > RECENT_MOST:
                    self._recent.popitem(last=False)
            flying = self._flying.pop(key, None)
            if flying is not None:
                for follower in flying[1]:
                    _resolve(follower, outcome)
        _resolve(future, outcome)


def _resolve(future: Future, outcome: Outcome) -> None:
    if future.done():  # the caller is gone
        return
    if isinstance(outcome, Answer):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)


def _timed_out(error: Exception) -> bool:
    """The database says nothing at all: those who have waited for it are told so now."""
    cause = error.__cause__ if isinstance(error, Unsure) else error
    return isinstance(cause, TimeoutError)


def _failure(cause: Exception | None) -> Exception:
    """What the caller of a unit is told that could not be judged."""
    if is_read_only(cause):
        assert cause is not None
        return unavailable_of(cause) or cause
    if isinstance(cause, UNSTORABLE):
        problem: Exception = Invalid(
            "the request holds a value that cannot be stored: a text that is too long for a key, "
            "or a character that texts cannot have",
            code="invalid.unstorable",
        )
        problem.__cause__ = cause
        return problem
    if isinstance(cause, Exception) and not isinstance(cause, PASSING):
        # A fault of ours, such as a broken constraint: sending it again would not help.
        return cause
    problem = Unavailable(
        "the database could not be reached; whether this was done is settled by sending it again "
        "with the same key",
        code="unavailable.database",
    )
    problem.__cause__ = cause
    return problem


def _answer_or_raise(outcome: Outcome) -> Answer:
    if isinstance(outcome, Answer):
        return outcome
    raise outcome
