"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import asyncio

import asyncpg

from enscene.api.auth.store import Pool
from enscene.api.http import Response
from enscene.kernel.errors import Unavailable

PATIENCE_S = 2.0


def live() -> Response:
    """`GET /health/live`: the process answers."""
    return Response(b'{"status":"live"}')


async def ready(pool: Pool) -> Response:
    """`GET /health/ready`: the database answers too. Raises: Unavailable."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await pool.fetchval("select 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        raise Unavailable("the database does not answer", code="unavailable.database") from None
    return Response(b'{"status":"ready"}')
