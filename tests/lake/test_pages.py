"""Whatever the pages and however they are put together, the lake holds the log once."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.lake import File, Folder, Lake
from enscene.lake.compact import pick_together
from enscene.storage import Database, open_pool
from lake.logs import Killed, bank, happen, is_whole, killing
from testserver import TestServer

CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from enscene.lake import Folder, Lake
from enscene.storage import open_pool

def watch(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    pool = await open_pool(sys.argv[1])
    await Lake(pool, Folder(Path(sys.argv[2])), page=4, watch=watch).settle()

asyncio.run(main())
"""
STEPS = ("read", "file", "written", "inserted", "committed", "replacing", "replaced", "kept")


@settings(max_examples=8)
@given(
    page=st.integers(1, 12),
    days=st.integers(1, 3),
    rounds=st.lists(
        st.tuples(
            st.lists(st.integers(0, 2), max_size=9),
            st.sampled_from([None, *STEPS]),
            st.integers(1, 4),
        ),
        min_size=1,
        max_size=5,
    ),
)
async def test_any_pages_with_any_kills(
    test_server: TestServer, tmp_path_factory: pytest.TempPathFactory, page: int, days: int,
    rounds: list[tuple[list[int], str | None, int]],
) -> None:  # fmt: skip
    folder = Folder(tmp_path_factory.mktemp("lake") / "lake")
    async with test_server.clone() as database:
        pool: Any = await open_pool(database.url_app, size_max=4)
        try:
            await _rounds(pool, folder, page, days, rounds)
        finally:
            await pool.close()


async def _rounds(pool: Any, folder: Folder, page: int, days: int, rounds: Any) -> None:
    tenants = [
        (await bank(pool, ref, shard)).id for ref, shard in (("one", 1), ("two", 1), ("three", 2))
    ]
    for who, at, times in rounds:
        for shard in (1, 2):
            here = [tenants[n] for n in who if (n == 2) == (shard == 2)]
            await happen(pool, here, shard, days)
        watch = killing(at, times) if at is not None else lambda step: None
        lake = Lake(pool, folder, page=page, watch=watch)
        try:
            await lake.settle()
        except Killed:
            continue
        await is_whole(pool, lake)
    after = Lake(pool, folder, page=page)
    await after.settle()
    await is_whole(pool, after)


async def test_a_page_without_events_is_not_the_end(pool: Any, tmp_path: Path) -> None:
    tenant = await bank(pool)
    await happen(pool, [])
    await happen(pool, [tenant.id])
    lake = Lake(pool, Folder(tmp_path / "lake"), page=1)
    await lake.settle()
    await is_whole(pool, lake)


@pytest.mark.parametrize("at", ["file", "inserted", "committed", "replaced"])
async def test_a_process_that_is_killed(
    database: Database, pool: Any, tmp_path: Path, at: str
) -> None:
    tenant = await bank(pool)
    for _ in range(12):
        await happen(pool, [tenant.id] * 2)
    place = tmp_path / "lake"
    for _ in range(2):
        ended = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", CHILD, database.url_app, str(place), at],
            check=False, timeout=60, capture_output=True,
        )  # fmt: skip
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    after = Lake(pool, Folder(place), page=4)
    await after.settle()
    await is_whole(pool, after)


def file(n: int, tier: int, size: int) -> File:
    return File(
        1, UUID(int=n), "event", date(2026, 1, 1), 1, n * 10, n * 10 + 9, 10, size, "", tier
    )


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 120)), max_size=40),
    st.booleans(),
    st.integers(2, 8),
)
def test_what_is_put_together_are_neighbours_and_not_too_large(
    sizes: list[tuple[int, int]], idle: bool, together: int
) -> None:
    files = [file(n, tier, size) for n, (tier, size) in enumerate(sizes)]
    picked = pick_together(files, idle=idle, together=together, large_bytes=100)
    if not picked:
        return
    at = files.index(picked[0])
    assert files[at : at + len(picked)] == picked
    assert sum(each.bytes for each in picked) <= 100
    assert len(picked) >= 2
    if not idle:
        assert len(picked) == together
        assert len({each.tier for each in picked}) == 1


@given(st.integers(0, 3000))
def test_a_day_of_many_pages_stands_in_few_files(pages: int) -> None:
    files: list[File] = []
    written = 0
    for n in range(pages):
        files.append(file(n, 0, 1))
        while picked := pick_together(files):
            at, size = files.index(picked[0]), sum(each.bytes for each in picked)
            one = file(int(picked[0].id), picked[0].tier + 1, size)
            files[at : at + len(picked)] = [one]
            written += size
    assert len(files) <= 7 * 4
    assert written <= 4 * pages, "each row is written anew four times at most"
