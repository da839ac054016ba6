"""What holds of the calls of a tenant: kept in mind by each process, read anew every few seconds.

A call looks into a few tables of this process and asks nobody. What is changed in the console
holds everywhere within `STALE_S`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

import asyncpg
import structlog

from enscene.partners import store as partners_sql
from enscene.partners.apis import store
from enscene.partners.apis.notice import Notice
from enscene.partners.apis.versions import NEWEST

FRESH_S = 5.0
STALE_S = 15.0
_log = structlog.get_logger()
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Blocked:
    """Nothing is answered before `until`, by which rule."""

    until: datetime
    rule: str

    @property
    def lasts(self) -> bool:
        """Whether it is so now."""
        return datetime.now(UTC) < self.until


@dataclass(frozen=True, slots=True)
class OddApp:
    """An application with an older shape, with addresses, or blocked."""

    version: str = NEWEST
    networks: tuple[Network, ...] = ()
    blocked: Blocked | None = None


@dataclass(frozen=True, slots=True)
class SceneLimit:
    """Requests a second and at once, of all applications together in one process."""

    rate: int
    burst: int


@dataclass(frozen=True, slots=True)
class CallRules:
    """`packs` are those of the scenes by ref; the rest is there only for what is out of rule."""

    packs: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    apps: Mapping[int, OddApp] = field(default_factory=dict)
    scenes: Mapping[str, SceneLimit] = field(default_factory=dict)


USUAL = OddApp()


class RulesInForce:
    """One in a process."""

    def __init__(self, pool: partners_sql.Pool) -> None:
        self._pool = pool
        self._known: dict[int, tuple[float, CallRules]] = {}
        self._readings: dict[int, asyncio.Task[CallRules]] = {}

    def lately(self, tenant: int) -> CallRules | None:
        """What holds, if it was read lately. It is read anew beside the call when it ages."""
        known = self._known.get(tenant)
        if known is None:
            return None
        age = time.monotonic() - known[0]
        if age > STALE_S:
            return None
        if age > FRESH_S:
            self._begin(tenant)
        return known[1]

    async def read(self, tenant: int) -> CallRules:
        """Read them now; who asks in the same moment waits for the same answer."""
        return await asyncio.shield(self._begin(tenant))

    def forget(self) -> None:
        """Read everything anew with the next call: something was changed here."""
        self._known.clear()

    async def close(self) -> None:
        """Let what is being read come to its end."""
        await asyncio.gather(*self._readings.values(), return_exceptions=True)

    def _begin(self, tenant: int) -> asyncio.Task[CallRules]:
        reading = self._readings.get(tenant)
        if reading is None:
            reading = self._readings[tenant] = asyncio.create_task(self._read(tenant))
            reading.add_done_callback(lambda task: self._ended(tenant, task))
        return reading

    def _ended(self, tenant: int, task: asyncio.Task[CallRules]) -> None:
        self._readings.pop(tenant, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever waits is told; who did not wait goes on with what was read last.
            _log.warning("apis.rules_not_read", error=type(error).__name__)

    async def _read(self, tenant: int) -> CallRules:
        began = time.monotonic()
        rules = await read_rules(self._pool, tenant)
        self._known[tenant] = (began, rules)
        return rules


async def read_rules(pool: partners_sql.Pool, tenant: int) -> CallRules:
    """What holds now."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        scenes = await store.read_scenes(connection, tenant)
        notices = await store.read_notices(connection, tenant)
        apps = await store.read_odd_apps(connection, tenant, NEWEST)
        limits = await store.read_limits(connection, tenant, "in_force")
    return CallRules(
        {row["ref"]: row["pack"] for row in scenes},
        {row["api"]: notice_of(row) for row in notices},
        {row["id"]: _odd(row) for row in apps},
        {
            row["target"]: SceneLimit(row["rate"], row["burst"])
            for row in limits
            if row["kind"] == "scene"
        },
    )


def notice_of(row: asyncpg.Record) -> Notice:
    """A notice from its row."""
    return Notice(**{**dict(row), "told": tuple(row["told"])})


def _odd(row: asyncpg.Record) -> OddApp:
    blocked = None if row["until"] is None else Blocked(row["until"], row["rule"])
    networks = tuple(ip_network(text) for text in row["addresses"])
    return OddApp(row["version"], networks, blocked)
