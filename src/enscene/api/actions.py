"""Actions and queries of scenes over HTTP: the path that most requests take."""

from __future__ import annotations

import asyncio
import json
import re

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.http import JSON, Request, Response, wrong_method
from enscene.api.problems import CONTENT_TYPE, problem_of_refusal
from enscene.api.strict_json import read_object
from enscene.customers.authorizations import Served, write_receipt
from enscene.kernel.errors import Conflict, Invalid
from enscene.scenes.runtime import Call, Reply, SceneHost

WAIT_FOR_FIRST_S = 3.0
"""How long a request waits for an earlier one with the same key before it is told so."""

_KEY = re.compile(rb"[\x21-\x7e]{1,200}")
_REPLAYED = (JSON, (b"idempotency-replayed", b"true"))
_PROBLEM = ((b"content-type", CONTENT_TYPE),)
_PROBLEM_REPLAYED = (*_PROBLEM, (b"idempotency-replayed", b"true"))


def key_of(request: Request) -> str:
    """The idempotency key. Raises: Invalid("idempotency.missing_key")."""
    key = request.headers.get(b"idempotency-key")
    if key is None:
        raise Invalid(
            "every write needs an Idempotency-Key",
            code="idempotency.missing_key",
            param="Idempotency-Key",
            hint="send a new key with each new request, and the same one when you ask again",
        )
    if not _KEY.fullmatch(key):
        raise Invalid(
            "a key is 1 to 200 visible ASCII characters",
            code="idempotency.bad_key",
            param="Idempotency-Key",
        )
    return key.decode()


class Running:
    """Requests that are being answered, by key: a second one waits a while for the first."""

    def __init__(self, *, patience_s: float = WAIT_FOR_FIRST_S) -> None:
        self._patience_s = patience_s
        self._first: dict[tuple[int, str, str, str], asyncio.Event] = {}

    async def enter(self, key: tuple[int, str, str, str]) -> asyncio.Event:
        """Wait until no other request has this key, then be the one that does.

        Raises: Conflict("idempotency.in_progress").
        """
        first = self._first.get(key)
        if first is not None:
            await self._wait(key, first)
        done = self._first[key] = asyncio.Event()
        return done

    def leave(self, key: tuple[int, str, str, str], done: asyncio.Event) -> None:
        """Let the next one with this key go on."""
        del self._first[key]
        done.set()

    async def _wait(self, key: tuple[int, str, str, str], first: asyncio.Event | None) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                while first is not None:
                    await first.wait()
                    first = self._first.get(key)
        except TimeoutError:
            raise Conflict(
                "an earlier request with this key is still being answered",
                code="idempotency.in_progress",
                param="Idempotency-Key",
                hint="send it again after a moment",
            ) from None


class Actions:
    """Performs actions and answers queries."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, running: Running) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._running = running

    async def perform(self, request: Request, caller: Caller, scene: str, name: str) -> Response:
        """`POST /v1/{scene}/actions/{action}`."""
        if request.method != "POST":
            raise wrong_method("POST")
        caller.require(scene, name)
        key = key_of(request)
        body = await request.json_body()
        plan = (await self._host.scene(caller.tenant, scene)).action(name)
        caller.require_level(plan.model.level)
        actor = await self._access.actor(request, caller, scene, name)
        read_object(body)
        scope = (caller.tenant, actor.app, f"{scene}/{name}", key)
        done = await self._running.enter(scope)
        try:
            reply = await self._host.perform(Call(caller.tenant, scene, name, actor, body, key))
        finally:
            self._running.leave(scope, done)
        return response_of(reply, request.id)

    async def ask(self, request: Request, caller: Caller, scene: str, name: str) -> Response:
        """`POST /v1/{scene}/queries/{query}`."""
        if request.method != "POST":
            raise wrong_method("POST")
        caller.require(scene, name)
        body = await request.json_body()
        plan = (await self._host.scene(caller.tenant, scene)).action(name)
        caller.require_level(plan.model.level)
        actor = await self._access.actor(request, caller, scene, name)
        read_object(body)
        if actor.grant is not None:
            self._host.service.admit_write(caller.tenant)  # its receipt is written
        reply = await self._host.query(Call(caller.tenant, scene, name, actor, body))
        if actor.grant is not None and actor.party is not None:
            grant = caller.grants[actor.grant]
            number = (await self._host.scene(caller.tenant, scene)).id
            served = Served(caller.app.id, grant.id, actor.party, number, grant.purpose)
            async with store.writing(self._pool, caller.tenant) as connection:
                await write_receipt(
                    connection, caller.tenant, served, f"queries.{name}",
                    [*json.loads(reply.body)], level="C2", records=1,
                )  # fmt: skip
        return response_of(reply, request.id)


def response_of(reply: Reply, request_id: str) -> Response:
    """A reply as HTTP tells it: 200, or 422 with the refusal as a problem."""
    if not reply.refused:
        return Response(reply.body.encode(), 200, _REPLAYED if reply.replayed else (JSON,))
    problem = problem_of_refusal(reply.body, request_id)
    headers = _PROBLEM_REPLAYED if reply.replayed else _PROBLEM
    return Response(problem.body, problem.status, headers)
