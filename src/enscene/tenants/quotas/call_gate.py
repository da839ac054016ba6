"""Calls of applications: counted in the process, held to the limits of the tenant's line.

A call costs a look into a few numbers. Every `FLUSH_S` seconds what was counted is added to the
day's rows, and limits and sums are read anew. So one process alone is exact; several can pass a
limit by what the others let in since they last told it; a process that is killed forgets as much.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from enscene.commit import admit
from enscene.tenants.quotas import store
from enscene.tenants.quotas.quota import closed, refuse_more
from enscene.tenants.store import Connection, Pool
from enscene.tenants.tenant import Tenant, line_of, list_below

FLUSH_S = 5.0
_log = structlog.get_logger()


@dataclass(slots=True)
class _Limit:
    owner: Tenant
    most: int
    used: int


class CallGate:
    """One in a process."""

    def __init__(self, pool: Pool, *, flush_s: float = FLUSH_S) -> None:
        self._pool = pool
        self._flush_s = flush_s
        self._lines: dict[int, list[Tenant]] = {}
        self._limits: dict[int, _Limit] = {}
        self._calls: Counter[int] = Counter()
        self._errors: Counter[int] = Counter()
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def admit(self, tenant: int) -> None:
        """Let one call in. Raises: Refused("quota.exceeded"), Forbidden("tenant.closed")."""
        line = self._lines.get(tenant)
        if line is None:
            line = await self._learn(tenant)
        for each in line:
            if each.state == "closed":
                raise closed(each)
            limit = self._limits.get(each.id)
            if limit is not None and limit.used >= limit.most:
                wait_s = _until_midnight_s(each.zone)
                refuse_more(each, "calls_day", limit.most, limit.used, retry_after_s=wait_s)
        for each in line:
            limit = self._limits.get(each.id)
            if limit is not None:
                limit.used += 1
        self._calls[tenant] += 1

    def failed(self, tenant: int) -> None:
        """A call that was let in came to nothing."""
        self._errors[tenant] += 1

    async def flush(self) -> None:
        """Tell what was counted, and read anew what holds. Raises what stands in the way."""
        async with self._turn:
            calls, self._calls = self._calls, Counter()
            errors, self._errors = self._errors, Counter()
            told = [(each, calls[each], errors[each]) for each in sorted({*calls, *errors})]
            if not told:
                # Nobody calls: whoever does next learns how things stand then.
                self._lines.clear()
                self._limits.clear()
                return
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    await admit(connection, [each for each, _, _ in told])
                    await store.add_calls(connection, told)
            except BaseException:
                self._calls.update(calls)
                self._errors.update(errors)
                raise
            await self._read(set(self._lines))

    async def close(self) -> None:
        """Tell the rest."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            await self.flush()

    async def _learn(self, tenant: int) -> list[Tenant]:
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        async with self._turn:
            if tenant not in self._lines:
                await self._read({*self._lines, tenant})
            return self._lines[tenant]

    async def _read(self, tenants: set[int]) -> None:
        """Lines, limits and sums of these tenants; what this process has not told is added."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            lines = {tenant: await line_of(connection, tenant) for tenant in sorted(tenants)}
            limits = await self._read_limits(connection, lines)
        for limit in limits.values():
            limit.used += sum(
                self._calls[tenant]
                for tenant, line in lines.items()
                if any(each.id == limit.owner.id for each in line)
            )
        self._lines, self._limits = lines, limits

    async def _read_limits(
        self, connection: Connection, lines: dict[int, list[Tenant]]
    ) -> dict[int, _Limit]:
        owners = {each.id: each for line in lines.values() for each in line}
        await admit(connection, sorted(owners))
        found = await store.read_limits(connection, owners)
        limits = {}
        for owner, what, most in found:
            if what == "calls_day":
                below = [each.id for each in await list_below(connection, owner)]
                await admit(connection, below)
                used = await store.count_used(connection, below, what)
                limits[owner] = _Limit(owners[owner], most, used)
        return limits

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._flush_s)
            try:
                await self.flush()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if self._pool.is_closing():
                    return  # there is nobody left to tell
                _log.warning("quotas.kept", error=type(error).__name__)


def _until_midnight_s(zone: str) -> int:
    now = datetime.now(UTC).astimezone(ZoneInfo(zone))
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight - now).total_seconds()))
