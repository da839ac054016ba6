"""Units of a shard whose numbers, days and money are known, and what a lake holds of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from enscene.commit import admit
from enscene.lake import Folder, Lake
from enscene.tenants import Tenant, create_tenant

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
_EVENT = """
insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts)
values ($1, $2, $3, $4, 0, 'pay', $5, $6, $7)"""
_TRANSFER = """
insert into transfer (tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, cr_balance,
                      scene, flow)
values ($1, $2, $3, $4, 1, 2, $5, 'CNY', 0, 0, 0, 0, 'price')"""


class Killed(BaseException):
    """The process ends here."""


def killing(at: str, times: int = 1) -> Any:
    """What a lake calls at each step; at the given one it is killed."""
    left = times

    def watch(step: str) -> None:
        nonlocal left
        if step == at:
            left -= 1
            if left == 0:
                raise Killed(step)

    return watch


async def bank(pool: Any, ref: str = "bank", shard: int = 1) -> Tenant:
    """A tenant on a shard, which is made if it is not there."""
    await pool.execute("insert into shard (id) values ($1) on conflict do nothing", shard)
    made = await create_tenant(pool, ref, ref, sandbox=True)
    await pool.execute("update tenant set shard = $2 where id = $1", made.id, shard)
    return made


async def happen(pool: Any, tenants: Sequence[int], shard: int = 1, days: int = 1) -> None:
    """One unit for each of the tenants: an event, and as many postings as its number leaves by
    three. Some numbers are nobody's."""
    async with pool.acquire() as connection, connection.transaction():
        base = await connection.fetchval(
            "update shard set seq = seq + $2 where id = $1 returning seq - $2",
            shard, len(tenants) + 1,
        )  # fmt: skip
        await admit(connection, sorted(set(tenants)))
        for n, tenant in enumerate(tenants, start=1):
            seq = base + n
            at = DAY + timedelta(days=seq % days, seconds=seq)
            said = {"note": f'{seq}, "said"\nso', "empty": ""}
            await connection.execute(
                _EVENT, shard, seq, tenant, at, f"meal:{seq}", f"diner:d{seq}", said
            )
            for k in range(seq % 3):
                await connection.execute(_TRANSFER, tenant, seq, k, at, seq * 100 + k)


async def logged(pool: Any) -> dict[str, list[tuple[Any, ...]]]:
    """The log and the ledger as the database has them."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        tenants = [row[0] for row in await connection.fetch("select id from tenant")]
        await admit(connection, tenants)
        events = await connection.fetch(
            "select tenant, seq, at, action, subject, actor, facts::text from event order by shard, seq"
        )
        postings = await connection.fetch(
            "select tenant, seq, n, at, amount, currency, flow from transfer order by tenant, seq, n"
        )
    return {"event": [tuple(r) for r in events], "posting": [tuple(r) for r in postings]}


async def exported(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """The same, as the lake's files have them."""
    wanted = {
        "event": ("tenant", "seq", "at", "action", "subject", "actor", "facts"),
        "posting": ("tenant", "seq", "n", "at", "amount", "currency", "flow"),
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    shards: dict[int, int] = {}
    for kind, names in wanted.items():
        rows = []
        for file in await lake.files([kind]):
            table = pq.read_table(lake.folder.at(file), partitioning=None)
            assert table.num_rows == file.rows
            assert set(table["day"].to_pylist()) == {file.day}
            assert set(table["tenant"].to_pylist()) == {file.tenant}
            seqs = table["seq"].to_pylist()
            assert (min(seqs), max(seqs)) == (file.first, file.last)
            assert seqs == sorted(seqs)
            shards[file.tenant] = file.shard
            rows += [tuple(row[name] for name in names) for row in table.to_pylist()]
        by_shard = (lambda r: (shards[r[0]], r[1])) if kind == "event" else (lambda r: r[:3])
        found[kind] = sorted(rows, key=by_shard)
    return found


def standing(folder: Folder) -> set[Path]:
    """Every Parquet file in the folder, those that are being written among them."""
    return set(folder.root.rglob("*.parquet"))


def texts(folder: Folder) -> str:
    """Every string that stands in any file there."""
    said: list[str] = []
    for path in standing(folder):
        table = pq.read_table(path, partitioning=None)
        for column in table.columns:
            if pa.types.is_string(column.type):
                said += [text for text in column.to_pylist() if text is not None]
    return "\n".join(said)


async def is_whole(pool: Any, lake: Lake) -> None:
    """The lake holds what was committed, once, and its folder nothing else."""
    assert await exported(lake) == await logged(pool)
    files = await lake.files()
    known = {lake.folder.at(file) for file in files}
    assert await asyncio.to_thread(standing, lake.folder) == known
