"""What was committed stands in the lake once, whoever is killed when."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from enscene.commit import admit
from enscene.lake import KINDS, Folder, Lake, check_lake, lake_paths, read_lake, show_lake
from enscene.operations._rehearsal_store import forget_tenant, insert_tenant
from lake.logs import Killed, bank, exported, happen, is_whole, killing, standing


async def test_events_and_postings_are_exported_by_tenant_and_day(
    pool: Any, tmp_path: Path
) -> None:
    one, two = await bank(pool, "one"), await bank(pool, "two")
    for _ in range(3):
        await happen(pool, [one.id, two.id, one.id], days=3)
    lake = Lake(pool, Folder(tmp_path / "lake"), page=5)
    assert await lake.settle() == 9 + 9
    await is_whole(pool, lake)
    places = {(f.kind, f.tenant, str(f.day)) for f in await lake.files(["event"])}
    assert places == {("event", t.id, f"2026-03-0{day}") for t in (one, two) for day in (1, 2, 3)}
    assert await lake.settle() == 0, "once"
    await happen(pool, [two.id])
    assert await lake.settle() > 0
    await is_whole(pool, lake)


async def test_a_rehearsal_is_not_exported_and_can_be_forgotten(pool: Any, tmp_path: Path) -> None:
    kept = await bank(pool, "kept")
    async with pool.acquire() as connection, connection.transaction():
        played = await insert_tenant(connection, 7, "rehearsal-1", "Asia/Shanghai", "CNY")
    await happen(pool, [kept.id])
    await happen(pool, [played, played], shard=7)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await lake.settle()
    while await lake.step():
        pass
    assert {file.tenant for file in await lake.files()} == {kept.id}
    assert [each["shard"] for each in (await show_lake(pool, lake))["shards"]] == [1]
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [played])
        await forget_tenant(connection, played)
    assert await pool.fetchval("select count(*) from tenant where id = $1", played) == 0


@pytest.mark.parametrize(
    ("at", "times"),
    [("read", 1), ("read", 2), ("file", 1), ("file", 3), ("written", 2), ("inserted", 1),
     ("inserted", 3), ("committed", 1), ("replacing", 1), ("replacing", 8), ("replaced", 2),
     ("replaced", 14), ("kept", 2), ("kept", 14)],
)  # fmt: skip
async def test_killed_anywhere_it_loses_and_doubles_nothing(
    pool: Any, tmp_path: Path, at: str, times: int
) -> None:
    tenants = [(await bank(pool, ref)).id for ref in ("one", "two")]
    for _ in range(10):
        await happen(pool, tenants)
    folder = Folder(tmp_path / "lake")
    with pytest.raises(Killed):
        await Lake(pool, folder, page=3, watch=killing(at, times)).settle()
    after = Lake(pool, folder, page=3)
    await after.settle()
    await is_whole(pool, after)
    assert await check_lake(after) == []


async def test_two_that_export_at_once_export_once(pool: Any, tmp_path: Path) -> None:
    tenant = await bank(pool)
    for _ in range(12):
        await happen(pool, [tenant.id, tenant.id])
    folder = Folder(tmp_path / "lake")
    lakes = [Lake(pool, folder, page=4, pause_s=0) for _ in range(2)]
    await asyncio.gather(*(lake.settle() for lake in lakes))
    await is_whole(pool, lakes[0])
    with folder.held() as has:
        assert has
        await happen(pool, [tenant.id])
        assert await lakes[1].step() == 0, "somebody else writes"
    assert await lakes[1].step() > 0


async def test_without_the_lock_of_the_folder_the_place_in_the_log_decides(
    pool: Any, tmp_path: Path
) -> None:
    """As on two machines that take the same folder for theirs."""
    tenant = await bank(pool)
    first = Lake(pool, Folder(tmp_path / "lake"))
    await first.settle()
    await happen(pool, [tenant.id] * 6)
    overtaken: list[int] = []

    class Late(Lake):
        def _write(self, page: Any) -> Any:
            files = super()._write(page)
            overtaken.append(asyncio.run_coroutine_threadsafe(first.settle(), loop).result(30))
            return files

    loop = asyncio.get_running_loop()
    late = Late(pool, Folder(tmp_path / "lake"))
    assert await late._take(1) is None
    assert overtaken[0] > 0
    await is_whole(pool, first)


async def test_a_shard_and_a_tenant_that_come_later_are_exported_whole(
    pool: Any, tmp_path: Path
) -> None:
    one = await bank(pool, "one")
    await happen(pool, [one.id])
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await lake.settle()
    two, three = await bank(pool, "two", shard=7), await bank(pool, "three")
    await happen(pool, [two.id, two.id], shard=7)
    await happen(pool, [three.id, one.id])
    await lake.settle()
    await is_whole(pool, lake)
    assert {f.shard for f in await lake.files(["event"])} == {1, 7}


async def test_a_page_that_is_not_full_waits(pool: Any, tmp_path: Path) -> None:
    tenant = await bank(pool)
    lake = Lake(pool, Folder(tmp_path / "lake"), pause_s=3600)
    while await lake.step():
        pass
    await happen(pool, [tenant.id])
    assert await lake.step() == 0
    assert (await show_lake(pool, lake))["shards"][0]["behind"] == 2


async def test_what_is_missing_or_damaged_is_found_and_made_anew(pool: Any, tmp_path: Path) -> None:
    tenant = await bank(pool)
    for _ in range(3):
        await happen(pool, [tenant.id] * 3, days=3)
    folder = Folder(tmp_path / "lake")
    lake = Lake(pool, folder)
    await lake.settle()
    assert await check_lake(lake) == []
    gone, bad, *_ = await lake.files(["event"])
    folder.at(gone).unlink()
    content = bytearray(folder.at(bad).read_bytes())
    content[len(content) // 2] ^= 1
    folder.at(bad).write_bytes(content)
    found = await check_lake(lake)
    assert found == [(gone, "missing"), (bad, "damaged")]
    assert await lake.mend([file for file, _ in found]) == 2
    await is_whole(pool, lake)
    assert await check_lake(lake) == []
    # What is missing is seen by whoever starts.
    folder.at((await lake.files(["posting"]))[0]).unlink()
    await Lake(pool, folder).settle()
    assert await check_lake(lake) == []


async def test_what_nobody_knows_of_goes(pool: Any, tmp_path: Path) -> None:
    await bank(pool)
    folder = Folder(tmp_path / "lake")
    await Lake(pool, folder).settle()
    for place in (folder.root / ".writing", folder.root / "event" / "tenant=9" / "day=2026-01-01"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "x.parquet").write_bytes(b"half")
    before = {path for path in standing(folder) if path.name != "x.parquet"}
    with folder.reading():
        lake = Lake(pool, folder)
        await lake.step()
        assert standing(folder) > before, "somebody reads"
    await lake.step()
    assert standing(folder) == before


async def test_it_is_read_as_tables(pool: Any, tmp_path: Path) -> None:
    tenant = await bank(pool)
    for _ in range(2):
        await happen(pool, [tenant.id] * 3)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    async with read_lake(lake) as empty:
        assert set(empty.list_tables()) == set(KINDS)
        assert empty.table("event").count().to_pyarrow().as_py() == 0
    await lake.settle()
    async with read_lake(lake) as tables:
        postings = tables.table("posting")
        paid = postings.filter(postings.kind == "post").amount.sum().to_pyarrow().as_py()
        assert paid == sum(row[4] for row in (await exported(lake))["posting"])
        assert tables.table("tenant").ref.to_pyarrow().to_pylist() == ["bank"]
        assert str(tables.table("event").at.type()) == "timestamp('UTC', 6)"
        for kind, columns in KINDS.items():
            assert tables.table(kind).columns == tuple(c.name for c in columns)
        # As plain Parquet, by the names of its folders.
        held = tables.raw_sql(
            f"select count(*), min(tenant), min(day) from read_parquet('{lake.folder.root}/event/*/*/*')"
        ).fetchone()
        assert (held[0], held[1], str(held[2])) == (6, tenant.id, "2026-03-01")


async def test_files_stay_as_long_as_somebody_reads_them(pool: Any, tmp_path: Path) -> None:
    tenant = await bank(pool)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    for _ in range(7):
        await happen(pool, [tenant.id])
        await lake.settle(snapshots=False)
    async with lake_paths(lake, ["event"]) as paths:
        assert len(paths["event"]) == 7
        await happen(pool, [tenant.id])
        await lake.settle(snapshots=False)
        assert len(await lake.files(["event"])) == 1, "put together"
        assert all(path.exists() for path in paths["event"])
    await Lake(pool, lake.folder).settle(snapshots=False)
    await is_whole(pool, lake)
