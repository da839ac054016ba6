"""The site of `up`, from its beginning to its end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from enscene.cli import _site
from enscene.cli._site import Site, serve_site
from enscene.cli._up_steps import Up
from enscene.metering import store as metering_store
from enscene.tenants import create_tenant


async def test_a_call_that_is_answered_while_the_site_ends_is_written_down(
    database: Any, pool: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await create_tenant(pool, "one", "One", sandbox=True)
    is_up = asyncio.Event()

    @contextlib.asynccontextmanager
    async def serving(site: Site, *, port: int) -> AsyncIterator[str]:
        site._gateway.reads.count(tenant.id, "one.app", "scenes")
        is_up.set()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            site._gateway.reads.count(tenant.id, "one.app", "usage")

    monkeypatch.setattr(_site, "serving", serving)
    monkeypatch.setattr(_site, "fetch_assets", lambda home: None)
    up = Up(home=tmp_path, database=database, arguments=argparse.Namespace(port=8700))
    work = asyncio.create_task(serve_site(up))
    await is_up.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    async with metering_store.reading(pool, [tenant.id]) as connection:
        rows = await connection.fetch("select operation, quantities from meter_reading order by 1")
    assert [tuple(row) for row in rows] == [("scenes", [1]), ("usage", [1])]
    assert [tuple(row) for row in await pool.fetch("select ended from meter_counter")] == [(True,)]
