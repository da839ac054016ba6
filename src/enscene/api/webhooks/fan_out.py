"""From the log to the queue: one row for every endpoint that wants an event and may know of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from enscene.api.store import Pool, writing
from enscene.api.webhooks import queue_store, store
from enscene.api.webhooks.body import message_of, thin_event
from enscene.api.webhooks.endpoint import Endpoint
from enscene.api.webhooks.queue_store import Delivery
from enscene.api.webhooks.visible import RAILS, Row, Sight, Watches
from enscene.commit import admit
from enscene.kernel.errors import NotFound
from enscene.scenes.reactions import Event, LogReader
from enscene.scenes.runtime import SceneHost
from enscene.tenants.apps import App, get_app

NAME = "webhooks"
QUEUED_FOR = ("active", "paused")
"""What an endpoint that is paused wants waits; one that is disabled asks for a replay."""
PAGE = 2_000
TOGETHER = 2_000
YIELD_S = 0.005

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
        rows: dict[int, list[Row]] = {}
        for event in events:
            if event.scene or event.action.startswith(RAILS):
                rows.setdefault(event.tenant, []).append(_row(event))
        for tenant, endpoints in (await self._endpoints(set(rows))).items():
            await self._queue(tenant, rows[tenant], endpoints)

    async def _queue(
        self,
        tenant: int,
        rows: Sequence[Row],
        endpoints: Sequence[Endpoint],
        *,
        again: bool = False,
    ) -> None:
        """Queue what these endpoints are to be told of these events of their tenant."""
        apps = [await self._app(tenant, app) for app in {each.app for each in endpoints}]
        watches = Watches(self._host, self._pool, tenant)
        await watches.prepare(rows, [app for app in apps if app is not None])
        found: list[Delivery] = []
        since = time.monotonic()
        for row in rows:
            # The reader may be behind: what was before an endpoint it asks for by a replay.
            since_then = [each for each in endpoints if again or each.made_at <= row["at"]]
            found += _deliveries(self._shard, row, since_then, watches)
            if len(found) >= TOGETHER:
                await self._put(found, again=again)
                found = []
            elif time.monotonic() - since > YIELD_S:
                await asyncio.sleep(0)  # deliveries are under way beside this
                since = time.monotonic()
        await self._put(found, again=again)

    async def _app(self, tenant: int, app: int) -> App | None:
        try:
            return await get_app(self._pool, tenant, app)
        except NotFound:
            return None

    async def _put(self, rows: Sequence[Delivery], *, again: bool) -> None:
        if rows:
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, {row.tenant for row in rows}, by_key=True)
                await queue_store.put(connection, rows, again=again)

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
        rows = [
            dict(event) for event in events
            if event["scene"] or event["action"].startswith(RAILS)
        ]  # fmt: skip
        await self._queue(tenant, rows, [endpoint], again=True)
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


def _deliveries(
    shard: int, row: Row, endpoints: Sequence[Endpoint], watches: Watches
) -> list[Delivery]:
    """One for each endpoint that is to be told of the event."""
    scene = watches.scenes.get(row["scene"])
    if scene is None and row["scene"]:
        return []
    message = message_of(shard, row["seq"])
    bodies: dict[int | None, str] = {}
    sights: dict[int, Sight | None] = {}
    found = []
    for endpoint in endpoints:
        if not endpoint.wants(row["action"], "" if scene is None else scene.ref):
            continue
        if endpoint.app not in sights:
            sights[endpoint.app] = watches.sight(endpoint.app, row)
        sight = sights[endpoint.app]
        if sight is None:
            continue
        viewer = sight.viewer
        grant = None if viewer is None or viewer.grant is None else viewer.grant.id
        body = bodies.get(grant)
        if body is None:
            body = bodies[grant] = thin_event(row, scene, sight)
        party = None if grant is None or viewer is None else viewer.member.ref
        found.append(
            Delivery(
                endpoint.tenant, endpoint.id, row["seq"], message, row["scene"], row["action"], body,
                grant, party,
            )
        )  # fmt: skip
    return found


def _row(event: Event) -> Row:
    return {
        "seq": event.seq, "at": event.at, "scene": event.scene, "action": event.action,
        "subject": event.subject, "actor": event.actor, "facts": event.facts,
    }  # fmt: skip
