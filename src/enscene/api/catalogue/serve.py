"""The catalogue: every operation of every document, whose it is and where it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.catalogue.changes import CHANGES
from enscene.api.documents.marks import METHODS
from enscene.api.documents.platform import platform_document
from enscene.api.documents.scene import scene_document
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.kernel.clock import format_time
from enscene.partners import store as partners_sql
from enscene.partners.apis import VERSIONS, Entry, Notice, list_notices, read_owners
from enscene.partners.apis.announce import api_not_found
from enscene.partners.apis.store import read_scenes
from enscene.scenes.runtime import SceneHost
from enscene.tenants import get_tenant
from enscene.tenants.apps import split_scope

OWNER = "平台 · platform"
"""Who answers for what the platform serves, until the bank names somebody."""
_encode = msgspec.json.Encoder().encode
_Operation = tuple[str, str, dict[str, Any]]


class CatalogueDoor:
    """`GET /v1/apis` and `GET /v1/apis/{api}`; `entries` is the same for the bank's own pages."""

    def __init__(self, host: SceneHost, pool: store.Pool, issuer: str) -> None:
        self._host = host
        self._pool = pool
        self._issuer = issuer
        self._platform = tuple(operations_of(platform_document(issuer)))
        self._scenes: dict[tuple[int, str], tuple[int, tuple[_Operation, ...]]] = {}

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """What the platform serves, and the scenes that the token opens."""
        if len(rest) > 1:
            raise not_found()
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET")
        request.query()
        opened = {split[0] for scope in caller.scopes if (split := split_scope(scope)) is not None}
        found = await self._entries(caller.tenant, opened)
        if rest:
            one = next((entry for entry in found if entry.id == rest[0]), None)
            if one is None:
                raise api_not_found()
            return Response(_encode(_told(one)))
        body = {
            "data": [_told(entry) for entry in found], "has_more": False, "next": None,
            "versions": VERSIONS,
            "changes": [
                {"version": each.version, "api": each.api, "zh": each.zh, "en": each.en}
                for each in CHANGES
            ],
        }  # fmt: skip
        return Response(_encode(body))

    async def entries(self, tenant: int) -> list[Entry]:
        """Every interface of a tenant."""
        return await self._entries(tenant, None)

    async def _entries(self, tenant: int, opened: set[str] | None) -> list[Entry]:
        """`opened` are refs of scenes; None: all."""
        notices = {each.api: each for each in await list_notices(self._pool, tenant)}
        owners = await read_owners(self._pool, tenant)
        bank = await get_tenant(self._pool, tenant)
        async with partners_sql.admitted(self._pool, tenant, readonly=True) as connection:
            scenes = await read_scenes(connection, tenant)
        first = date.fromisoformat(VERSIONS[0])
        found = {
            operation["x-api-id"]: _entry(place, None, OWNER, first, notices, owners)
            for place in self._platform
            if (operation := place[2])
        }
        for row in scenes:
            if opened is not None and row["ref"] not in opened:
                continue
            for place in await self._operations(tenant, row["ref"]):
                since = row["since"].date()
                entry = _entry(place, row["ref"], bank.name, since, notices, owners)
                found.setdefault(entry.id, entry)
        return list(found.values())

    async def _operations(self, tenant: int, ref: str) -> tuple[_Operation, ...]:
        scene = await self._host.catalogue.scene(tenant, ref)
        kept = self._scenes.get((tenant, ref))
        if kept is None or kept[0] != scene.version:
            operations = tuple(operations_of(scene_document(scene, self._issuer)))
            kept = self._scenes[tenant, ref] = (scene.version, operations)
        return kept[1]


def operations_of(document: dict[str, Any]) -> list[_Operation]:
    """Method, path and what the document says of each operation; the last without its schemas."""
    kept = ("operationId", "summary", "x-api-id", "x-level", "x-version", "description")
    return [
        (method.upper(), path, {name: item[method][name] for name in kept if name in item[method]})
        for path, item in document["paths"].items()
        for method in sorted(METHODS & item.keys())
    ]


def _entry(
    place: _Operation,
    scene: str | None,
    owner: str,
    since: date,
    notices: dict[str, Notice],
    owners: dict[str, str],
) -> Entry:
    method, path, operation = place
    api = operation["x-api-id"]
    return Entry(
        id=api, operation=operation["operationId"], method=method, path=path,
        summary=operation["summary"], level=operation["x-level"], scene=scene,
        owner=owners.get(api, owner), version=operation["x-version"], since=since,
        notice=notices.get(api),
    )  # fmt: skip


def _told(entry: Entry) -> dict[str, Any]:
    notice = entry.notice
    return {
        "id": entry.id, "operation": entry.operation, "method": entry.method, "path": entry.path,
        "summary": entry.summary, "level": entry.level, "scene": entry.scene,
        "owner": entry.owner, "version": entry.version, "since": entry.since.isoformat(),
        "state": entry.state,
        "notice": None if notice is None else {
            "deprecated": format_time(notice.deprecated), "sunset": format_time(notice.sunset),
            "successor": notice.successor or None, "zh": notice.zh, "en": notice.en,
        },
    }  # fmt: skip
