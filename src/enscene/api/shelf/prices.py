"""`/v1/shelf/prices` and `/v1/shelf/choices`: what somebody sets, and what a second one decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec

from enscene.api import store
from enscene.api.actions import Running, key_of, response_of
from enscene.api.auth import Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, wrong_method
from enscene.api.launch.desk import need, order_of, who_of
from enscene.api.lists import answer, limit_of, page
from enscene.api.once import perform_long
from enscene.api.shelf.orders import Decision, Ending, NewChoice, NewPrice
from enscene.api.shelf.told import choice_told
from enscene.commit import Once
from enscene.kernel.errors import Invalid
from enscene.shelf import standard_shelf
from enscene.shelf.choose_products import choose_product, read_choices
from enscene.shelf.pricing.set_price import (
    STATES,
    PriceOrder,
    decide_price,
    end_price,
    list_set_prices,
    no_such_price,
    plain,
    read_set_price,
    set_price,
)
from enscene.shelf.store import read_clock
from enscene.tenants import get_tenant

READ, EDIT, APPROVE = "shelf:read", "shelf:edit", "shelf:approve"
Work = Callable[[store.Connection], Awaitable[Any]]


class PricesDoor:
    """One in a process."""

    def __init__(self, pool: store.Pool, running: Running, cursors: Cursors) -> None:
        self._pool = pool
        self._running = running
        self._cursors = cursors

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        if not rest:
            if request.method == "GET":
                return await self._list(request, caller)
            if request.method == "POST":
                return await self._set(request, caller)
            raise wrong_method("GET", "POST")
        price = _id(rest[0])
        match rest[1:], request.method:
            case [], "GET":
                need(caller, READ, EDIT, APPROVE)
                request.query()
                return answer(plain(await read_set_price(self._pool, caller.tenant, price)))
            case ["approve" | "refuse" as word], "POST":
                return await self._decide(request, caller, price, approve=word == "approve")
            case ["end"], "POST":
                return await self._end(request, caller, price)
            case [], _:
                raise wrong_method("GET")
            case ["approve" | "refuse" | "end"], _:
                raise wrong_method("POST")
        raise no_such_price()

    async def _list(self, request: Request, caller: Caller) -> Response:
        need(caller, READ, EDIT, APPROVE)
        query = request.query("product", "state", "limit", "cursor")
        product, state, limit = query.get("product"), query.get("state"), limit_of(query)
        if state is not None and state not in STATES:
            raise Invalid(f"one of {', '.join(STATES)}", code="invalid.state", param="state")
        purpose = f"prices:{caller.tenant}:{product}:{state}"
        before = None
        if "cursor" in query:
            (before,) = await self._cursors.open(purpose, query["cursor"])
        found = await list_set_prices(
            self._pool, caller.tenant, product=product, state=state, before=before, limit=limit + 1
        )
        more, found = len(found) > limit, found[:limit]
        cursor = await self._cursors.seal(purpose, [found[-1].number]) if more else None
        return page([plain(price) for price in found], cursor, has_more=more)

    async def _set(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, given = await order_of(request, NewPrice)
        order = PriceOrder(
            given.product, given.name, given.value, given.why, given.scene or "",
            given.segment or "", given.since, given.until,
        )  # fmt: skip

        async def work(connection: store.Connection) -> Any:
            key = await set_price(
                connection, caller.tenant, standard_shelf(), order, who_of(caller)
            )
            return plain(await read_set_price(connection, caller.tenant, key))

        return await self._once(request, caller, body, work)

    async def _decide(
        self, request: Request, caller: Caller, price: UUID, *, approve: bool
    ) -> Response:
        need(caller, APPROVE)
        body, given = await order_of(request, Decision)

        async def work(connection: store.Connection) -> Any:
            await decide_price(
                connection, caller.tenant, standard_shelf(), price, who_of(caller),
                approve=approve, note=given.note,
            )  # fmt: skip
            return plain(await read_set_price(connection, caller.tenant, price))

        return await self._once(request, caller, body, work)

    async def _end(self, request: Request, caller: Caller, price: UUID) -> Response:
        need(caller, EDIT)
        body, given = await order_of(request, Ending)

        async def work(connection: store.Connection) -> Any:
            new = await end_price(
                connection, caller.tenant, price, who_of(caller), given.why, given.since
            )
            return plain(await read_set_price(connection, caller.tenant, new or price))

        return await self._once(request, caller, body, work)

    async def choices(self, request: Request, caller: Caller) -> Response:
        """The tenant's own shelf: `GET` what was chosen, `POST` a choice."""
        if request.method == "GET":
            need(caller, READ, EDIT, APPROVE)
            request.query()
            return page(await self._chosen(self._pool, caller.tenant), None, has_more=False)
        if request.method != "POST":
            raise wrong_method("GET", "POST")
        need(caller, EDIT)
        body, given = await order_of(request, NewChoice)

        async def work(connection: store.Connection) -> Any:
            await choose_product(
                connection, caller.tenant, standard_shelf(), given.product, given.stance,
                who_of(caller), scene=given.scene or "", place=given.place, reason=given.reason,
            )  # fmt: skip
            return {
                "product": given.product, "scene": given.scene, "stance": given.stance,
                "place": given.place, "reason": given.reason, "chosen_by": who_of(caller),
            }  # fmt: skip

        return await self._once(request, caller, body, work)

    async def _chosen(self, pool: store.Pool, tenant: int) -> list[Any]:
        choices = await read_choices(pool, tenant)
        async with store.reading(pool, tenant) as connection:
            now, _ = await read_clock(connection, tenant)
        due = choices.due(now, standard_shelf().policy.review_days)
        return [choice_told(row, due=row in due) for row in choices.rows]

    async def _once(self, request: Request, caller: Caller, body: bytes, work: Work) -> Response:
        """Do a write once for its Idempotency-Key."""
        key, operation = key_of(request), f"{request.method} {'/'.join(request.path)}"
        once = Once.of(caller.app.name, operation, key, request=body)

        async def work_text(connection: store.Connection) -> str:
            return msgspec.json.encode(await work(connection)).decode()

        shard = (await get_tenant(self._pool, caller.tenant)).shard
        scope = (caller.tenant, caller.app.name, operation, key)
        done = await self._running.enter(scope)
        try:
            reply = await perform_long(self._pool, caller.tenant, shard, once, work_text)
        finally:
            self._running.leave(scope, done)
        return response_of(reply, request.id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise no_such_price() from None
