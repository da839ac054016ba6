"""Change a scene that exists: its terms, its state."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Conflict, NotFound
from enscene.scenes.administer._log import lock, log
from enscene.scenes.administer.create_scene import (
    SceneOrder,
    configured,
    insert_terms,
    store_pack,
)
from enscene.scenes.administer.enrol import open_missing_accounts
from enscene.scenes.administer.parts_in_use import refuse_parts_in_use
from enscene.scenes.language import Pack

NEXT_STATES = {
    "draft": {"sandbox", "retired"},
    "sandbox": {"draft", "pilot", "live", "retired"},
    "pilot": {"live", "suspended", "retired"},
    "live": {"suspended", "retired"},
    "suspended": {"live", "pilot", "retired"},
    "retired": set(),
}

WAYS_OUT = {
    "live": "have every balance paid out or given back by the scene's own actions, then retire it; "
    "it need not be suspended for that",
    "suspended": "a suspended scene pays nothing out: resume it, have every balance paid out or "
    "given back by its own actions, then retire it",
}
"""What to do about money that is left, by the scene's state."""


async def _lock_scene(connection: asyncpg.Connection[Any], tenant: int, ref: str) -> asyncpg.Record:
    row = await connection.fetchrow(
        "select id, state, terms, name from scene where tenant = $1 and ref = $2 for update",
        tenant,
        ref,
    )
    if row is None:
        raise NotFound(f"there is no scene {ref}", code="scene.not_found")
    return row


async def change_state(
    connection: asyncpg.Connection[Any], tenant: int, ref: str, state: str, actor: str
) -> None:
    """Move the scene along its life. When this has committed, no act planned before passes.

    Raises: NotFound, Conflict (not from its present state; money or open things left behind).
    """
    await admit(connection, [tenant])
    stamp = await lock(connection, tenant)
    scene = await _lock_scene(connection, tenant, ref)
    if state not in NEXT_STATES[scene["state"]]:
        raise Conflict(
            f"a scene that is {scene['state']} cannot become {state}",
            code="scene.bad_transition",
            facts={"from": scene["state"], "to": state},
        )
    if state == "retired":
        await _refuse_if_money_is_left(connection, tenant, scene["id"], scene["state"])
    await connection.execute(
        """
update scene set state = $3, version = version + 1,
       live_at = case when $3 = 'live' then coalesce(live_at, $4) else live_at end
 where tenant = $1 and id = $2""",
        tenant,
        scene["id"],
        state,
        stamp.time(tenant),
    )
    await log(
        connection, stamp, tenant, scene["id"], f"scene.{state}", actor, before=scene["state"]
    )


async def _refuse_if_money_is_left(
    connection: asyncpg.Connection[Any], tenant: int, scene: int, state: str
) -> None:
    """Every balance a customer or partner has here must have gone where it belongs."""
    row = await connection.fetchrow(
        """
select count(*) as accounts, coalesce(sum(abs(posted)), 0)::bigint as minor from account
 where tenant = $1 and scene = $2 and id > 0 and floor is not null
   and (posted <> 0 or held <> 0)""",
        tenant,
        scene,
    )
    if row["accounts"]:
        raise Conflict(
            f"{row['accounts']} accounts still hold money",
            code="scene.money_left",
            hint=WAYS_OUT.get(state, WAYS_OUT["live"]),
            facts={"accounts": row["accounts"], "minor": row["minor"]},
        )


async def change_terms(
    connection: asyncpg.Connection[Any],
    tenant: int,
    ref: str,
    pack: Pack,
    order: SceneOrder,
    actor: str,
) -> int:
    """Put the scene under new terms and return their number; things keep those they began with.

    Raises: Invalid (configuration), NotFound, Conflict (a part that is in use goes).
    """
    await admit(connection, [tenant])
    zone = await connection.fetchval("select zone from tenant where id = $1", tenant)
    new = configured(pack, order, zone)
    stamp = await lock(connection, tenant)
    scene = await _lock_scene(connection, tenant, ref)
    await refuse_parts_in_use(connection, tenant, scene["id"], pack, new)
    last: int = await connection.fetchval(
        "select max(number) from terms where tenant = $1 and scene = $2", tenant, scene["id"]
    )
    await store_pack(connection, pack)
    await insert_terms(connection, tenant, scene["id"], last + 1, pack, order, actor)
    await connection.execute(
        "update scene set terms = $3, name = $4, version = version + 1 "
        "where tenant = $1 and id = $2",
        tenant,
        scene["id"],
        last + 1,
        order.name,
    )
    await open_missing_accounts(connection, tenant, scene["id"], new)
    await log(connection, stamp, tenant, scene["id"], "scene.changed", actor, terms=last + 1)
    return last + 1
