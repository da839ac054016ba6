"""Count calls that only look: added up in the process, written down a few times a minute."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import asyncpg
import structlog

from enscene.commit import Writer
from enscene.kernel.errors import EnsceneError
from enscene.kernel.ids import new_uuid
from enscene.metering import store
from enscene.metering.reading import READS, Reading
from enscene.metering.take_reading import take_readings
from enscene.tenants import get_tenant

FLUSH_S = 20.0
GAP_S = 120.0
"""A process that has not been heard of for so long has ended without telling its last counts."""
_log = structlog.get_logger()


class ReadCounter:
    """One in a process. What cannot be written now is kept and sent again under the same id, so
    nothing counts twice. A process that is killed loses what it counted since its last writing,
    at most `FLUSH_S` seconds, in the customer's favour: `read_gaps` names it."""

    def __init__(
        self, pool: asyncpg.Pool[Any], writer: Callable[[int], Writer], *, flush_s: float = FLUSH_S
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._flush_s = flush_s
        self._id = f"reads:{new_uuid().hex}"
        self._counts: Counter[tuple[int, str, str]] = Counter()
        self._open: list[tuple[int, Reading]] = []
        self._n = 0
        self._shards: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None

    def count(self, tenant: int, app: str, operation: str) -> None:
        """One call was answered."""
        self._counts[tenant, app, operation] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def flush(self, *, ended: bool = False) -> int:
        """Write down what was counted; how many readings. Raises what stands in the way."""
        counts, self._counts = self._counts, Counter()
        for (tenant, app, operation), times in counts.items():
            self._n += 1
            reading = Reading(self._id, str(self._n), READS, times, None, app, operation)
            self._open.append((tenant, reading))
        done = 0
        while self._open:
            tenant, reading = self._open[0]
            await take_readings(self._writer(await self._shard(tenant)), tenant, [reading])
            self._open.pop(0)
            done += 1
        if self._n:
            await store.note_counter(self._pool, self._id, ended=ended)
        return done

    async def close(self) -> None:
        """Write down the rest and say that this was all."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            await self.flush(ended=True)

    async def _shard(self, tenant: int) -> int:
        if tenant not in self._shards:
            self._shards[tenant] = (await get_tenant(self._pool, tenant)).shard
        return self._shards[tenant]

    async def _run(self) -> None:
        with contextlib.suppress(EnsceneError, OSError, asyncpg.PostgresError):
            await store.note_counter(self._pool, self._id, ended=False)
        while True:
            await asyncio.sleep(self._flush_s)
            try:
                await self.flush()
            except (EnsceneError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("metering.kept", error=type(error).__name__)


async def read_gaps(pool: asyncpg.Pool[Any]) -> list[dict[str, Any]]:
    """Processes that ended without telling their last counts: since when nothing is known."""
    return [dict(row) for row in await store.read_gaps(pool, GAP_S)]
