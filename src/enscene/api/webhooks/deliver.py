"""The queue's other end: takes what is due, posts it, writes what came of it.

Every endpoint has places of its own, and those that answer quickly share none with those that do
not: an endpoint that is dead or slow waits for its like alone. Any number of processes may do this.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enscene.api.store import Connection, Pool
from enscene.api.webhooks import queue_store, store
from enscene.api.webhooks.consent import still_consented
from enscene.api.webhooks.disable import disable_endpoint
from enscene.api.webhooks.endpoint import Endpoint
from enscene.api.webhooks.health import Health
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.post import Outcome, Poster
from enscene.api.webhooks.queue_store import Mark
from enscene.api.webhooks.schedule import (
    RETRY_AFTER_MOST_S,
    break_delay_s,
    retry_delay_s,
)
from enscene.api.webhooks.settings import WebhookSettings
from enscene.api.webhooks.sign import SigningKey, headers_of
from enscene.api.webhooks.target import Target, read_target
from enscene.commit import admit
from enscene.kernel.errors import Invalid

KNOWN_S = 1.0
"""How long endpoints, their keys and their applications are remembered."""
IDLE_S = 0.25
"""How often an endpoint with nothing due is asked for."""
GATHER_S = 0.004
"""What comes back in so short a time is written together."""
GONE = 410
THROTTLED = frozenset({429, 502, 503, 504})

Key = tuple[int, UUID]


@dataclass(slots=True)
class Line:
    """The line of one endpoint in this process."""

    endpoint: Endpoint
    target: Target | None
    keys: list[SigningKey]
    health: Health
    seen: float
    asked_at: float = float("-inf")
    busy: int = 0


@dataclass(slots=True)
class _Bad:
    """Failures of an endpoint since the last writing; `scene` is that of the last event."""

    count: int = 0
    wait_s: float | None = None
    gone: bool = False
    scene: int = 0


@dataclass(slots=True)
class _Results:
    marks: list[Mark] = field(default_factory=list)
    good: set[Key] = field(default_factory=set)
    bad: dict[Key, _Bad] = field(default_factory=dict)


class Deliverer:
    """All endpoints of some tenants, in one loop."""

    def __init__(self, pool: Pool, keys: Keys, poster: Poster, settings: WebhookSettings) -> None:
        self._pool = pool
        self._keys = keys
        self._poster = poster
        self._settings = settings
        self._lines: dict[Key, Line] = {}
        self._known_at = float("-inf")
        self._tenants: list[int] = []
        self._results = _Results()
        self._tasks: set[asyncio.Task[None]] = set()
        self._back = asyncio.Event()
        self.delivered = 0

    @property
    def busy(self) -> int:
        """Deliveries under way."""
        return len(self._tasks)

    async def step(self, *, fresh: bool = False) -> int:
        """Write what came back and take what is due, at once; how many deliveries moved."""
        if fresh or time.monotonic() - self._known_at > KNOWN_S:
            await self._know()
        self._back.clear()
        results, self._results = self._results, _Results()
        tenants = {mark.tenant for mark in results.marks} | {tenant for tenant, _ in self._lines}
        if not results.marks and not self._wanted(fresh=fresh):
            return 0
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, tenants, by_key=True)
                noted = await self._write(connection, results)
                # Only now it is known who is to be left alone.
                wanted = self._wanted(fresh=fresh)
                rows: list[Any] = []
                refused: set[tuple[int, int]] = set()
                if wanted:
                    rows = await queue_store.claim(connection, wanted, self._settings.lease_s)
                    refused = await still_consented(self._pool, connection, self._lines, rows)
        except BaseException:
            # Also when it is told to stop. Written the next time; if this process ends before, the
            # leases end too, and all of it is sent again: the receiver knows it by its id.
            self._results.marks[:0] = results.marks
            self._known_at = float("-inf")
            raise
        self._asked(wanted, rows)
        self._begin(rows, refused)
        await self._give_up(noted)
        return len(results.marks) + len(rows)

    async def wait(self, at_most_s: float) -> None:
        """Until something comes back, and a little longer."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._back.wait()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER_S)

    def wake(self) -> None:
        """Something was queued: every endpoint is asked for again."""
        for line in self._lines.values():
            line.asked_at = float("-inf")
        self._back.set()

    async def close(self) -> None:
        """Let what is under way come to its end, if that is soon; write what came of it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        results, self._results = self._results, _Results()
        if results.marks:
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, {mark.tenant for mark in results.marks}, by_key=True)
                await self._write(connection, results)

    async def _know(self) -> None:
        """Read the endpoints anew."""
        self._known_at = time.monotonic()
        tenants = await self._pool.fetch("select id, sandbox from tenant")
        sandboxes = {row[0]: row[1] for row in tenants}
        self._tenants = list(sandboxes)
        known = set()
        for endpoint, keys in await self._read():
            key = (endpoint.tenant, endpoint.id)
            known.add(key)
            line = self._lines.get(key)
            target = _target(endpoint, self._settings, sandbox=sandboxes[endpoint.tenant])
            if line is None:
                health = Health(self._settings.each_most, self._settings.slow_s)
                line = self._lines[key] = Line(endpoint, target, keys, health, self._known_at)
            line.endpoint, line.target, line.keys = endpoint, target, keys
        for key in self._lines.keys() - known:
            if self._lines[key].busy == 0:
                del self._lines[key]
            else:
                self._lines[key].target = None
        self._poster.tidy()

    async def _read(self) -> list[tuple[Endpoint, list[SigningKey]]]:
        if not self._tenants:
            return []
        found: list[tuple[Endpoint, list[SigningKey]]] = []
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, self._tenants)
            by_tenant: dict[int, list[Endpoint]] = {}
            for endpoint in await store.endpoints_of(connection, self._tenants, ["active"]):
                by_tenant.setdefault(endpoint.tenant, []).append(endpoint)
            for tenant, endpoints in by_tenant.items():
                off = await store.suspended_apps(connection, tenant)
                wanted = [each for each in endpoints if each.app not in off]
                keys = await self._keys.read(connection, tenant, [each.id for each in wanted])
                found += [(each, keys[each.id]) for each in wanted]
        return found

    def _begin(self, rows: Collection[Any], refused: Collection[tuple[int, int]]) -> None:
        for row in rows:
            line = self._lines[row["tenant"], row["endpoint"]]
            if (row["tenant"], row["grant_id"]) in refused:
                self._results.marks.append(_mark(row, "cancelled", 0, None, "consent", 0))
                self._back.set()
                continue
            line.busy += 1
            task = asyncio.create_task(self._deliver(line, row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _wanted(self, *, fresh: bool) -> list[tuple[int, UUID, int]]:
        """How many to ask for, an endpoint."""
        now = time.monotonic()
        busy = {True: 0, False: 0}
        for line in self._lines.values():
            busy[line.health.quick] += line.busy
        room = {
            True: self._settings.quick_most - busy[True],
            False: self._settings.slow_most - busy[False],
        }
        wanted: list[tuple[int, UUID, int]] = []
        # Who was asked longest ago comes first: with little room everybody has a turn.
        for (tenant, endpoint), line in sorted(self._lines.items(), key=lambda i: i[1].asked_at):
            quick = line.health.quick
            places = min(line.health.places(line.endpoint.open_until) - line.busy, room[quick])
            if line.target is None or places <= 0 or (now - line.asked_at < IDLE_S and not fresh):
                continue
            room[quick] -= places
            wanted.append((tenant, endpoint, places))
        return wanted

    def _asked(self, wanted: Collection[tuple[int, UUID, int]], rows: list[Any]) -> None:
        """Who had less than was asked for has nothing more for the moment."""
        counts: dict[Key, int] = {}
        for row in rows:
            key = (row["tenant"], row["endpoint"])
            counts[key] = counts.get(key, 0) + 1
        now = time.monotonic()
        for tenant, endpoint, places in wanted:
            line = self._lines[tenant, endpoint]
            more = counts.get((tenant, endpoint), 0) == places
            line.asked_at = now - IDLE_S if more else now

    async def _deliver(self, line: Line, row: Any) -> None:
        try:
            outcome = await self._post(line, row)
        finally:
            line.busy -= 1
        line.health.note(outcome)
        key = (row["tenant"], row["endpoint"])
        if outcome.taken:
            self.delivered += 1
            mark = _mark(row, "done", 1, outcome, None, 0)
            self._results.good.add(key)
            self._results.bad.pop(key, None)
        else:
            mark = self._failed(line, row, outcome)
        self._results.marks.append(mark)
        self._back.set()

    async def _post(self, line: Line, row: Any) -> Outcome:
        if line.target is None or not line.keys:
            return Outcome(None, 0, "no_key" if line.target is not None else "address_refused")
        body = row["body"].encode()
        headers = headers_of(line.keys, row["message"], int(time.time()), body)
        return await self._poster.post(line.target, headers, body)

    def _failed(self, line: Line, row: Any, outcome: Outcome) -> Mark:
        key = (row["tenant"], row["endpoint"])
        bad = self._results.bad.setdefault(key, _Bad())
        bad.count += 1
        bad.scene = row["scene"]
        bad.gone |= outcome.status == GONE
        if line.health.breaks() and bad.wait_s is None:
            bad.wait_s = break_delay_s(line.endpoint.opened)
        if outcome.status in THROTTLED and outcome.retry_after_s:
            patience_s = min(outcome.retry_after_s, RETRY_AFTER_MOST_S)
            bad.wait_s = max(bad.wait_s or 0.0, float(patience_s))
        delay = retry_delay_s(row["tries"] + 1, outcome.retry_after_s)
        error = outcome.error or f"status_{outcome.status}"
        state = "failed" if delay is None else "pending"
        return _mark(row, state, 1, outcome, error, delay or 0)

    async def _write(
        self, connection: Connection, results: _Results
    ) -> list[tuple[Line, _Bad, datetime]]:
        """Write all that came back since the last time; the lines that failed, and since when they
        do."""
        lines = self._lines
        good = [key for key in results.good if key in lines and _is_news(lines[key])]
        bad = [(*key, each.count, each.wait_s) for key, each in results.bad.items() if key in lines]
        await queue_store.mark(connection, results.marks)
        await queue_store.note_success(connection, good)
        for key in good:
            line = lines[key]
            if line.endpoint.open_until is not None:
                await queue_store.hurry(connection, *key, self._settings.lease_s)
            line.endpoint = replace(
                line.endpoint, failures=0, failing_since=None, opened=0, open_until=None,
                told_at=datetime.now(UTC),
            )  # fmt: skip
        noted = []
        for row in await queue_store.note_failures(connection, bad):
            tenant, endpoint, failures, since, opened, open_until = row
            line = lines[tenant, endpoint]
            line.endpoint = replace(
                line.endpoint, failures=failures, failing_since=since, opened=opened,
                open_until=open_until,
            )  # fmt: skip
            noted.append((line, results.bad[tenant, endpoint], since))
        return noted

    async def _give_up(self, noted: Collection[tuple[Line, _Bad, datetime]]) -> None:
        """Disable what has said that it is gone, or has failed for days."""
        for line, bad, since in noted:
            days = datetime.now(UTC) - since > self._settings.disable_after
            if bad.gone or days:
                reason = "gone" if bad.gone else "failing"
                line.target = None
                await disable_endpoint(self._pool, line.endpoint, reason, bad.scene)
                self._known_at = float("-inf")


def _is_news(line: Line) -> bool:
    endpoint = line.endpoint
    if endpoint.failures or endpoint.told_at is None:
        return True
    return time.time() - endpoint.told_at.timestamp() > 60


def _target(endpoint: Endpoint, settings: WebhookSettings, *, sandbox: bool) -> Target | None:
    try:
        return read_target(endpoint.url, settings.rules, sandbox=sandbox)
    except Invalid:
        return None  # the rules have changed since it was made


def _mark(
    row: Any, state: str, tried: int, outcome: Outcome | None, error: str | None, delay_s: float
) -> Mark:
    status = None if outcome is None else outcome.status
    latency_ms = None if outcome is None else outcome.latency_ms
    return Mark(
        row["tenant"], row["endpoint"], row["seq"], row["message"], state, tried, status,
        latency_ms, error, delay_s,
    )  # fmt: skip
