"""The lake follows an erasure: nothing of the person is left in any file, and sums stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from enscene.commit import admit
from enscene.lake import Folder, Lake, note_erasure, show_lake
from lake.logs import Killed, bank, exported, happen, is_whole, killing, standing, texts

WHO = "canary-7f3a"


async def erase(pool: Any, tenant: int, seqs: list[int]) -> None:
    """As the sweep of a person does it: rows of the log change, and the lake is told."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "update event set actor = 'diner:erased-1', facts = '{}' where tenant = $1 and seq = any($2)",
            tenant, seqs,
        )  # fmt: skip
        await connection.execute(
            "update party set ref = 'erased-1', name = '' where tenant = $1 and ref = $2",
            tenant,
            WHO,
        )
        await note_erasure(connection, tenant, seqs)


async def told_of(pool: Any, tenant: int, seqs: list[int]) -> None:
    """A party whose name stands in these events."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into party (tenant, ref, kind, name) values ($1, $2, 'person', 'Canary') "
            "on conflict do nothing", tenant, WHO,
        )  # fmt: skip
        await connection.execute(
            "update event set actor = $3, facts = $4 where tenant = $1 and seq = any($2)",
            tenant, seqs, f"diner:{WHO}", {"parties": {"diner": WHO}},
        )  # fmt: skip


@pytest.fixture
async def told(pool: Any, tmp_path: Path) -> tuple[Any, int, Folder]:
    """A lake in which somebody stands: in a file of many pages, in one of one page, and in the
    snapshot of parties."""
    tenant = (await bank(pool)).id
    folder = Folder(tmp_path / "lake")
    lake = Lake(pool, folder, page=2)
    for _ in range(12):
        await happen(pool, [tenant])
    await told_of(pool, tenant, [3, 13, 21, 23])
    await lake.settle()
    assert WHO in texts(folder)
    return lake, tenant, folder


async def test_nothing_of_the_person_is_left_and_sums_stay(
    pool: Any, told: tuple[Lake, int, Folder]
) -> None:
    lake, tenant, folder = told
    money = (await exported(lake))["posting"]
    other = {f.id for f in await lake.files(["posting"])}
    await erase(pool, tenant, [3, 13, 21, 23])
    assert (await show_lake(pool, lake))["erasures"] == 1
    await lake.step()
    assert WHO not in texts(folder)
    assert "erased-1" in texts(folder)
    await is_whole(pool, lake)
    assert (await exported(lake))["posting"] == money
    assert {f.id for f in await lake.files(["posting"])} == other, "they name nobody"
    assert (await show_lake(pool, lake))["erasures"] == 0


@pytest.mark.parametrize(
    ("at", "times"),
    [("replacing", 1), ("replaced", 1), ("kept", 1), ("replacing", 2), ("kept", 2), ("renewed", 1)],
)
async def test_killed_in_the_middle_whoever_comes_next_goes_on(
    pool: Any, told: tuple[Lake, int, Folder], at: str, times: int
) -> None:
    _, tenant, folder = told
    await erase(pool, tenant, [3, 13, 21, 23])
    with pytest.raises(Killed):
        await Lake(pool, folder, watch=killing(at, times)).step()
    after = Lake(pool, folder)
    await after.step()
    assert WHO not in texts(folder)
    await is_whole(pool, after)


async def test_what_is_exported_meanwhile_is_covered(
    pool: Any, told: tuple[Lake, int, Folder]
) -> None:
    """A page was read before the erasure, and becomes a file of the lake after it."""
    _, tenant, folder = told
    await happen(pool, [tenant])
    seq = 25
    await told_of(pool, tenant, [seq])
    first = True

    class Slow(Lake):
        async def _take(self, shard: int) -> int:
            nonlocal first
            if first:
                first = False
                page = await self._read(shard)
                await erase(pool, tenant, [3, 13, 21, 23, seq])
                return await self._commit(page)
            return await super()._take(shard)

    slow = Slow(pool, folder, pause_s=0)
    await slow.step()
    assert WHO in texts(folder), "the page was of before"
    await slow.step()
    assert WHO not in texts(folder)
    await is_whole(pool, slow)


async def test_it_waits_for_who_reads_and_then_goes(
    pool: Any, told: tuple[Lake, int, Folder]
) -> None:
    lake, tenant, folder = told
    await erase(pool, tenant, [3, 13, 21, 23])
    with folder.reading():
        await lake.step()
        assert all(
            WHO not in text
            for file in await lake.files()
            for column in pq.read_table(folder.at(file), partitioning=None).columns
            for text in map(str, column.to_pylist())
        ), "no file of the lake tells it"
        assert WHO in texts(folder), "but the disk does"
        assert (await show_lake(pool, lake))["erasures"] == 1
    await lake.step()
    assert WHO not in texts(folder)
    assert (await show_lake(pool, lake))["erasures"] == 0


async def test_a_file_that_is_missing_or_damaged_is_made_anew_for_it(
    pool: Any, told: tuple[Lake, int, Folder]
) -> None:
    lake, tenant, folder = told
    gone, bad = [
        file
        for file in await lake.files(["event"])
        if any(file.first <= seq <= file.last for seq in (3, 21))
    ]
    folder.at(gone).unlink()
    folder.at(bad).write_bytes(b"x" * bad.bytes)
    await erase(pool, tenant, [3, 13, 21, 23])
    await lake.step()
    assert WHO not in texts(folder)
    await is_whole(pool, lake)


async def test_whoever_is_killed_while_writing_leaves_nothing_behind(
    pool: Any, told: tuple[Lake, int, Folder]
) -> None:
    lake, tenant, folder = told
    await erase(pool, tenant, [3, 13, 21, 23])
    left = folder.root / ".writing" / "01.parquet"
    left.write_bytes(next(iter(standing(folder))).read_bytes())
    await lake.step()
    assert not left.exists()
    assert WHO not in texts(folder)
