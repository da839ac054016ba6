"""What happens to the spectrum by time alone, and what the log is told of its changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from enscene.commit import Report, Script, admit, append_events, lock_shard
from enscene.customers.spectrum import lock_spectrum, settle_falls
from enscene.customers.spectrum import store as spectrum
from enscene.kernel.clock import format_time
from enscene.kernel.rounds import Pace
from enscene.tenants.service import ServiceWatch

CHANGED = "spectrum.changed"
EVERY_S = 1.0
TOGETHER = 500
HOUR = timedelta(hours=1)


class SpectrumClock:
    """Preferences that fade out of their bands, and every change as an event of the log; of one shard.
    Any number of processes may have one: a change is made and told once."""

    def __init__(self, pool: asyncpg.Pool[Any], shard: int, service: ServiceWatch) -> None:
        self._pool = pool
        self._shard = shard
        self._service = service
        self._pace = Pace(EVERY_S)

    async def step(self, tenant: int | None = None) -> int:
        """Let fall what is due, and tell what is not told; how many were either. Of all tenants now
        and then: nobody waits for a preference to fade."""
        if not self._pace.comes(now=tenant is not None):
            return 0
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            times = await spectrum.read_times(connection, self._shard, tenant)
            open_ = [each for each in times if self._service.of(each).state != "readings"]
            await admit(connection, open_, by_key=True)
            waiting = await spectrum.find_waiting(connection, [(t, times[t]) for t in open_])
        done = 0
        for each, falls, untold in waiting:
            if falls:
                done += await self._fall(each, times[each])
            if untold or falls:
                done += await self._tell(each)
        return done

    async def next_due(self, tenant: int) -> datetime | None:
        """When the next one leaves its band, to the hour: a sandbox that leaps over a year stops for
        many at once, and each is dated as it was all the same."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            found = await spectrum.next_fall_of(connection, tenant)
        if found is None:
            return None
        return found.replace(minute=0, second=0, microsecond=0) + HOUR

    async def _fall(self, tenant: int, now: datetime) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await lock_spectrum(connection, tenant)
            return await settle_falls(connection, tenant, now)

    async def _tell(self, tenant: int) -> int:
        """Write changes into the log, under numbers of the shard."""
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            # Whoever withdraws holds the shard before these rows, and so does this.
            wanted = await spectrum.count_untold(connection, tenant, TOGETHER)
            stamp = await lock_shard(connection, self._shard, [tenant], wanted)
            rows = await spectrum.read_untold(connection, tenant, wanted)
            if not rows:
                return 0
            script = Script()
            append_events(script, stamp, [(n, tenant, _report(row)) for n, row in enumerate(rows)])
            await script.run(connection)
            ids = [row["id"] for row in rows]
            await spectrum.note_told(connection, tenant, ids, stamp.base + 1)
            return len(rows)


def _report(row: Any) -> Report:
    """It stands in no scene: a preference is of them all, and no partner is told of it."""
    facts = {
        "spectrum": {
            "topic": row["topic"],
            "value": row["value"],
            "before": row["before"],
            "after": row["after"],
            "preference": row["preference"],
            "attitude": row["attitude"],
            "at": format_time(row["at"]),
        },
        "parties": {"customer": row["ref"]},
    }
    return Report(
        0, CHANGED, f"customer:{row['ref']}", "clock:clock",
        msgspec.json.encode(facts).decode(), "",
    )  # fmt: skip
