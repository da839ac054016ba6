"""The night's indicators over a month of events and postings that are already in the lake: seconds,
memory, and how fast a board reads what came of it.

`--rounds 1` measures ten million events, 2 thirty million as well, 3 a hundred million too; `--short`
one million. The figures are computed by a process of its own, whose memory it is. Files are written
under TMPDIR: some 6 GB for a hundred million."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import tempfile
import time
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.lake_rows import DAYS, MONTH, write_lake
from enscene.commit import admit
from enscene.lake import File, Folder, Lake, show_lake
from enscene.lake.store import insert_files
from enscene.operations.indicators import Grain, compute_indicators, read_catalogue, read_values
from enscene.storage import Database, open_pool
from enscene.tenants import create_tenant

SIZES = (10_000_000, 30_000_000, 100_000_000)
SHORT = (1_000_000,)
PEOPLE = 1_000_000
DAY = MONTH + timedelta(days=DAYS - 1)
MEMORY_GB = 6.0


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """By size; and the largest of each figure."""
    sizes = SHORT if seconds < 1 else SIZES[:rounds]
    pool: Any = await open_pool(server.url_app, size_min=1, size_max=4)
    try:
        await pool.execute("insert into shard (id) values (1) on conflict do nothing")
        found = {str(size): await _measure(server, pool, size) for size in sizes}
    finally:
        await pool.close()
    each = list(found.values())
    costs = [figures["seconds_per_million"] for figures in each]
    return {
        "sizes": found,
        "seconds": max(figures["seconds"] for figures in each),
        "memory_gb": max(figures["memory_gb"] for figures in each),
        "board_s": max(figures["board_s"] for figures in each),
        "against_linear": round(costs[-1] / costs[0], 3),
    }


async def _measure(server: Database, pool: Any, events: int) -> dict[str, Any]:
    people = min(PEOPLE, events // 10)
    tenant = (await create_tenant(pool, f"lake-{events}", "lake", sandbox=True)).id
    with tempfile.TemporaryDirectory(prefix="enscene-lake-") as place:
        folder = Folder(Path(place) / "lake")
        began = time.perf_counter()
        files = await asyncio.to_thread(write_lake, folder, events, people, tenant)
        written_s = time.perf_counter() - began
        await _make_known(pool, tenant, files)
        computed = await asyncio.to_thread(_in_a_process, server.url_app, folder.root, tenant)
        kinds = (await show_lake(pool, Lake(pool, folder)))["kinds"]
        boards = await _boards(pool, tenant)
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.execute("delete from lake_file where tenant = $1", tenant)
    return {
        "events": events, "postings": events // 5, "people": people,
        "bytes": sum(file.bytes for file in files), "written_s": round(written_s, 1),
        "files": sum(kind["files"] for kind in kinds.values()), **computed,
        "seconds_per_million": round(computed["seconds"] / events * 1e6, 3), **boards,
    }  # fmt: skip


async def _make_known(pool: Any, tenant: int, files: list[File]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await insert_files(connection, files)


async def _boards(pool: Any, tenant: int) -> dict[str, Any]:
    """What a board reads: all figures of all scenes, of the day and of the month; the slowest."""
    names, grains = [each.id for each in read_catalogue().indicators], ("day", "week", "month")
    slowest, rows = 0.0, 0
    for _ in range(5):
        for grain in grains:
            began = time.perf_counter()
            async with pool.acquire() as connection, connection.transaction(readonly=True):
                await admit(connection, [tenant])
                told: Grain = grain  # type: ignore[assignment]
                values = await read_values(connection, tenant, names, told, MONTH, DAY)
            slowest, rows = max(slowest, time.perf_counter() - began), rows + len(values)
    return {"board_s": round(slowest, 4), "board_rows": rows // 5}


def _in_a_process(url: str, root: Path, tenant: int) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_compute, args=(there, url, str(root), tenant), daemon=True)
    child.start()
    there.close()
    try:
        told: dict[str, Any] = here.recv()
    finally:
        child.join(30)
    return told


def _compute(out: Connection, url: str, root: str, tenant: int) -> None:
    import uvloop

    out.send(uvloop.run(_compute_day(url, root, tenant)))


async def _compute_day(url: str, root: str, tenant: int) -> dict[str, Any]:
    pool: Any = await open_pool(url, size_min=1, size_max=2)
    try:
        computed = await compute_indicators(pool, Lake(pool, Folder(Path(root))), DAY, [tenant])
    finally:
        await pool.close()
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": computed.seconds, "rows": computed.rows,
            "memory_gb": round(peak_kb / 2**20, 3)}  # fmt: skip


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("seconds of the night's indicators", result["seconds"], -600.0),
        ("memory, GB", result["memory_gb"], -MEMORY_GB),
        ("seconds of a board's read", result["board_s"], -2.0),
        ("cost of an event at the largest size, of that at the smallest",
         result["against_linear"], -1.3),
    ]  # fmt: skip
