"""Reading the things of a scene."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, limit_of, page
from enscene.api.sight import Viewer, level_of, levels_of, viewer_of
from enscene.customers.authorizations import write_receipt
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import check_ref
from enscene.scenes.language.model import Thing
from enscene.scenes.runtime import RunningScene, SceneHost

SCOPE = "things.read"
_NEWEST = (2**62, "")


class Things:
    """`GET /v1/{scene}/things/{type}` and `…/{key}`."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, cursors: Cursors) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._cursors = cursors

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """One thing, or a page of them, newest first."""
        if not 1 <= len(rest) <= 2:
            raise not_found()
        if request.method != "GET":
            raise wrong_method("GET")
        caller.require(ref, SCOPE)
        scene = await self._host.scene(caller.tenant, ref)
        model = scene.pack.things.get(rest[0])
        if model is None:
            raise NotFound("the scene has no such thing", code="scene.no_thing")
        caller.require_level(model.level)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        viewer.fields_of(model)
        if len(rest) == 2:
            return answer(await self._one(request, scene, model, viewer, rest[1]))
        return await self._list(request, scene, model, viewer)

    async def _one(
        self, request: Request, scene: RunningScene, model: Thing, viewer: Viewer, key: str
    ) -> dict[str, Any]:
        request.query()
        check_ref_or_text(key)
        async with store.reading(self._pool, scene.tenant) as connection:
            row = await store.read_thing(connection, scene.tenant, scene.id, model.name, key)
        if row is not None:
            shown, record = await self._shown(scene, model, row, viewer)
            named = {getattr(record, name, None) for name in party_fields(model)}
            if viewer.sees_all_of(scene, model.name) or viewer.member.ref in named:
                await self._note(scene, model, viewer, 1)
                return shown
        # What belongs to others is told apart from what isn't there by nobody.
        raise NotFound(f"there is no {model.name} {key[:64]}", code="thing.not_found", param="key")

    async def _list(
        self, request: Request, scene: RunningScene, model: Thing, viewer: Viewer
    ) -> Response:
        query = request.query("state", "limit", "cursor")
        limit, state = limit_of(query), query.get("state")
        if state is not None and state not in model.states:
            raise Invalid(
                f"a {model.name} is never {state[:40]!r}",
                code="invalid.state",
                param="state",
                hint=f"one of {', '.join(model.states)}",
            )
        whose = None if viewer.sees_all_of(scene, model.name) else viewer.member.ref
        purpose = f"things:{scene.tenant}:{scene.id}:{model.name}:{state}:{whose}"
        before = _NEWEST
        if "cursor" in query:
            born, key = await self._cursors.open(purpose, query["cursor"])
            before = (born, key)
        async with store.reading(self._pool, scene.tenant) as connection:
            rows = await store.list_things(
                connection, scene.tenant, scene.id, model.name,
                before=before, state=state, party=whose, fields=party_fields(model),
                limit=limit + 1,
            )  # fmt: skip
        has_more, rows = len(rows) > limit, rows[:limit]
        data = [(await self._shown(scene, model, row, viewer))[0] for row in rows]
        await self._note(scene, model, viewer, len(data))
        next_cursor = None
        if has_more:
            last = rows[-1]
            next_cursor = await self._cursors.seal(purpose, [last["born"], last["key"]])
        return page(data, next_cursor, has_more=has_more)

    async def _shown(
        self, scene: RunningScene, model: Thing, row: asyncpg.Record, viewer: Viewer
    ) -> tuple[dict[str, Any], Any]:
        """A thing as the API gives it, under the terms that it lives by, and its record."""
        kind = model.name
        open_ = frozenset(viewer.fields_of(model))
        compiled = await self._host.catalogue.under_terms(scene, row["terms"])
        thing = compiled.things[kind]
        record = thing.read(row["fields"], row["state"])
        fields = {
            name: value
            for name, value in thing.show(record).items()
            if not thing.fields[name].hidden and (viewer.grant is None or name in open_)
        }
        fields = viewer.masked(model, fields)
        shown = {
            "type": kind,
            "key": row["key"],
            "state": row["state"],
            "version": row["version"],
            "born": row["born"],
            "seq": row["seq"],
            "fields": fields,
        }
        return shown, record

    async def _note(self, scene: RunningScene, model: Thing, viewer: Viewer, count: int) -> None:
        """A receipt for what is about to be served under a consent."""
        served = viewer.served(scene)
        if served is None or not count:
            return
        fields = viewer.fields_of(model)
        async with store.writing(self._pool, scene.tenant) as connection:
            await write_receipt(
                connection, scene.tenant, served, f"things.{model.name}", fields,
                level=level_of(model, fields), records=count, levels=levels_of(model, fields),
            )  # fmt: skip


def party_fields(model: Thing) -> list[str]:
    """The fields of a thing that name a party."""
    return [field.name for field in model.fields.values() if field.type.name == "party"]


def check_ref_or_text(key: str) -> None:
    """A key in a path has no NUL and an end. Raises: NotFound."""
    if len(key) > 2_000 or "\0" in key or not key:
        raise NotFound("there is no such thing", code="thing.not_found", param="key")


def owner_ref(text: str) -> str:
    """A party's reference in a path. Raises: NotFound for what can be none."""
    try:
        return check_ref(text)
    except Invalid:
        raise NotFound("there is no such party", code="party.not_found") from None
