"""Let the scene and its partner hear of it: a row of the event log, in its order."""

from __future__ import annotations

import msgspec

from enscene.commit import Report, Script, append_events, lock_shard
from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application

TO_PARTNERS = ("done", "closed")


async def announce(
    connection: store.Connection,
    tenant: int,
    application: Application,
    what: str,
    actor: str,
    **facts: object,
) -> None:
    """Write `application.<what>` into the log.

    The shard, for which every payment waits, is locked until the transaction ends: do this last.
    """
    clock = await store.read_clock(connection, tenant)
    stamp = await lock_shard(connection, clock["shard"], [tenant], 1)
    # The partner hears of what was opened or closed for its order; not of what was asked for.
    around = (application.fact or {}).get("parties", {}) if what in TO_PARTNERS else {}
    told = {
        "parties": {**around, "customer": application.customer_ref},
        "answer": {"application": application.ref, "product": application.product, **facts},
    }
    text = msgspec.json.encode(told).decode()
    subject = f"application:{application.ref}"
    report = Report(application.scene, f"application.{what}", subject, actor, text, "")
    script = Script()
    append_events(script, stamp, [(0, tenant, report)])
    await script.run(connection)
