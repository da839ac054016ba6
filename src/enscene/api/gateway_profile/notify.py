"""`notify_url`: whoever names one is told there that the act was done, by the queue of webhooks.

The news is thin, as every other: which message it was, and the number of its event. It is queued
before the call is answered, and once for each act and address: who got no answer asks again with the
same msg_id, and has it queued then.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

import msgspec

from enscene.api.store import Connection, Pool, writing
from enscene.api.webhooks import queue_store, store
from enscene.api.webhooks.body import message_of
from enscene.api.webhooks.endpoint import ENDPOINTS_MOST, VERSIONS
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.queue_store import Delivery
from enscene.kernel.errors import Refused
from enscene.storage import Seal
from enscene.tenants import get_tenant
from enscene.tenants.apps import App

KIND = "gateway.notify"
"""No action has a dot in its name: an endpoint that wants this is told of nothing else."""
_NAMES = UUID("6f1d7c1e-5b8e-4f0a-9a57-3f0c9d2b6c11")


class Notices:
    """Queues news for the addresses that calls have named."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._keys = Keys(seal)

    async def endpoint(self, app: App, url: str) -> UUID:
        """The endpoint of the application at that address, made when it is new.

        Raises: Refused("webhook.too_many").
        """
        made = uuid5(_NAMES, f"{app.tenant}:{app.id}:{url}")
        async with writing(self._pool, app.tenant) as connection:
            known = await store.read_endpoint(connection, app.tenant, app.id, made)
            if known is None:
                await self._make(connection, app, made, url)
        return made

    async def _make(self, connection: Connection, app: App, made: UUID, url: str) -> None:
        if await store.count_endpoints(connection, app.tenant, app.id) >= ENDPOINTS_MOST:
            raise Refused(
                f"an application has at most {ENDPOINTS_MOST} webhooks", code="webhook.too_many",
                facts={"most": ENDPOINTS_MOST},
            )  # fmt: skip
        await store.insert_endpoint(
            connection, app.tenant, made, app.id, url, [KIND], [], VERSIONS[-1], ["v1a"],
            "网关通知 · notices of the gateway", await store.last_time(connection, app.tenant),
        )  # fmt: skip
        await self._keys.make(connection, app.tenant, made, ["v1a"])

    async def put(
        self, app: App, endpoint: UUID, scene: int, event: Mapping[str, object],
        news: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Queue the news of an event, unless that was done."""
        seq = event.get("seq")
        assert isinstance(seq, int), "every act answers with its number"
        shard = (await get_tenant(self._pool, app.tenant)).shard
        body = msgspec.json.encode(news).decode()
        row = Delivery(
            app.tenant, endpoint, seq, message_of(shard, seq), scene, KIND, body, None, None
        )
        async with writing(self._pool, app.tenant) as connection:
            await queue_store.put(connection, [row])
