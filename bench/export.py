"""From the log to the lake while payments are written at a steady rate, and how fast a backlog goes
there, beside a plain copy of the same rows to a file.

The lake is exported by a process of its own, as in a site of two processes."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import tempfile
import time
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from typing import Any

from bench.canteen import open_canteen
from enscene.commit import Report, Script, admit, append_events, lock_shard
from enscene.kernel.collector import calm_collector
from enscene.lake import Folder, Lake, check_lake, show_lake
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool

PER_S = 2_000
"""Payments; each is an event and two or three postings."""
EVENTS_PER_S = 5_000
BACKLOG_S = 20.0
"""Of events of 5,000 a second, in a whole run: 100,000."""
TOGETHER = 2_000
_COPY = {
    "event": "select * from event where shard = 1 and seq > {after} order by seq",
    "posting": "select * from transfer where tenant = {tenant} and seq > {after} order by seq, n",
}


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Rows a second into the lake, alone and beside payments."""
    pool: Any = await open_pool(server.url_app, size_min=4, size_max=8)
    host = SceneHost(pool)
    canteen = await open_canteen(pool, host)
    calm_collector()
    try:
        with tempfile.TemporaryDirectory(prefix="enscene-lake-") as folder:
            lake = Lake(pool, Folder(Path(folder) / "lake"))
            await lake.settle()
            backlog = await _backlog(pool, lake, canteen.tenant.id, min(BACKLOG_S, seconds * 10))
            beside = await _beside(
                pool, host, canteen, server.url_app, lake, max(1.0, rounds * seconds * 2)
            )
            faults = len(await check_lake(lake))
            kinds = (await show_lake(pool, lake))["kinds"]
            lost = await _lost(pool, canteen.tenant.id, kinds)
    finally:
        await host.close()
        await pool.close()
    return {**backlog, **beside, "lost_or_doubled": lost, "faults": faults,
            "bytes_per_event": round(kinds["event"]["bytes"] / kinds["event"]["rows"], 1)}  # fmt: skip


async def _backlog(pool: Any, lake: Lake, tenant: int, seconds: float) -> dict[str, Any]:
    """Events as those of the diners' first payments, all at once; the lake and a plain copy of the same rows."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        after = await connection.fetchval("select seq from shard where id = 1")
        like = await connection.fetch(
            "select scene, subject, actor, facts::text from event where action = 'top_up'"
        )
    count = int(EVENTS_PER_S * seconds)
    said = [
        Report(row["scene"], "bench", row["subject"], row["actor"], row["facts"], "")
        for row in like[:TOGETHER]
    ]
    for _ in range(0, count, len(said)):
        async with pool.acquire() as connection, connection.transaction():
            stamp = await lock_shard(connection, 1, [tenant], len(said))
            script = Script()
            append_events(script, stamp, [(n, tenant, each) for n, each in enumerate(said)])
            await script.run(connection)
    began = time.perf_counter()
    rows = await lake.settle(snapshots=False)
    took_s = time.perf_counter() - began
    copied_s = await _copied(pool, tenant, after)
    return {"backlog": rows, "events_per_s": round(rows / took_s, 1),
            "copy_per_s": round(rows / copied_s, 1), "of_copy": round(copied_s / took_s, 3)}  # fmt: skip


async def _copied(pool: Any, tenant: int, after: int) -> float:
    """Seconds of a plain COPY of the same rows to a file."""
    began = time.perf_counter()
    with tempfile.NamedTemporaryFile() as file:
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            for query in _COPY.values():
                await connection.copy_from_query(
                    query.format(tenant=tenant, after=after), output=file, format="csv"
                )
    return time.perf_counter() - began


async def _beside(
    pool: Any, host: SceneHost, canteen: Any, url: str, lake: Lake, seconds: float
) -> dict[str, Any]:
    """Payments and events together are 5,000 units a second; how far the lake falls behind."""
    context = multiprocessing.get_context("spawn")
    stop, ready = context.Event(), context.Event()
    child = context.Process(
        target=_export, args=(url, str(lake.folder.root), stop, ready), daemon=True
    )
    child.start()
    await asyncio.to_thread(ready.wait, 60)
    before = await _place(pool)
    behind: list[int] = []
    watch = asyncio.create_task(_watch(pool, behind))
    began = time.perf_counter()
    payments, errors = await asyncio.gather(
        _pay(host, canteen, seconds), _fill(pool, canteen.tenant.id, seconds)
    )
    took_s = time.perf_counter() - began
    reach, _ = await _place(pool)
    ended = time.perf_counter()
    for _ in range(1_200):
        if (await _place(pool))[1] >= reach:
            break
        await asyncio.sleep(0.05)
    caught_up_s = time.perf_counter() - ended
    watch.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watch
    stop.set()
    await asyncio.to_thread(child.join, 30)
    units = reach - before[0]
    return {"payments": payments[0], "refused": payments[1] + errors,
            "units_per_s": round(units / took_s, 1),
            "behind_most": max(behind, default=0), "caught_up_s": round(caught_up_s, 2)}  # fmt: skip


async def _pay(host: SceneHost, canteen: Any, seconds: float) -> tuple[int, int]:
    waiting: set[asyncio.Task[Any]] = set()
    errors = 0

    def over(task: asyncio.Task[Any]) -> None:
        nonlocal errors
        waiting.discard(task)
        errors += task.exception() is not None or task.result().refused

    start, count = time.perf_counter(), int(PER_S * seconds)
    for n in range(count):
        late = start + n / PER_S - time.perf_counter()
        if late > 0.002:
            await asyncio.sleep(late)
        task = asyncio.create_task(host.perform(canteen.call(n)))
        waiting.add(task)
        task.add_done_callback(over)
    await asyncio.gather(*waiting, return_exceptions=True)
    return count, errors


async def _fill(pool: Any, tenant: int, seconds: float) -> int:
    """What is said without money: the rest of the units, a tenth of a second's at a time."""
    many = (EVENTS_PER_S - PER_S) // 10
    start = time.perf_counter()
    said = Report(0, "bench", "page:1", "diner:d1", '{"page": "menu", "seconds": 4}', "")
    for n in range(int(seconds * 10)):
        await asyncio.sleep(max(0.0, start + n / 10 - time.perf_counter()))
        async with pool.acquire() as connection, connection.transaction():
            stamp = await lock_shard(connection, 1, [tenant], many)
            script = Script()
            append_events(script, stamp, [(k, tenant, said) for k in range(many)])
            await script.run(connection)
    return 0


async def _place(pool: Any) -> tuple[int, int]:
    row = await pool.fetchrow(
        "select s.seq, coalesce(r.seq, 0) from shard s left join reading r "
        "on r.shard = s.id and r.name = 'lake' where s.id = 1"
    )
    return row[0], row[1]


async def _watch(pool: Any, behind: list[int]) -> None:
    while True:
        reach, exported = await _place(pool)
        behind.append(reach - exported)
        await asyncio.sleep(0.1)


async def _lost(pool: Any, tenant: int, kinds: dict[str, Any]) -> int:
    """Rows of the log without one of the lake, or with more than one."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        events = await connection.fetchval("select count(*) from event")
        postings = await connection.fetchval("select count(*) from transfer")
    return abs(events - kinds["event"]["rows"]) + abs(postings - kinds["posting"]["rows"])


def _export(url: str, folder: str, stop: Signal, ready: Signal) -> None:
    import uvloop

    uvloop.run(_export_until(url, folder, stop, ready))


async def _export_until(url: str, folder: str, stop: Signal, ready: Signal) -> None:
    pool: Any = await open_pool(url, size_min=1, size_max=2)
    lake = Lake(pool, Folder(Path(folder)), pause_s=1.0)
    await lake.step()
    ready.set()
    while not stop.is_set():
        if not await lake.step():
            await asyncio.sleep(0.1)
    await lake.settle(snapshots=False)
    await pool.close()


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("rows a second of a backlog", result["events_per_s"], float(EVENTS_PER_S)),
        ("units written a second", result["units_per_s"], EVENTS_PER_S * 0.95),
        ("seconds until all is exported", result["caught_up_s"], -5.0),
        ("lost or doubled", float(result["lost_or_doubled"]), -0.0),
        ("refused", float(result["refused"]), -0.0),
    ]
