"""Compute the figures of a day from the lake, and keep them where boards read them at once."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.commit import admit
from enscene.lake import Lake, read_lake
from enscene.operations.indicators import store
from enscene.operations.indicators.classes import Unclassified
from enscene.operations.indicators.store import Value
from enscene.operations.indicators.window import Window

MEMORY = "3GB"
"""Of DuckDB; what has no room there is written to the disk."""
SPILL = ".spill"
"""In the lake's folder."""
TENANTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Computed:
    """What was computed: how many figures for how many tenants, and in how many seconds."""

    day: date
    tenants: int
    rows: int
    seconds: float


async def compute_indicators(
    pool: store.Pool, lake: Lake, day: date, tenants: Sequence[int] | None = None, *,
    memory: str = MEMORY,
) -> Computed:  # fmt: skip
    """Of all tenants, or of some, each by its own zone's day. Done again it replaces what was there;
    each tenant's figures change in one transaction. A tenant with accounts of no class gets none.

    Raises: Unclassified, when the others are done.
    """
    began, rows, done = time.perf_counter(), 0, 0
    unknown: dict[int, tuple[str, ...]] = {}
    for window, members in (await _windows(pool, day, tenants)).items():
        for place in range(0, len(members), TENANTS_AT_ONCE):
            some = members[place : place + TENANTS_AT_ONCE]
            rows += await _compute(pool, lake, window, some, memory, unknown)
            done += len(some)
    if unknown:
        raise Unclassified(unknown)
    return Computed(day, done, rows, round(time.perf_counter() - began, 3))


async def _windows(
    pool: store.Pool, day: date, tenants: Sequence[int] | None
) -> dict[Window, list[int]]:
    """Tenants by the window in which the day stands for them."""
    found: dict[Window, list[int]] = defaultdict(list)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        zones = [each for each in await store.read_zones(connection)
                 if tenants is None or each[0] in tenants]  # fmt: skip
        await admit(connection, [tenant for tenant, _, _ in zones])
        last = await store.read_last_days(connection)
    for tenant, _, zone in zones:
        found[Window(zone, day, max(day, last.get(tenant, day)))].append(tenant)
    return found


async def _compute(
    pool: store.Pool, lake: Lake, window: Window, tenants: Sequence[int], memory: str,
    unknown: dict[int, tuple[str, ...]],
) -> int:  # fmt: skip
    async with read_lake(lake, tenants=tenants, memory=memory) as backend:
        found, of_no_class = await _in_thread(backend, lake, window)
    unknown |= of_no_class
    for tenant in tenants:
        if tenant in of_no_class:
            continue
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await store.replace_values(connection, tenant, window, found.get(tenant, []))
    return sum(len(rows) for tenant, rows in found.items() if tenant not in of_no_class)


Found = tuple[dict[int, list[Value]], dict[int, tuple[str, ...]]]


async def _in_thread(backend: Any, lake: Lake, window: Window) -> Found:
    """Figures, and accounts of no class, by tenant. Beside the loop: who is cancelled waits until the
    query has been told to stop."""

    def work() -> Found:
        from enscene.operations.indicators.engines import DuckEngine, compute, of_no_class

        engine = DuckEngine(backend, lake.folder.root / SPILL)
        return _values(compute(engine, window)), of_no_class(engine, window)

    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        backend.con.interrupt()
        await asyncio.wait([task])
        raise


def _values(tables: dict[str, Any]) -> dict[int, list[Value]]:
    found: dict[int, list[Value]] = defaultdict(list)
    for name, table in tables.items():
        for row in table.to_pylist():
            found[row["tenant"]].append(
                Value(name, row["scene"], row["grain"], row["day"], row["key"], row["currency"],
                      row["value"])
            )  # fmt: skip
    return found
