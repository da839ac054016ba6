"""A database that takes no writes for a while, as a replica or one that somebody has closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from enscene.storage import Database, connect


@asynccontextmanager
async def read_only(database: Database, pool: Any) -> AsyncIterator[None]:
    """Within the block no session of the pool writes."""
    admin = await connect(database.url_admin or "")
    name = await admin.fetchval("select current_database()")
    await admin.execute(f'alter database "{name}" set default_transaction_read_only = on')
    await pool.expire_connections()
    try:
        yield
    finally:
        await admin.execute("set transaction_read_only = off")
        await admin.execute(f'alter database "{name}" reset default_transaction_read_only')
        await pool.expire_connections()
        await admin.close()
