"""`/v1/webhooks`: an application arranges how it is told of events. It sees its own alone."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from enscene.api.actions import Running, key_of, response_of
from enscene.api.auth import Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import order_of
from enscene.api.lists import answer, limit_of, page
from enscene.api.once import perform_long
from enscene.api.store import Connection, Pool, reading, writing
from enscene.api.webhooks import manage, queue_store, store
from enscene.api.webhooks.endpoint import Endpoint
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.orders import EndpointChange, NewEndpoint, Nothing, ReplayOrder
from enscene.api.webhooks.settings import WebhookSettings
from enscene.api.webhooks.target import read_target
from enscene.api.webhooks.told import Told, delivery_told, endpoint_told
from enscene.commit import Once
from enscene.kernel.errors import Invalid, NotFound
from enscene.storage import Seal
from enscene.tenants import get_tenant

READ, WRITE = "webhooks:read", "webhooks:write"
STATES = ("pending", "done", "failed", "cancelled")
_MESSAGE = re.compile(r"(?:evt_[0-9]{1,9}|test)_([0-9]{1,18})(?:_[0-9a-f]{1,32})?")
Work = Callable[[Connection], Awaitable[Told]]


class WebhooksDoor:
    """One in a process."""

    def __init__(
        self, pool: Pool, running: Running, cursors: Cursors, seal: Seal, settings: WebhookSettings
    ) -> None:
        self._pool = pool
        self._running = running
        self._cursors = cursors
        self._keys = Keys(seal)
        self._settings = settings

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 1 and path[1] == "webhooks"

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer a request below `/v1/webhooks`."""
        match request.path[2:], request.method:
            case [], "GET":
                return await self._list(request, caller)
            case [], "POST":
                return await self._create(request, caller)
            case [], _:
                raise wrong_method("GET", "POST")
            case [_], "GET":
                return await self._show(request, caller)
            case [_], "PATCH":
                return await self._change(request, caller)
            case [_], "DELETE":
                return await self._delete(request, caller)
            case [_], _:
                raise wrong_method("GET", "PATCH", "DELETE")
            case [_, "deliveries"], "GET":
                return await self._deliveries(request, caller)
            case [_, "deliveries"], _:
                raise wrong_method("GET")
            case [_, "replay"], "POST":
                return await self._replay(request, caller)
            case [_, "rotate" | "pause" | "resume" | "test" as verb], "POST":
                return await self._act(request, caller, verb)
            case [_, "deliveries", _, "replay"], "POST":
                return await self._again(request, caller)
            case (
                [_, "rotate" | "pause" | "resume" | "test" | "replay"]
                | [_, "deliveries", _, "replay"],
                _,
            ):
                raise wrong_method("POST")
        raise not_found()

    async def _list(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(READ)
        query = request.query("limit", "cursor")
        limit, purpose = limit_of(query), f"webhooks:{caller.tenant}:{caller.app.id}"
        after = None
        if "cursor" in query:
            after = UUID((await self._cursors.open(purpose, query["cursor"]))[0])
        async with reading(self._pool, caller.tenant) as connection:
            found = await store.list_endpoints(
                connection, caller.tenant, caller.app.id, after, limit + 1
            )
            more, found = len(found) > limit, found[:limit]
            ids = [endpoint.id for endpoint in found]
            keys = await self._keys.read(connection, caller.tenant, ids)
        cursor = await self._cursors.seal(purpose, [str(ids[-1])]) if more else None
        told: list[Any] = [endpoint_told(each, keys[each.id]) for each in found]
        return page(told, cursor, has_more=more)

    async def _create(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(WRITE)
        body, order = await order_of(request, NewEndpoint)
        sandbox = (await get_tenant(self._pool, caller.tenant)).sandbox
        read_target(order.url, self._settings.rules, sandbox=sandbox)

        async def work(connection: Connection) -> Told:
            made = await manage.create(connection, self._keys, caller.app, order)
            return {"id": str(made)}

        return await self._once(request, caller, body, work, secret=True)

    async def _show(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(READ)
        request.query()
        async with reading(self._pool, caller.tenant) as connection:
            found = await self._own(connection, request, caller)
            return answer(await self._told(connection, found))

    async def _change(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(WRITE)
        body, order = await order_of(request, EndpointChange)
        if order.url is not UNSET:
            sandbox = (await get_tenant(self._pool, caller.tenant)).sandbox
            read_target(order.url, self._settings.rules, sandbox=sandbox)

        async def work(connection: Connection) -> Told:
            found = await self._own(connection, request, caller, lock=True)
            await manage.change(connection, found, order)
            return await self._told(connection, await self._own(connection, request, caller))

        return await self._once(request, caller, body, work)

    async def _delete(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(WRITE)
        request.query()
        async with writing(self._pool, caller.tenant) as connection:
            found = await self._own(connection, request, caller, lock=True)
            await store.delete_endpoint(connection, caller.tenant, found.id)
        return answer({"id": str(found.id), "deleted": True})

    async def _act(self, request: Request, caller: Caller, verb: str) -> Response:
        """Rotate, pause, resume, test."""
        caller.require_platform(WRITE)
        body, _ = await order_of(request, Nothing)

        async def work(connection: Connection) -> Told:
            found = await self._own(connection, request, caller, lock=True)
            match verb:
                case "rotate":
                    await manage.rotate(connection, self._keys, found)
                    return {"id": str(found.id)}
                case "test":
                    return delivery_told(await manage.test(connection, found))
                case _:
                    await manage.set_state(connection, found, verb)
            return await self._told(connection, await self._own(connection, request, caller))

        return await self._once(request, caller, body, work, secret=verb == "rotate")

    async def _replay(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(WRITE)
        body, order = await order_of(request, ReplayOrder)

        async def work(connection: Connection) -> Told:
            found = await self._own(connection, request, caller, lock=True)
            await manage.replay(connection, found, order.since)
            return await self._told(connection, await self._own(connection, request, caller))

        return await self._once(request, caller, body, work)

    async def _deliveries(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(READ)
        query = request.query("state", "limit", "cursor")
        state, limit = query.get("state"), limit_of(query)
        if state is not None and state not in STATES:
            raise Invalid(f"one of {', '.join(STATES)}", code="invalid.state", param="state")
        async with reading(self._pool, caller.tenant) as connection:
            found = await self._own(connection, request, caller)
            purpose = f"deliveries:{caller.tenant}:{found.id}:{state}"
            before = queue_store.LAST
            if "cursor" in query:
                seq, message = await self._cursors.open(purpose, query["cursor"])
                before = (seq, message)
            rows = await queue_store.list_deliveries(
                connection, caller.tenant, found.id, before, state, limit + 1
            )
        more, rows = len(rows) > limit, rows[:limit]
        place = [rows[-1]["seq"], rows[-1]["message"]] if more else []
        cursor = await self._cursors.seal(purpose, place) if more else None
        return page([delivery_told(row) for row in rows], cursor, has_more=more)

    async def _again(self, request: Request, caller: Caller) -> Response:
        caller.require_platform(WRITE)
        body, _ = await order_of(request, Nothing)
        message = request.path[4]
        parts = _MESSAGE.fullmatch(message)
        if parts is None:
            raise _no_delivery()
        place = (int(parts[1]), message)

        async def work(connection: Connection) -> Told:
            found = await self._own(connection, request, caller)
            where = (caller.tenant, found.id, *place)
            await queue_store.begin_again(connection, *where)
            row = await queue_store.read_delivery(connection, *where)
            if row is None:
                raise _no_delivery()
            return delivery_told(row)

        return await self._once(request, caller, body, work)

    async def _own(
        self, connection: Connection, request: Request, caller: Caller, *, lock: bool = False
    ) -> Endpoint:
        """The endpoint of the path, if it is the caller's. Raises: NotFound."""
        try:
            wanted = UUID(request.path[2])
        except ValueError:
            raise _no_endpoint() from None
        found = await store.read_endpoint(
            connection, caller.tenant, caller.app.id, wanted, lock=lock
        )
        if found is None:
            raise _no_endpoint()
        return found

    async def _told(
        self, connection: Connection, endpoint: Endpoint, *, secret: bool = False
    ) -> Told:
        keys = await self._keys.read(connection, endpoint.tenant, [endpoint.id])
        return endpoint_told(endpoint, keys[endpoint.id], secret=secret)

    async def _once(
        self, request: Request, caller: Caller, body: bytes, work: Work, *, secret: bool = False
    ) -> Response:
        """Do a write once for its Idempotency-Key. A secret is not kept with the answer: that has
        the endpoint's id, and whoever asks again is told what is sealed for it now."""
        key, operation = key_of(request), f"{request.method} {'/'.join(request.path)}"
        once = Once.of(caller.app.name, operation, key, request=body)

        async def work_text(connection: Connection) -> str:
            return msgspec.json.encode(await work(connection)).decode()

        shard = (await get_tenant(self._pool, caller.tenant)).shard
        scope = (caller.tenant, caller.app.name, operation, key)
        done = await self._running.enter(scope)
        try:
            reply = await perform_long(self._pool, caller.tenant, shard, once, work_text)
        finally:
            self._running.leave(scope, done)
        response = response_of(reply, request.id)
        if secret and not reply.refused:
            made = UUID(msgspec.json.decode(reply.body)["id"])
            async with reading(self._pool, caller.tenant) as connection:
                found = await store.read_endpoint(connection, caller.tenant, caller.app.id, made)
                if found is None:
                    raise _no_endpoint()
                told = await self._told(connection, found, secret=True)
            response.body = msgspec.json.encode(told)
        return response


def _no_endpoint() -> NotFound:
    return NotFound("there is no such webhook", code="webhook.not_found")


def _no_delivery() -> NotFound:
    return NotFound("there is no such delivery", code="webhook.no_delivery")
