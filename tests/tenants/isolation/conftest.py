"""The two banks, built once for all tests here; each test goes in by connections of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from enscene.scenes.language import load_pack
from enscene.storage import Database, open_pool
from tenants.isolation.town import PACKS, Town, build_town, open_town
from testserver import TestServer


@pytest.fixture(scope="session")
def town_database(test_server: TestServer) -> Database:
    """200 tenants, as they are before anybody tries."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = test_server.shared(f"town_{worker}")
    asyncio.run(_build(database))
    return database


async def _build(database: Database) -> None:
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    pool = await open_pool(database.url_app, size_max=8)
    try:
        await build_town(pool, pack)
    finally:
        await pool.close()


@pytest.fixture
async def town(town_database: Database) -> AsyncIterator[Town]:
    """The town with its programs running."""
    pool: Any = await open_pool(town_database.url_app, size_max=8)
    made = await open_town(town_database, pool)
    yield made
    await made.close()
    await pool.close()
