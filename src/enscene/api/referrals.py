"""A customer's code that asks others into a scene, and the code by which a new customer came."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.api import store
from enscene.api.actions import key_of, response_of
from enscene.api.auth import Access, Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer
from enscene.api.once import perform_once
from enscene.api.parties import SCOPE
from enscene.api.sight import Viewer, viewer_of
from enscene.commit import Once
from enscene.engagement.referrals import DAYS, MOST, Code, claim, give_code, read_code
from enscene.kernel.errors import Forbidden
from enscene.scenes.runtime import RunningScene, SceneHost


class ReferralDoor:
    """`GET` and `PUT /v1/{scene}/referrals/code`, `PUT /v1/{scene}/referrals/claims/{code}`, for the
    party that the application acts for."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access) -> None:
        self._host = host
        self._pool = pool
        self._access = access

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """Find the handler."""
        is_code = rest == ["code"]
        if not is_code and (len(rest) != 2 or rest[0] != "claims"):
            raise not_found()
        if request.method != "PUT" and not (is_code and request.method in ("GET", "HEAD")):
            raise wrong_method("GET, PUT" if is_code else "PUT")
        caller.require(ref, SCOPE)
        if request.method == "PUT":
            key_of(request)
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        if not any(scene.pack.parties[role].is_a == "person" for role in viewer.roles):
            raise Forbidden("persons ask and are asked", code="party.not_own")
        if request.method != "PUT":
            async with store.reading(self._pool, scene.tenant) as connection:
                found = await read_code(connection, scene.tenant, scene.id, viewer.member.id)
            return answer(_told(found))

        async def work(connection: store.Connection) -> str:
            own = viewer.member.id
            if is_code:
                given = await give_code(connection, scene.tenant, scene.id, own)
                return msgspec.json.encode(_told(given)).decode()
            await claim(connection, scene.tenant, own, rest[1], scene.id)
            return msgspec.json.encode({"code": rest[1], "scene": scene.ref}).decode()

        return await self._once(request, caller, scene, viewer, work)

    async def _once(
        self, request: Request, caller: Caller, scene: RunningScene, viewer: Viewer, work: Any
    ) -> Response:
        once = Once.of(
            caller.app.name, f"{scene.ref}/referrals", key_of(request),
            request="/".join((*request.path, viewer.member.ref)).encode(),
        )  # fmt: skip
        return response_of(
            await perform_once(self._pool, scene.tenant, scene.shard, once, work), request.id
        )


def _told(code: Code | None) -> dict[str, Any]:
    return {
        "code": code.code if code else None, "came": code.came if code else 0,
        "left": MOST - code.lately if code else MOST, "days": DAYS,
    }  # fmt: skip
