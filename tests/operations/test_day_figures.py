"""The figures of a day are those of its events and transfers, whenever the day begins."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commit.orders import make_place
from enscene.commit import admit
from enscene.operations import store

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
EVENTS = """
insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts)
select $1, u.seq, $2, u.at, u.scene, 'act', 's', 'a', '{}'
  from unnest($3::bigint[], $4::timestamptz[], $5::int[]) as u(seq, at, scene)"""
TRANSFERS = """
insert into transfer (tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, cr_balance,
                      scene, flow)
select $1, u.seq, 0, u.at, $5, $6, 1, 'CNY', 0, 0, 0, u.scene, 'flow'
  from unnest($2::bigint[], $3::timestamptz[], $4::int[]) as u(seq, at, scene)"""


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_found_by_halving_is_what_is_there(pool: Any, seed: int) -> None:
    """Numbers with gaps, several events of one moment, two scenes in one log, and an empty one."""
    rng = random.Random(seed)
    place = await make_place(pool)
    tenant = place.tenants[0]
    seq, at, rows = rng.choice([0, 10**9]), BEGAN, []
    for _ in range(rng.choice([1, 7, 120])):
        seq += rng.choice([1, 1, 2, 500])
        at += timedelta(seconds=rng.choice([0, 0, 1, 3_600]))
        rows.append((seq, at, rng.choice([1, 2])))
    columns = list(zip(*rows, strict=True))
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        for scene in (1, 2, 3):
            await connection.execute(
                "insert into scene (tenant, id, ref, name, pack) values ($1, $2, $3, '', '')",
                tenant,
                scene,
                f"s{scene}",
            )
        await connection.execute(EVENTS, place.shard, tenant, *columns)
        accounts = place.accounts[tenant, 0], place.accounts[tenant, 1]
        await connection.execute(TRANSFERS, tenant, *columns, *accounts)
        moments = {row[1] for row in rows} | {BEGAN - timedelta(days=1), at + timedelta(days=1)}
        for since in sorted(moments | {moment + timedelta(microseconds=1) for moment in moments}):
            cards = {c["id"]: c for c in await store.list_scenes(connection, tenant, since, None)}
            for scene in (1, 2, 3):
                there = sum(row[1] >= since and row[2] == scene for row in rows)
                totals = await store.read_totals(connection, tenant, scene, since)
                moved = await store.read(connection, "volumes", tenant, scene, since)
                acted = await store.read(connection, "by_action", tenant, scene, since)
                assert (totals["acts"], totals["transfers"], totals["minor"]) == (there,) * 3
                assert sum(row["moves"] for row in moved) == there
                assert sum(row["times"] for row in acted) == there
                assert (cards[scene]["acts"], cards[scene]["transfers"]) == (there, there)
