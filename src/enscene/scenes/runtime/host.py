"""The host of the scenes in one process: every call of every scene goes through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from enscene.blocks import StatementWish
from enscene.commit import Kind, NotRead, Once, Stamp, View, Writer, admit, offsets_of
from enscene.kernel.clock import format_time
from enscene.kernel.errors import EnsceneError, Invalid, Unavailable
from enscene.kernel.money import format_money
from enscene.ledger import Ledger, read_statement
from enscene.metering import Meters
from enscene.risk import Counters
from enscene.scenes.gate import Gates
from enscene.scenes.runtime._catalogue import Catalogue
from enscene.scenes.runtime._resolve import Resolver, ThingReader
from enscene.scenes.runtime._unit import ActionUnit, GroupUnit
from enscene.scenes.runtime.call import Call, Reply
from enscene.scenes.runtime.compiled import RunningScene
from enscene.scenes.runtime.tied_contracts import TiedContracts
from enscene.scenes.things import Things
from enscene.shelf import ContractKind, Contracts
from enscene.tenants.apps import GrantGates
from enscene.tenants.service import ServiceWatch
from enscene.work import CASES

ATTEMPTS = 12
TOGETHER_MOST = 1_000
OF_THE_ROSTER = frozenset(
    {
        "ledger.account_not_found", "scene.no_party", "scene.not_enrolled", "scene.not_in_role",
        "scene.not_own", "scene.role",
    }
)  # fmt: skip
_encode = msgspec.json.Encoder().encode


class SceneHost:
    """Performs calls. Raises from the one tree of errors; a business refusal is a Reply.

    Without `metering` nothing is billed: to measure what that costs, and for rehearsals."""

    def __init__(
        self, pool: asyncpg.Pool[Any], *, optimistic: bool = True, metering: bool = True
    ) -> None:
        self._pool = pool
        self._optimistic = optimistic
        self._gates = Gates()
        self._things = Things()
        self.kinds: tuple[Kind, ...] = (
            self._gates, Ledger(), Counters(), self._things, CASES, ContractKind(), GrantGates(),
        )  # fmt: skip
        if metering:
            self.kinds += (Meters(),)
        self._writers: dict[int, Writer] = {}
        self.service = ServiceWatch(pool, self._queued)
        self.contracts = Contracts(pool, self.writer)
        self.catalogue = Catalogue(pool)
        reader = ThingReader(pool, self._things)
        self._resolver = Resolver(self.catalogue, reader, self.contracts)
        self.contracts.ties = TiedContracts(self.catalogue, reader, self.perform, self.moves)

    def writer(self, shard: int) -> Writer:
        """The write path of a shard in this process."""
        writer = self._writers.get(shard)
        if writer is None:
            writer = Writer(self._pool, shard, self.kinds, optimistic=self._optimistic)
            self._writers[shard] = writer
        return writer

    def _queued(self) -> int:
        return max((writer.queued for writer in self._writers.values()), default=0)

    async def scene(self, tenant: int, ref: str) -> RunningScene:
        """The running scene. Raises: NotFound."""
        return await self.catalogue.scene(tenant, ref)

    async def perform(self, call: Call) -> Reply:
        """Do an action, once for its key.

        Raises: Invalid, Forbidden, NotFound, Conflict (state or key), Unavailable.
        """
        self._admit(call)
        scene = await self.catalogue.scene(call.tenant, call.scene)
        for _ in range(ATTEMPTS):
            unit = await self._resolve(scene, call)
            try:
                answer = await self.writer(scene.shard).submit(unit)
            except NotRead:
                scene = await self._reread(scene)
            else:
                return Reply(answer.body, answer.refused, answer.replayed)
        raise _contended()

    async def perform_together(self, calls: Sequence[Call], key: Once | None) -> Reply:
        """Do several actions of one scene as one unit; the body is the array of the answers."""
        if not 1 <= len(calls) <= TOGETHER_MOST:
            raise Invalid(f"1 to {TOGETHER_MOST} lines", code="bulk.size")
        self._admit(calls[0])
        scene = await self.catalogue.scene(calls[0].tenant, calls[0].scene)
        for _ in range(ATTEMPTS):
            lines = [await self._resolve(scene, call) for call in calls]
            try:
                answer = await self.writer(scene.shard).submit(GroupUnit(lines, key))
            except NotRead:
                scene = await self._reread(scene)
            else:
                return Reply(answer.body, answer.refused, answer.replayed)
        raise _contended()

    def _admit(self, call: Call) -> None:
        """What was committed is reacted to in any state; the clock's own work waits by itself."""
        if call.actor.role not in ("clock", "trigger"):
            self.service.admit_write(call.tenant)

    async def _resolve(self, scene: RunningScene, call: Call, *, query: bool = False) -> ActionUnit:
        """Resolve by what is remembered; before anybody is told no, by what was there lately.

        Another process may have changed the scene, or brought somebody into it, which moves no
        version.
        """
        try:
            return await self._resolver.resolve(scene, call, query=query)
        except Unavailable:
            raise
        except EnsceneError as error:
            fresh = await self.catalogue.lately(scene)
            if fresh is not scene:
                self._gates.moved((fresh.tenant, fresh.id), fresh.version)
            elif error.code not in OF_THE_ROSTER:
                raise
        lately = replace(fresh, roster=fresh.roster.lately())
        return await self._resolver.resolve(lately, call, query=query)

    async def _reread(self, scene: RunningScene) -> RunningScene:
        fresh = await self.catalogue.read(scene.tenant, scene.ref)
        self._gates.moved((fresh.tenant, fresh.id), fresh.version)
        return fresh

    async def query(self, call: Call) -> Reply:
        """Ask a query action; nothing is written. Raises as `perform`, and Refused."""
        scene = await self.catalogue.read(call.tenant, call.scene)
        unit = await self._resolve(scene, call, query=True)
        now, answer = await self._look(scene, unit)
        return Reply(_encode({"at": format_time(now), **answer}).decode())

    async def check(self, call: Call) -> None:
        """Find out what would refuse an action now; nothing is written. Raises as `perform`, and
        Refused."""
        scene = await self.catalogue.read(call.tenant, call.scene)
        await self._look(scene, await self._resolve(scene, call))

    async def moves(self, call: Call, owner: int) -> int:
        """What an action would bring a party now, minor units, below zero what it would take;
        nothing is written. Raises as `check`."""
        scene = await self.catalogue.read(call.tenant, call.scene)
        unit = await self._resolve(scene, call)
        await self._look(scene, unit)
        return unit.moved_for(owner)

    async def _look(self, scene: RunningScene, unit: ActionUnit) -> tuple[datetime, dict[str, Any]]:
        """Plan a unit on what is there now: the time, and what it answers."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await admit(connection, [scene.tenant])
            row = await connection.fetchrow(
                "select clock_timestamp(), clocks::text from shard where id = $1", scene.shard
            )
            stamp = Stamp(scene.shard, 0, row[0], offsets_of(row[1]))
            view = View(self.kinds, stamp, exact=True)
            now = stamp.time(scene.tenant)
            await view.load(connection, view.missing(unit.cells(now, exact=True)))
            unit.plan(view)
            answer = unit.extras
            for name, value in answer.items():
                if isinstance(value, StatementWish):
                    answer[name] = await self._entries(connection, scene, value)
        return now, answer

    async def _entries(
        self, connection: asyncpg.Connection[Any], scene: RunningScene, wish: StatementWish
    ) -> list[dict[str, Any]]:
        entries = await read_statement(connection, scene.tenant, wish.account, limit=wish.last)
        return [
            {
                "seq": entry.seq,
                "at": format_time(entry.at),
                "flow": entry.flow,
                "amount": format_money(entry.amount, entry.currency),
                "balance": format_money(entry.balance, entry.currency),
            }
            for entry in entries
        ]

    async def close(self) -> None:
        """Take no more calls and wait until those taken have an outcome."""
        for writer in self._writers.values():
            await writer.close()


def _contended() -> Unavailable:
    return Unavailable(
        "too many callers change the same thing at once", code="unavailable.contended",
        hint="try again shortly",
    )  # fmt: skip
