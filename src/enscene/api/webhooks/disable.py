"""An endpoint that nobody answers at is given up: the log says so, and somebody at the bank asks."""

from __future__ import annotations

import msgspec

from enscene.api.store import Pool, find_party
from enscene.api.webhooks import store
from enscene.api.webhooks.endpoint import Endpoint
from enscene.commit import Report, Script, append_events, lock_shard
from enscene.tenants import get_tenant
from enscene.work import Need, make_task

ACTION = "webhook.disabled"


async def disable_endpoint(pool: Pool, endpoint: Endpoint, reason: str, scene: int) -> bool:
    """Disable it, once: an event of the scene whose news was not taken, and a task for the bank.

    Its other endpoints are told, and the events list of the scene has it. What waits is kept.
    False: somebody else has done so.
    """
    shard = (await get_tenant(pool, endpoint.tenant)).shard
    async with pool.acquire() as connection, connection.transaction():
        stamp = await lock_shard(connection, shard, [endpoint.tenant], 1)
        app = await store.disable(connection, endpoint.tenant, endpoint.id, reason)
        if app is None:
            return False
        facts = {
            "app": app["name"],
            "webhook": {"id": str(endpoint.id), "url": endpoint.url, "reason": reason},
        }
        report = Report(
            scene, ACTION, f"webhook:{endpoint.id}", "system:webhooks",
            msgspec.json.encode(facts).decode(), "",
        )  # fmt: skip
        script = Script()
        append_events(script, stamp, [(0, endpoint.tenant, report)])
        await script.run(connection)
        party = None
        if app["party"] is not None:
            party = await find_party(connection, endpoint.tenant, app["party"])
        await make_task(
            connection, endpoint.tenant, "partner", scene=scene, customer=party or 0,
            reason=f"webhook_{reason}", need=Need(stuck=True), managers=(),
            at=stamp.time(endpoint.tenant),
        )  # fmt: skip
    return True
