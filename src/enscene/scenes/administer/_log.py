"""Administrative acts take the shard's lock and a number in its log, like every other act.

They take it before they touch any row: whoever waits for a row then holds the shard, so no two
wait for each other.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from enscene.commit import Report, Script, Stamp, append_events, lock_shard


async def lock(connection: asyncpg.Connection[Any], tenant: int) -> Stamp:
    """Hold the tenant's shard until the transaction ends; one number is taken.

    The transaction sees this tenant's rows from here on.
    """
    shard = await connection.fetchval("select shard from tenant where id = $1", tenant)
    return await lock_shard(connection, shard, [tenant], 1)


async def log(
    connection: asyncpg.Connection[Any],
    stamp: Stamp,
    tenant: int,
    scene: int,
    action: str,
    actor: str,
    **facts: object,
) -> None:
    """Write the act into the log under the number that the lock took."""
    text = msgspec.json.encode(facts).decode()
    report = Report(scene, action, f"scene:{scene}", actor, text, "")
    script = Script()
    append_events(script, stamp, [(0, tenant, report)])
    await script.run(connection)
