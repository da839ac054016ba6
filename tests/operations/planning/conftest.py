"""A bank with two live scenes of the canteen, and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from enscene.commit import admit
from enscene.operations import Templates
from enscene.operations.planning import CRITERIA, Point, add_candidate, score_entry
from enscene.tenants import create_tenant
from scenes.language.edited import PACKS, load


@pytest.fixture(scope="session")
def templates() -> Templates:
    names = ("smart_canteen", "travel", "business_district")
    return Templates({name: load(PACKS / name) for name in names}, {})


@pytest.fixture
async def tenant(pool: Any) -> int:
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    return (await create_tenant(pool, "bank", "bank", sandbox=True)).id


async def live_scene(pool: Any, tenant: int, number: int, ref: str, **profile: str) -> None:
    """A scene that went live without anybody of these tests."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into scene (tenant, id, ref, name, pack, state, profile, live_at) "
            "values ($1, $2, $3, $3, 'smart_canteen', 'live', $4, now())",
            tenant, number, ref, profile,
        )  # fmt: skip


async def candidate(
    pool: Any, tenant: int, templates: Templates, ref: str, points: int | None = None, **given: Any
) -> None:
    """A candidate, scored alike by every criterion if points are given."""
    await add_candidate(pool, tenant, ref, {"name": ref} | given, templates.packs, "ann")
    if points is not None:
        await score_entry(pool, tenant, ref, alike(points), "ann")


def alike(points: int, **others: int) -> Mapping[str, Point]:
    return {each: Point(others.get(each, points), "counted") for each in CRITERIA}
