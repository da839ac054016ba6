"""Reading the events of a scene, in the order in which they were committed."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import limit_of, page
from enscene.api.sight import Viewer, viewer_of
from enscene.kernel.clock import format_time
from enscene.scenes.runtime import SceneHost

SCOPE = "events.read"
SCAN_MOST = 1_000
"""So many events are looked at for one page; fewer of them may be the caller's."""

_SHOWN_FACTS = (
    "parties", "input", "thing", "answer", "contracts", "contract", "product", "about", "state",
)  # fmt: skip


class Events:
    """`GET /v1/{scene}/events?after=`: what a caller that polls has not seen yet."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, cursors: Cursors) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._cursors = cursors

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """A page, oldest first. `next` is always there: keep it and ask again with it."""
        if rest:
            raise not_found()
        if request.method != "GET":
            raise wrong_method("GET")
        caller.require(ref, SCOPE)
        caller.require_level("A2")
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        query = request.query("after", "limit")
        limit = limit_of(query)
        purpose = f"events:{scene.tenant}:{scene.id}"
        after = (await self._cursors.open(purpose, query["after"]))[0] if "after" in query else 0
        async with store.reading(self._pool, scene.tenant) as connection:
            rows = await store.read_events(connection, scene.tenant, scene.id, after, SCAN_MOST)
        data: list[dict[str, Any]] = []
        looked_at = 0
        for row in rows:
            if len(data) == limit:
                break
            looked_at += 1
            after = row["seq"]
            if concerns(row, viewer):
                data.append(shown_event(row))
        has_more = looked_at < len(rows) or len(rows) == SCAN_MOST
        return page(data, await self._cursors.seal(purpose, [after]), has_more=has_more)


def concerns(row: asyncpg.Record, viewer: Viewer) -> bool:
    """Whether the event is about the viewer, or the viewer is the bank."""
    if viewer.sees_all:
        return True
    parties = row["facts"].get("parties")
    if isinstance(parties, dict):
        return viewer.member.ref in parties.values()
    return False


def shown_event(row: asyncpg.Record) -> dict[str, Any]:
    """An event as the API gives it."""
    facts = row["facts"]
    return {
        "seq": row["seq"],
        "at": format_time(row["at"]),
        "action": row["action"],
        "subject": row["subject"],
        "actor": row["actor"],
        **{name: facts[name] for name in _SHOWN_FACTS if name in facts},
    }
