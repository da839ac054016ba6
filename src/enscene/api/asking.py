"""Asking in one's own words, inside a scene: led to a service, or to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.actions import Running, key_of, response_of
from enscene.api.auth import Access, Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer
from enscene.api.once import perform_long
from enscene.api.sight import Viewer, viewer_of
from enscene.api.structs import convert
from enscene.commit import Once
from enscene.engagement.asking import LONGEST, PERSON, Answer, Led, ask, ask_for_person
from enscene.scenes.language.model import Pack
from enscene.scenes.runtime import RunningScene, SceneHost

SCOPE = "asking"


class Say(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/{scene}/asking` and `…/asking/person`."""

    say: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class AskingDoor:
    """`/v1/{scene}/asking`. What is typed is kept only where a person is asked for."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, running: Running) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._running = running

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """Find the handler. Raises: Forbidden, NotFound, Invalid."""
        if rest not in ([], ["person"]):
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        caller.require(ref, SCOPE)
        caller.require_level("A2")
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        body = await request.json_body()
        said = convert(body, Say).say
        if rest:
            return await self._person(request, caller, scene, viewer, said, body)
        return answer(told(await ask(scene, viewer.member, said), scene.pack))

    async def _person(
        self, request: Request, caller: Caller, scene: RunningScene, viewer: Viewer, said: str,
        body: bytes,
    ) -> Response:  # fmt: skip
        key = key_of(request)
        operation = f"POST {'/'.join(request.path)}"
        signed = viewer.member.ref.encode() + b"\n" + body
        once = Once.of(caller.app.name, operation, key, request=signed)

        async def work(connection: store.Connection) -> str:
            task = await ask_for_person(connection, scene, viewer.member, said)
            return msgspec.json.encode({"task": str(task.id), "state": task.state}).decode()

        scope = (caller.tenant, caller.app.name, operation, key)
        done = await self._running.enter(scope)
        try:
            reply = await perform_long(self._pool, caller.tenant, scene.shard, once, work)
        finally:
            self._running.leave(scope, done)
        return response_of(reply, request.id)


def told(found: Answer, pack: Pack) -> dict[str, Any]:
    """As the API gives it: `to` is `service` or `person`; `service` and `others` are operations."""
    led = found.led
    return {
        "to": PERSON if found.to == PERSON else "service",
        "service": None if led is None else _service(led, pack),
        "others": [_service(other, pack) for other in found.others],
    }


def _service(led: Led, pack: Pack) -> Mapping[str, Any]:
    return {
        "name": led.action,
        "kind": "query" if pack.actions[led.action].query else "action",
        "title": {each: pack.text(f"actions.{led.action}", each) for each in ("zh", "en")},
        "score": f"{min(1.0, max(0.0, led.score)):.2f}",
        "like": led.example,
    }
