"""SQL of the command line: what it reads beside what the modules' doors give."""

from __future__ import annotations

from typing import Any

import asyncpg


async def enrolled_refs(
    connection: asyncpg.Connection[Any], tenant: int, scene: int
) -> frozenset[str]:
    """References of everybody who takes part in a scene."""
    rows = await connection.fetch(
        "select distinct p.ref from enrolment e join party p on p.tenant = e.tenant "
        "and p.id = e.party where e.tenant = $1 and e.scene = $2",
        tenant,
        scene,
    )
    return frozenset(row[0] for row in rows)
