"""From the log to the queue: one row for every endpoint that wants an event and may know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from enscene.api.store import Pool, writing
from enscene.api.webhooks import queue_store, store
from enscene.api.webhooks.body import message_of, thin_event
from enscene.api.webhooks.endpoint import Endpoint
from enscene.api.webhooks.queue_store import Delivery
from enscene.api.webhooks.visible import Watches
from enscene.commit import admit
from enscene.kernel.errors import NotFound
from enscene.scenes.reactions import Event, LogReader
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.tenants.apps import App, get_app

NAME = "webhooks"
QUEUED_FOR = ("active", "paused")
"""What an endpoint that is paused wants waits; one that is disabled asks for a replay."""
PAGE = 2_000
TOGETHER = 5_000

_REPLAYED = """
select seq, at, scene, action, subject, actor, facts from event
 where shard = $1 and tenant = $2 and seq > $3 and seq <= $4 order by seq limit $5"""


class FanOut:
    """Reads one shard's log behind the cursor `webhooks`."""

    def __init__(self, pool: Pool, host: SceneHost, shard: int) -> None:
        self._pool = pool
        self._host = host
        self._shard = shard
        self._reader = LogReader(pool, NAME, shard, self.handle)

    async def step(self) -> int:
        """One page of the log, and one of every replay; how many events there were."""
        return await self._reader.step() + await self._replay()

    async def handle(self, events: Sequence[Event]) -> None:
        """Queue a page. Done again it changes nothing: a delivery is known by its event."""
        endpoints = await self._endpoints({event.tenant for event in events if event.scene})
        if not endpoints:
            return
        round_ = _Round(self._host, self._pool)
        rows: list[Delivery] = []
        for event in events:
            wanting = endpoints.get(event.tenant)
            if wanting and event.scene:
                rows += await round_.deliveries(self._shard, event.tenant, _row(event), wanting)
        await self._put(rows)

    async def _put(self, rows: Sequence[Delivery], *, again: bool = False) -> None:
        for start in range(0, len(rows), TOGETHER):
            page = rows[start : start + TOGETHER]
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, {row.tenant for row in page}, by_key=True)
                await queue_store.put(connection, page, again=again)

    async def _endpoints(self, tenants: set[int]) -> dict[int, list[Endpoint]]:
        if not tenants:
            return {}
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, tenants)
            found = await store.endpoints_of(connection, tenants, QUEUED_FOR)
        by_tenant: dict[int, list[Endpoint]] = {}
        for endpoint in found:
            by_tenant.setdefault(endpoint.tenant, []).append(endpoint)
        return by_tenant

    async def _replay(self) -> int:
        """Go on with what endpoints have asked to be told again."""
        tenants = await self._pool.fetchval(
            "select array_agg(id) from tenant where shard = $1", self._shard
        )
        found = await self._endpoints(set(tenants or ()))
        done = 0
        for endpoints in found.values():
            for endpoint in endpoints:
                if endpoint.replay_after is not None:
                    done += await self._replay_page(endpoint, endpoint.replay_after)
        return done

    async def _replay_page(self, endpoint: Endpoint, after: int) -> int:
        tenant, to = endpoint.tenant, endpoint.replay_to or 0
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            events = await connection.fetch(_REPLAYED, self._shard, tenant, after, to, PAGE)
        round_ = _Round(self._host, self._pool)
        rows: list[Delivery] = []
        for event in events:
            if event["scene"]:
                rows += await round_.deliveries(self._shard, tenant, event, [endpoint])
        await self._put(rows, again=True)
        reached = events[-1]["seq"] if len(events) == PAGE else None
        async with writing(self._pool, tenant) as connection:
            # Somebody may have asked for another one meanwhile: that one begins anew.
            now = await store.read_endpoint(
                connection, tenant, endpoint.app, endpoint.id, lock=True
            )
            if now is not None and (now.replay_after, now.replay_to) == (after, endpoint.replay_to):
                await store.update_endpoint(
                    connection, tenant, endpoint.id,
                    replay_after=reached, replay_to=None if reached is None else to,
                )  # fmt: skip
        return max(1, len(events))


class _Round:
    """What a page of events looks up once: applications, and who sees what."""

    def __init__(self, host: SceneHost, pool: Pool) -> None:
        self._pool = pool
        self._watches = Watches(host, pool)
        self._apps: dict[tuple[int, int], App | None] = {}

    async def deliveries(
        self, shard: int, tenant: int, row: Mapping[str, Any], endpoints: Sequence[Endpoint]
    ) -> list[Delivery]:
        """One for each endpoint that is to be told of the event."""
        scene = await self._watches.scene(tenant, row["scene"])
        if scene is None:
            return []
        message = message_of(shard, row["seq"])
        bodies: dict[int | None, str] = {}
        found = []
        for endpoint in endpoints:
            if endpoint.wants(row["action"], scene.ref):
                made = await self._delivery(endpoint, row, scene, message, bodies)
                if made is not None:
                    found.append(made)
        return found

    async def _delivery(
        self, endpoint: Endpoint, row: Mapping[str, Any], scene: RunningScene, message: str,
        bodies: dict[int | None, str],
    ) -> Delivery | None:  # fmt: skip
        app = await self._app(endpoint.tenant, endpoint.app)
        sight = None if app is None else await self._watches.sight(app, scene, row)
        if sight is None:
            return None
        viewer = sight.viewer
        grant = None if viewer is None or viewer.grant is None else viewer.grant.id
        if grant not in bodies:
            bodies[grant] = thin_event(row, scene, sight)
        return Delivery(
            endpoint.tenant, endpoint.id, row["seq"], message, scene.id, row["action"],
            bodies[grant], grant,
            None if grant is None or viewer is None else viewer.member.ref,
        )  # fmt: skip

    async def _app(self, tenant: int, app: int) -> App | None:
        if (tenant, app) not in self._apps:
            try:
                self._apps[tenant, app] = await get_app(self._pool, tenant, app)
            except NotFound:
                self._apps[tenant, app] = None
        return self._apps[tenant, app]


def _row(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq, "at": event.at, "scene": event.scene, "action": event.action,
        "subject": event.subject, "actor": event.actor, "facts": event.facts,
    }  # fmt: skip
