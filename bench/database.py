"""A database of its own for one benchmark, on the server that `./enscene` runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from enscene.storage import Database
from enscene.storage.database import OWNER_ROLE
from enscene.storage.migrations import migrate

NAME = "enscene_bench"


@asynccontextmanager
async def bench_database(server: Database) -> AsyncIterator[Database]:
    """A migrated, empty database; dropped at the end."""
    assert server.url_admin is not None, "benchmarks run on a server of our own"
    admin = await asyncpg.connect(server.url_admin)
    try:
        await admin.execute(f"drop database if exists {NAME} with (force)")
        await admin.execute(f"create database {NAME} owner {OWNER_ROLE} template template0")
        database = server.named(NAME)
        await migrate(database)
        yield database
    finally:
        await admin.execute(f"drop database if exists {NAME} with (force)")
        await admin.close()
