"""Reading the events of a scene, in the order in which they were committed."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import limit_of, page
from enscene.api.sight import Viewer, levels_of, viewer_of
from enscene.customers.authorizations import write_receipt
from enscene.kernel.clock import format_time
from enscene.scenes.runtime import RunningScene, SceneHost

SCOPE = "events.read"
SCAN_MOST = 1_000
"""So many events are looked at for one page; fewer of them may be the caller's."""

_SHOWN_FACTS = (
    "parties", "input", "thing", "answer", "contracts", "contract", "product", "about", "state",
    "consent", "webhook", "api",
)  # fmt: skip


class Events:
    """`GET /v1/{scene}/events?after=`: what a caller that polls has not seen yet.

    An application without a party of its own reads what concerns itself: what customers have let
    it do, and no longer do.
    """

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
        alone = (
            caller.app.party is None and caller.mandate is None
            and b"acting-party" not in request.headers
        )  # fmt: skip
        viewer = None
        if not alone:
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
            if of_app(row, caller.app.name) or (viewer is not None and concerns(row, viewer)):
                data.append(shown_event(row, scene, viewer))
        served = None if viewer is None else viewer.served(scene)
        if served is not None and data:
            async with store.writing(self._pool, scene.tenant) as connection:
                await write_receipt(
                    connection, scene.tenant, served, "events", fields_of_events(data),
                    level="C2", records=len(data), levels=levels_of_events(data, scene),
                )  # fmt: skip
        has_more = looked_at < len(rows) or len(rows) == SCAN_MOST
        return page(data, await self._cursors.seal(purpose, [after]), has_more=has_more)


def concerns(row: asyncpg.Record, viewer: Viewer) -> bool:
    """Whether the event is about the viewer, or the viewer is the bank."""
    if viewer.sees_all:
        return True
    if row["action"].startswith(("consent.", "customer.")):
        return viewer.grant is None and viewer.member.ref == row["facts"]["consent"]["party"]
    parties = row["facts"].get("parties")
    if isinstance(parties, dict):
        return viewer.member.ref in parties.values()
    return False


def of_app(row: asyncpg.Record, app: str) -> bool:
    """Whether it tells an application of what it may do, or of its own webhooks."""
    about = row["action"].startswith(("consent.", "customer.", "webhook.", "api.", "rail."))
    return bool(about and row["facts"]["app"] == app)


def shown_event(
    row: asyncpg.Record, scene: RunningScene | None = None, viewer: Viewer | None = None
) -> dict[str, Any]:
    """An event as the API gives it. Under a consent the thing shows the fields that it covers, and
    what was said and answered nothing."""
    facts = row["facts"]
    if viewer is not None and scene is not None and viewer.grant is not None:
        facts = {name: facts[name] for name in ("consent", "state") if name in facts} | {
            "thing": _thing_of(row["facts"].get("thing"), scene, viewer)
        }
    return {
        "seq": row["seq"],
        "at": format_time(row["at"]),
        "action": row["action"],
        "subject": row["subject"],
        "actor": row["actor"],
        **{name: facts[name] for name in _SHOWN_FACTS if name in facts},
    }


def _thing_of(told: Any, scene: RunningScene, viewer: Viewer) -> dict[str, Any] | None:
    things = None if viewer.grant is None else viewer.grant.things()
    model = None if told is None else scene.pack.things.get(told["type"])
    if model is None or (things is not None and model.name not in things):
        return None
    open_ = viewer.fields_of(model)
    fields = {name: value for name, value in told["fields"].items() if name in open_}
    return {**told, "fields": viewer.masked(model, fields)}


def fields_of_events(data: list[dict[str, Any]]) -> list[str]:
    """The fields that were served, by thing."""
    found = {"seq", "at", "action"}
    for event in data:
        thing = event.get("thing")
        if thing is not None:
            found |= {f"{thing['type']}.{name}" for name in thing["fields"]}
    return sorted(found)


def levels_of_events(data: list[dict[str, Any]], scene: RunningScene) -> dict[str, str]:
    """Their levels: those of the things' fields, and C1 for what tells of nobody."""
    found = {"seq": "C1", "at": "C1", "action": "C1"}
    for event in data:
        thing = event.get("thing")
        model = None if thing is None else scene.pack.things.get(thing["type"])
        if thing is not None and model is not None:
            levels = levels_of(model, thing["fields"])
            found |= {f"{model.name}.{name}": level for name, level in levels.items()}
    return found
