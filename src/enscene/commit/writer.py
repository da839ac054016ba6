"""Collect concurrent units of a shard and commit them together."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Any
from uuid import UUID

import asyncpg

from enscene.commit.batch import Batch, Outcome, Stale, replay
from enscene.commit.kind import Kinds
from enscene.commit.unit import Answer, Unit
from enscene.kernel.errors import Unavailable

BATCH_MOST = 1_000
QUEUE_MOST = 8_000
RECENT_MOST = 20_000
RETRIES = 5
# After a stale batch the next ones go the exact way at once; every so often one tries again.
DISTRUST_BATCHES = 8

Key = tuple[int, UUID]


class Writer:
    """The write path of one shard in this process; any number of processes may have one.

    While one batch commits, the next fills; there is no timer. Units are judged in the order in
    which they came, except that a unit refused optimistically is judged again a moment later.
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
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._flying: dict[Key, tuple[Unit, asyncio.Future[Answer]]] = {}
        self._recent: OrderedDict[Key, tuple[UUID, bool, str]] = OrderedDict()
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
        if once is not None:
            key = (unit.tenant, once.digest)
            record = self._recent.get(key)
            if record is not None:
                return _answer_or_raise(replay(unit, record))
            flying = self._flying.get(key)
            if flying is not None:
                # A batch never holds one key twice: the second waits for the first.
                first, future = flying
                answer = await asyncio.shield(future)
                assert first.once is not None
                return _answer_or_raise(
                    replay(unit, (first.once.fingerprint, answer.refused, answer.body))
                )
        if self._closed:
            raise Unavailable("the service is stopping", code="unavailable.stopping")
        if len(self._queue) >= self._queue_most:
            raise Unavailable(
                "too many requests are waiting",
                code="unavailable.busy",
                hint="try again shortly",
            )
        future = asyncio.get_running_loop().create_future()
        self._waiting[id(unit)] = future
        if once is not None:
            self._flying[key] = (unit, future)
        self._queue.append(unit)
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Refuse new units and wait until those accepted have an outcome."""
        self._closed = True
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _drain(self) -> None:
        try:
            while self._queue or self._exact:
                await self._run_next()
        finally:
            self._task = None

    async def _run_next(self) -> None:
        """One batch: the units to judge exactly, or else the next of the queue."""
        if self._exact or not self._optimistic or self._distrust:
            # A few refused units would make a small, costly batch: fill it up from the queue.
            units, self._exact = self._exact, []
            while self._queue and len(units) < self._batch_most:
                units.append(self._queue.popleft())
            self._distrust = max(0, self._distrust - 1)
            await self._run_exact(units)
            return
        units = [self._queue.popleft() for _ in range(min(len(self._queue), self._batch_most))]
        self.counts["optimistic"] += 1
        try:
            self._exact += await self._batch.run_optimistic(units)
        except Stale:
            self.counts["stale"] += 1
            self._distrust = DISTRUST_BATCHES
            await self._run_exact(units)
        except Exception:
            # Whatever it was, the exact path finds it again and tells whose it is.
            await self._run_exact([unit for unit in units if id(unit) in self._waiting])

    async def _run_exact(self, units: list[Unit]) -> None:
        """The exact path, tried again when the connection breaks: keys settle what was written."""
        self.counts["exact"] += 1
        for attempt in range(RETRIES):
            try:
                await self._batch.run_exact(units)
                return
            except (
                Stale,
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
            ) as error:
                cause: BaseException = error
                await asyncio.sleep(0.05 * 4**attempt)
            except Exception as error:
                cause = error
                break
        for unit in units:
            problem = Unavailable(
                "the database could not be reached; whether this was done is settled by sending "
                "it again with the same key",
                code="unavailable.database",
            )
            problem.__cause__ = cause
            self._settle(unit, problem)

    def _settle(self, unit: Unit, outcome: Outcome) -> None:
        future = self._waiting.pop(id(unit))
        self.counts["units"] += 1
        once = unit.once
        if once is not None:
            key = (unit.tenant, once.digest)
            self._flying.pop(key, None)
            if isinstance(outcome, Answer) and not outcome.replayed:
                self._recent[key] = (once.fingerprint, outcome.refused, outcome.body)
                if len(self._recent) > RECENT_MOST:
                    self._recent.popitem(last=False)
        if future.done():
            return
        if isinstance(outcome, Answer):
            future.set_result(outcome)
        else:
            future.set_exception(outcome)
            future.exception()  # the caller may be gone; then nobody else will look


def _answer_or_raise(outcome: Outcome) -> Answer:
    if isinstance(outcome, Answer):
        return outcome
    raise outcome
