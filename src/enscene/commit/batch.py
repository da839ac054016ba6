"""Judge and write one batch: optimistic first, exact second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import store
from enscene.commit.kind import Kinds, Stamp
from enscene.commit.unit import Answer, Report, Unit
from enscene.commit.view import View
from enscene.kernel.errors import Conflict, EnsceneError, Refused

Outcome = Answer | BaseException
Settle = Callable[[Unit, Outcome], None]

_encode = msgspec.json.Encoder().encode


class Stale(Exception):
    """A condition did not hold at commit: the batch relied on values that have changed."""


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


class Batch:
    """The units of one shard that are committed together.

    `settle(unit, outcome)` is called once for every unit that has an outcome, after the commit.
    """

    def __init__(self, pool: asyncpg.Pool[Any], shard: int, kinds: Kinds, settle: Settle) -> None:
        self._pool = pool
        self._shard = shard
        self._kinds = kinds
        self._settle = settle
        self._offsets: dict[int, timedelta] = {}

    async def run_optimistic(self, units: Sequence[Unit]) -> list[Unit]:
        """Commit what fits what this process remembers. Returns the units to judge exactly.

        Those are the timed ones and the ones that a plan refused. Raises Stale when a condition
        did not hold; then nothing was written and no unit has an outcome.
        """
        estimate = Stamp(self._shard, 0, datetime.now(UTC), self._offsets)
        view = View(self._kinds, estimate, exact=False)
        left = [unit for unit in units if unit.timed]
        wanted = view.missing(cell for unit in units if not unit.timed for cell in unit.cells())
        if wanted:
            async with (
                self._pool.acquire() as connection,
                connection.transaction(readonly=True),
            ):
                await store.admit(connection, {unit.tenant for unit in units})
                await view.load(connection, wanted)
        planned: list[Unit] = []
        for unit in units:
            if unit.timed:
                continue
            view.index = len(planned)
            mark = view.mark()
            try:
                unit.plan(view)
            except Exception:
                # What was remembered may be out of date: only the exact path says no.
                view.rollback(mark)
                left.append(unit)
            else:
                planned.append(unit)
        if planned:
            try:
                answers = await self._write_planned(view, planned)
            except BaseException:
                view.forget()
                raise
            view.settle()
            for unit, answer in zip(planned, answers, strict=True):
                self._settle(unit, Answer(answer))
        return left

    async def _write_planned(self, view: View, planned: list[Unit]) -> list[str]:
        async with self._pool.acquire() as connection, connection.transaction():
            tenants = {unit.tenant for unit in planned}
            stamp = await store.lock_shard(connection, self._shard, tenants, len(planned))
            return await self._write(connection, view, stamp, planned, [])

    async def run_exact(self, units: Sequence[Unit]) -> None:
        """Judge the units in order under the shard's lock and commit those that pass."""
        outcomes: list[tuple[Unit, Outcome]] = []
        async with self._pool.acquire() as connection, connection.transaction():
            tenants = {unit.tenant for unit in units}
            stamp = await store.lock_shard(connection, self._shard, tenants, len(units))
            self._offsets = stamp.offsets
            view = View(self._kinds, stamp, exact=True)
            open_units = await self._answer_known(connection, units, outcomes)
            await view.load(
                connection,
                view.missing(cell for unit in open_units for cell in unit.cells()),
            )
            planned: list[Unit] = []
            records: list[store.Record] = []
            for unit in open_units:
                view.index = len(planned)
                mark = view.mark()
                try:
                    unit.plan(view)
                except Refused as refused:
                    view.rollback(mark)
                    text = refusal_text(refused)
                    if unit.once is not None:
                        once = unit.once
                        records.append((unit.tenant, once.digest, once.fingerprint, True, text))
                    outcomes.append((unit, Answer(text, refused=True)))
                except Exception as error:
                    view.rollback(mark)
                    outcomes.append((unit, error))
                else:
                    planned.append(unit)
            answers = await self._write(connection, view, stamp, planned, records)
        view.settle()
        outcomes += zip(planned, map(Answer, answers), strict=True)
        for unit, outcome in outcomes:
            self._settle(unit, outcome)

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

    async def _write(
        self,
        connection: store.Connection,
        view: View,
        stamp: Stamp,
        planned: list[Unit],
        records: list[store.Record],
    ) -> list[str]:
        """Write the changes, the log and the answers. Raises Stale if a condition fails."""
        if not await view.write(connection, stamp):
            raise Stale
        events: list[tuple[int, int, Report]] = []
        answers: list[str] = []
        for index, unit in enumerate(planned):
            report = unit.report(stamp.seq(index), stamp.time(unit.tenant))
            answers.append(report.answer)
            if report.log:
                events.append((index, unit.tenant, report))
            if unit.once is not None:
                once = unit.once
                records.append((unit.tenant, once.digest, once.fingerprint, False, report.answer))
        if not await store.remember(connection, stamp, records):
            raise Stale
        await store.append_events(connection, stamp, events)
        return answers


def replay(unit: Unit, record: tuple[UUID, bool, str]) -> Outcome:
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
