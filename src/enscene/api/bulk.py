"""Many actions of one scene in one request: all or nothing, or line by line."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.actions import Running, key_of, response_of
from enscene.api.auth import Access, Caller
from enscene.api.http import JSON, Request, Response, not_found, wrong_method
from enscene.api.once import key_reused
from enscene.api.problems import problem_of, problem_of_refusal
from enscene.api.structs import convert
from enscene.commit import Once
from enscene.commit.store import lock_shard, recall, remember_alone
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.scenes.runtime import Actor, Call, RunningScene, SceneHost

LINES_MOST = 1_000
AT_ONCE = 200

Ref = Annotated[str, Meta(max_length=64)]


class Line(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One action. `party` and `role` say who acts, as the headers do for a single action."""

    action: Annotated[str, Meta(max_length=64)]
    input: dict[str, Any]
    party: Ref | None = None
    role: Ref | None = None


class BulkOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/{scene}/bulk`."""

    mode: Literal["all_or_nothing", "line_by_line"]
    lines: Annotated[list[Line], Meta(min_length=1, max_length=LINES_MOST)]


class Bulk:
    """The bulk endpoint."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, running: Running) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._running = running

    async def perform(
        self, request: Request, caller: Caller, ref: str, rest: list[str]
    ) -> Response:
        """Answer with one result for each line, in the order of the lines."""
        if rest:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        key, body = key_of(request), await request.json_body()
        order = convert(body, BulkOrder)
        together = order.mode == "all_or_nothing"
        own = (request.text(b"acting-party"), request.text(b"acting-role"))
        scope = (caller.tenant, caller.app.name, f"{ref}/bulk", key)
        once = Once.of(*scope[1:], request=repr(own).encode() + body)
        done = await self._running.enter(scope)
        try:
            if together:
                return await self._together(request, caller, ref, order, own, once)
            scene = await self._host.scene(caller.tenant, ref)
            replayed = await self._note(scene, once)
            return await self._one_by_one(request, caller, ref, order, own, key, replayed)
        finally:
            self._running.leave(scope, done)

    async def _call(
        self, caller: Caller, ref: str, line: Line, own: tuple[str | None, str | None],
        key: str | None,
    ) -> Call:  # fmt: skip
        caller.require(ref, line.action)
        plan = (await self._host.scene(caller.tenant, ref)).action(line.action)
        caller.require_level(plan.model.level)
        party, role = (line.party, line.role) if line.party is not None else own
        actor: Actor = await self._access.actor_of(caller, party, role, ref, line.action)
        return Call(caller.tenant, ref, line.action, actor, line.input, key)

    async def _together(
        self,
        request: Request,
        caller: Caller,
        ref: str,
        order: BulkOrder,
        own: tuple[str | None, str | None],
        once: Once,
    ) -> Response:
        calls = []
        for number, line in enumerate(order.lines):
            try:
                calls.append(await self._call(caller, ref, line, own, None))
            except EnsceneError as error:
                raise _in_line(error, number) from None
        reply = await self._host.perform_together(calls, once)
        if reply.refused:
            return response_of(reply, request.id)
        results = [
            {"line": number, "status": 200, "body": msgspec.Raw(msgspec.json.encode(body))}
            for number, body in enumerate(json.loads(reply.body))
        ]
        return _told(order, results, replayed=reply.replayed)

    async def _note(self, scene: RunningScene, once: Once) -> bool:
        """Keep the key with the whole request; each line then has its own. True: kept before."""
        async with store.writing(self._pool, scene.tenant) as connection:
            stamp = await lock_shard(connection, scene.shard, [scene.tenant], 0)
            known = await recall(connection, [(scene.tenant, once.digest)])
            record = known.get((scene.tenant, once.digest))
            if record is None:
                row = (scene.tenant, once.digest, once.fingerprint, False, "")
                await remember_alone(connection, stamp, row)
                return False
        if record[0] != once.fingerprint:
            raise key_reused()
        return True

    async def _one_by_one(
        self,
        request: Request,
        caller: Caller,
        ref: str,
        order: BulkOrder,
        own: tuple[str | None, str | None],
        key: str,
        replayed: bool,
    ) -> Response:
        room = asyncio.Semaphore(AT_ONCE)

        async def perform(number: int, line: Line) -> dict[str, Any]:
            try:
                # No key of a single request holds this character.
                call = await self._call(caller, ref, line, own, f"{key}\x1f{number}")
                async with room:
                    reply = await self._host.perform(call)
            except EnsceneError as error:
                problem = problem_of(error, request.id)
                return _failed(number, problem.status, problem.body)
            if reply.refused:
                problem = problem_of_refusal(reply.body, request.id)
                return _failed(number, problem.status, problem.body)
            told: dict[str, Any] = {"line": number, "status": 200}
            told["body"] = msgspec.Raw(reply.body.encode())
            if reply.replayed:
                told["replayed"] = True
            return told

        results = await asyncio.gather(*(perform(n, line) for n, line in enumerate(order.lines)))
        return _told(order, results, replayed=replayed)


def _failed(number: int, status: int, problem: bytes) -> dict[str, Any]:
    return {"line": number, "status": status, "problem": msgspec.Raw(problem)}


def _in_line(error: EnsceneError, number: int) -> EnsceneError:
    """The error of a line, told as one of the whole."""
    at = f"lines[{number}]"
    return type(error)(
        error.detail,
        code=error.code,
        param=f"{at}.input.{error.param}" if isinstance(error, Invalid) and error.param else at,
        hint=error.hint,
        facts={**error.facts, "line": number},
    )


def _told(order: BulkOrder, results: list[dict[str, Any]], *, replayed: bool) -> Response:
    succeeded = sum(result["status"] == 200 for result in results)
    body = msgspec.json.encode(
        {
            "mode": order.mode,
            "succeeded": succeeded,
            "failed": len(results) - succeeded,
            "lines": results,
        }
    )
    headers = (JSON, (b"idempotency-replayed", b"true")) if replayed else (JSON,)
    return Response(body, 200, headers)
