"""The tenant that a replay writes into: made at the first run, met again at the next."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.kernel.errors import NotFound
from enscene.tenants import Tenant, create_tenant, find_tenant


async def replay_tenant(pool: asyncpg.Pool[Any], ref: str, *, zone: str, currency: str) -> Tenant:
    """The tenant of that ref, a sandbox of its own."""
    try:
        return await find_tenant(pool, ref)
    except NotFound:
        return await create_tenant(pool, ref, ref, zone=zone, currency=currency, sandbox=True)
