"""Serving the documents."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.documents.platform import platform_document
from enscene.api.documents.scene import scene_document
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import page
from enscene.kernel.errors import NotFound
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.tenants import find_tenant
from enscene.tenants.apps import split_scope


@lru_cache(maxsize=4)
def _platform(issuer: str) -> bytes:
    return msgspec.json.encode(platform_document(issuer))


class Documents:
    """Makes documents when they are asked for; a scene's is kept until the scene changes."""

    def __init__(
        self, host: SceneHost, pool: store.Pool, issuer: str, documented_tenant: str | None
    ) -> None:
        self._host = host
        self._pool = pool
        self._issuer = issuer
        self._documented = documented_tenant
        self._kept: dict[tuple[int, str], tuple[int, bytes]] = {}

    async def platform(self) -> Response:
        """`GET /openapi.json`."""
        return Response(_platform(self._issuer))

    async def serve_scene(
        self, request: Request, caller: Caller, ref: str, rest: list[str]
    ) -> Response:
        """`GET /v1/{scene}/openapi.json`, for whoever has any scope in the scene."""
        if rest:
            raise not_found()
        if request.method != "GET":
            raise wrong_method("GET")
        if ref not in _scenes_of(caller):
            raise NotFound(f"there is no scene {ref[:64]}", code="scene.not_found")
        # Read anew: a new version of the terms shows at once.
        scene = await self._host.catalogue.read(caller.tenant, ref)
        kept = self._kept.get((scene.tenant, scene.ref))
        if kept is None or kept[0] != scene.version:
            document = msgspec.json.encode(scene_document(scene, self._issuer))
            kept = self._kept[scene.tenant, scene.ref] = (scene.version, document)
        return Response(kept[1])

    async def serve_scenes(self, request: Request, caller: Caller) -> Response:
        """`GET /v1/scenes`: those that the token opens."""
        if request.method != "GET":
            raise wrong_method("GET")
        request.query()
        known = _scenes_of(caller)
        async with store.reading(self._pool, caller.tenant) as connection:
            rows = await store.list_scenes(connection, caller.tenant)
        data: list[Any] = [
            {**dict(row), "openapi": f"/v1/{row['ref']}/openapi.json"}
            for row in rows
            if row["ref"] in known
        ]
        return page(data, None, has_more=False)

    async def public_scenes(self) -> list[dict[str, str]]:
        """The scenes whose pages anybody may read."""
        if self._documented is None:
            return []
        tenant = await find_tenant(self._pool, self._documented)
        async with store.reading(self._pool, tenant.id) as connection:
            return [dict(row) for row in await store.list_scenes(connection, tenant.id)]

    async def public_scene(self, ref: str) -> RunningScene:
        """One of them. Raises: NotFound."""
        if self._documented is None:
            raise NotFound(f"there is no scene {ref[:64]}", code="scene.not_found")
        tenant = await find_tenant(self._pool, self._documented)
        return await self._host.catalogue.read(tenant.id, ref)

    def document(self, scene: RunningScene) -> dict[str, Any]:
        """The document of a scene."""
        return scene_document(scene, self._issuer)


def _scenes_of(caller: Caller) -> set[str]:
    return {split[0] for scope in caller.scopes if (split := split_scope(scope)) is not None}
