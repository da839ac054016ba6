"""`POST /gateway`: a call is read, checked, done as `/v1` would do it, and answered in the form of
the gateway. `GET /gateway/keys`: what its answers are signed with."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from enscene.api.auth import Access, Caller, UsedProofs
from enscene.api.gateway_profile.canonical import canonical
from enscene.api.gateway_profile.check_call import check_call
from enscene.api.gateway_profile.keys import GatewayKeys
from enscene.api.gateway_profile.notify import Notices
from enscene.api.gateway_profile.read_call import (
    BEIJING,
    TIME,
    Called,
    check_parameters,
    read_parameters,
)
from enscene.api.gateway_profile.sign_types import RSA2, sign_types
from enscene.api.gateway_profile.told import DONE, MESSAGES, done, echoed, failed, is_problem
from enscene.api.http import ClientGone, Request, Response, not_found, wrong_method
from enscene.api.problems import internal_problem, problem_of
from enscene.api.store import Pool
from enscene.api.webhooks.settings import WebhookSettings
from enscene.api.webhooks.target import read_target
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal, unavailable_of
from enscene.tenants import get_tenant

Perform = Callable[[Request, Caller, list[str]], Awaitable[Response]]
log = logging.getLogger("enscene.api")
_encode = msgspec.json.Encoder().encode


class FormGateway:
    """One in a process. `perform` does a request of `/v1` for a caller who is known."""

    def __init__(
        self, pool: Pool, host: SceneHost, access: Access, used: UsedProofs, seal: Seal,
        settings: WebhookSettings, perform: Perform,
    ) -> None:  # fmt: skip
        self._pool = pool
        self._host = host
        self._access = access
        self._used = used
        self._settings = settings
        self._perform = perform
        self.keys = GatewayKeys(pool, seal)
        self._notices = Notices(pool, seal)

    async def serve(self, request: Request, rest: list[str]) -> Response:
        """Answer a request at or below `/gateway`. Raises: NotFound, Invalid (method)."""
        if rest == ["keys"]:
            if request.method not in ("GET", "HEAD"):
                raise wrong_method("GET", "HEAD")
            return Response(_encode({"keys": await self.keys.told()}))
        if rest:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        return await self._call(request)

    async def _call(self, request: Request) -> Response:
        given: dict[str, str] = {}
        caller: Caller | None = None
        try:
            request.check_headers()
            given = await read_parameters(request)
            called = check_parameters(given)
            caller = await self._access.caller_by_name(given["app_id"])
            await check_call(caller.app, given, called.made_at, self._used)
            caller.bucket.take(time.monotonic())
            told = await self._done(request, caller, called, given)
        except ClientGone:
            raise
        except EnsceneError as error:
            told = failed(problem_of(error, request.id).body)
        except Exception as error:
            away = unavailable_of(error)
            if away is None:
                log.exception("request %s failed", request.id)
                told = failed(internal_problem(request.id).body)
            else:
                log.warning("request %s: %r", request.id, error)
                told = failed(problem_of(away, request.id).body)
        answer = echoed(given) | told
        # A stranger's mistakes are not worth a signature: it is dear, and would say nothing.
        if caller is not None:
            answer = await self.signed(answer, given.get("sign_type", RSA2))
        return Response(_encode(answer))

    async def signed(self, parameters: dict[str, str], sign_type: str) -> dict[str, str]:
        """The same with time, kind, key and signature."""
        kind = sign_type if sign_type in sign_types() else RSA2
        now = datetime.now(BEIJING).strftime(TIME)
        key = await self.keys.key(kind)
        told = {"timestamp": now, "charset": "utf-8", "sign_type": kind, "key_id": key.kid}
        told |= {name: value for name, value in parameters.items() if value}
        _, signature = await self.keys.sign(kind, canonical(told))
        return told | {"sign": signature}

    async def _done(
        self, request: Request, caller: Caller, called: Called, given: dict[str, str]
    ) -> dict[str, str]:
        """Do it as `/v1` would, and tell of it in the words of the gateway."""
        caller.require(called.scene, called.action)
        scene = await self._host.scene(caller.tenant, called.scene)
        query = scene.action(called.action).model.query
        endpoint = await self._endpoint(caller, given.get("notify_url", ""), query=query)
        kind = "queries" if query else "actions"
        path = ["v1", called.scene, kind, called.action]
        inner = _request(request, path, given)
        response = await self._perform(inner, caller, path)
        if is_problem(response.headers):
            return failed(response.body, scene.pack.texts["zh"])
        body = response.body.decode()
        if endpoint is not None:
            event: dict[str, Any] = json.loads(body)
            news = echoed(given) | {
                "notify_id": f"{endpoint.hex}-{event['seq']}", "code": DONE, "msg": MESSAGES[DONE],
                "seq": str(event["seq"]), "at": str(event["at"]),
            }  # fmt: skip
            signed = await self.signed(news, given["sign_type"])
            await self._notices.put(caller.app, endpoint, scene.id, event, signed)
        return done(body, replayed=(b"idempotency-replayed", b"true") in response.headers)

    async def _endpoint(self, caller: Caller, url: str, *, query: bool) -> UUID | None:
        if not url:
            return None
        if query:
            raise Invalid(
                "a query is answered at once", code="gateway.bad_parameter", param="notify_url"
            )
        sandbox = (await get_tenant(self._pool, caller.tenant)).sandbox
        read_target(url, self._settings.rules, sandbox=sandbox, param="notify_url")
        return await self._notices.endpoint(caller.app, url)


def _request(outer: Request, path: list[str], given: dict[str, str]) -> Request:
    """The call as a request of `/v1`: msg_id is its Idempotency-Key."""
    headers = [
        (b"content-type", b"application/json"),
        (b"idempotency-key", given["msg_id"].encode()),
        (b"x-request-id", outer.id.encode()),
    ]
    headers += [
        (header, given[name].encode())
        for name, header in (("acting_party", b"acting-party"), ("acting_role", b"acting-role"))
        if given.get(name)
    ]
    content = given["biz_content"].encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content}

    place = "/" + "/".join(path)
    return Request(
        {"method": "POST", "path": place, "raw_path": place.encode(), "query_string": b"",
         "headers": headers, "client": (outer.peer, 0)},
        receive,
    )  # fmt: skip
