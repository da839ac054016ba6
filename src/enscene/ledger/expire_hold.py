"""Let go of holds whose time is over: each is a unit of the write path, judged under the lock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import Cell, Once, Report, Unit, View, Writer, admit
from enscene.kernel.errors import Conflict
from enscene.ledger import store
from enscene.ledger.hold import Hold

PAGE = 1_000
ACTION = "hold.expired"

_encode = msgspec.json.Encoder().encode


class ExpireHold:
    """Frees what is still held, if the hold is open and its time is over when it is judged.

    A capture that comes first closes the hold, and one that comes later finds it closed.
    """

    timed = True  # the tenant's time under the lock decides
    lines: Sequence[Unit] = ()

    def __init__(self, hold: Hold) -> None:
        self.tenant = hold.tenant
        self.once: Once | None = None  # its state makes it once
        self._id: UUID = hold.id
        self._accounts = (hold.dr, hold.cr)
        self._hold = hold
        self._minor = 0

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [
            ("ledger", (self.tenant, self._id)),
            *(("ledger", (self.tenant, account)) for account in self._accounts),
        ]

    def plan(self, view: View) -> None:
        """Raises: HoldClosed, Conflict (it is not over yet)."""
        book = view.works["ledger"]
        hold = self._hold = book.hold_of(self.tenant, self._id)
        if hold.expires is None or view.now(self.tenant) < hold.expires:
            raise Conflict("the hold's time is not over", code="ledger.hold_not_over")
        self._minor = hold.amount - hold.captured
        book.let_go(view.index, hold, expired=True)

    def report(self, seq: int, at: datetime) -> Report:
        hold = self._hold
        facts = {
            "hold": str(hold.id),
            "moved": [{"flow": hold.flow, "minor": self._minor, "how": "expired"}],
        }
        subject = f"hold:{hold.id}"
        return Report(hold.scene, ACTION, subject, "clock:clock", _encode(facts).decode(), "{}")


async def expire_holds(pool: asyncpg.Pool[Any], writer: Writer, tenant: int, now: datetime) -> int:
    """Let go of every hold whose time is over at `now`, the tenant's time; how many were.

    Any number of processes may do so at once. Raises: Unavailable.
    """
    freed = 0
    while True:
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            holds = await store.read_expired_holds(connection, tenant, now, PAGE)
        outcomes = await asyncio.gather(
            *(writer.submit(ExpireHold(hold)) for hold in holds), return_exceptions=True
        )
        for outcome in outcomes:
            # Somebody else was first; or a database that has gone back to an earlier time.
            if isinstance(outcome, BaseException) and not isinstance(outcome, Conflict):
                raise outcome
        done = sum(not isinstance(outcome, BaseException) for outcome in outcomes)
        freed += done
        if len(holds) < PAGE or not done:
            return freed


async def next_expiry(pool: asyncpg.Pool[Any], tenant: int) -> datetime | None:
    """When the next open hold of a tenant expires."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant], by_key=True)
        return await store.read_next_expiry(connection, tenant)
