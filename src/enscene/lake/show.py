"""What stands in the lake, and whether it is what was written."""

from __future__ import annotations

import asyncio
from typing import Any

from enscene.commit import admit
from enscene.lake import store
from enscene.lake.folder import File, Folder
from enscene.lake.lake import Lake


async def show_lake(pool: store.Pool, lake: Lake) -> dict[str, Any]:
    """By kind: files, rows, bytes and days; by shard: numbers of the log that are not exported yet
    and how old the oldest event among them is, in seconds; erasures that the lake has to follow."""
    kinds: dict[str, dict[str, Any]] = {}
    for file in await lake.files():
        told = kinds.setdefault(file.kind, {"files": 0, "rows": 0, "bytes": 0, "days": 0})
        for name, more in (("files", 1), ("rows", file.rows), ("bytes", file.bytes)):
            told[name] += more
    days = {(file.kind, file.tenant, file.day) for file in await lake.files() if file.day}
    for kind, told in kinds.items():
        told["days"] = sum(day[0] == kind for day in days)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, await store.read_tenants(connection))
        lag = await store.read_lag(connection)
        erasures = len(await store.list_erasures(connection))
    shards = [
        {"shard": shard, "exported": seq, "behind": reach - seq, "behind_s": round(age_s, 1)}
        for shard, seq, reach, age_s in lag
    ]
    return {"kinds": kinds, "shards": shards, "erasures": erasures}


async def check_lake(lake: Lake) -> list[tuple[File, str]]:
    """Files that are not what was written, and why: `missing` or `damaged`."""
    files = await lake.files()
    return await asyncio.to_thread(lambda: _check(lake.folder, files))


def _check(folder: Folder, files: list[File]) -> list[tuple[File, str]]:
    from enscene.lake.parquet import digest_of

    found = []
    for file in files:
        try:
            if digest_of(folder.at(file)) != file.sha256:
                found.append((file, "damaged"))
        except FileNotFoundError:
            found.append((file, "missing"))
    return found
