"""The clock of a sandbox tenant: it runs as everywhere, and may be moved forward."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.actions import key_of, response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, wrong_method
from enscene.api.lists import answer
from enscene.api.once import perform_once
from enscene.api.structs import convert
from enscene.commit import Once, offsets_of
from enscene.engagement import reactor_of
from enscene.kernel.clock import format_time, next_time_of_day, parse_time
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.partners.rails import RailClock, Rails
from enscene.scenes.reactions import Reactor
from enscene.scenes.runtime import SceneHost

SCOPE = "platform:clock"
LEAP_MOST = timedelta(days=3_660)


class ClockOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/sandbox/clock`: the moment to move to, RFC 3339."""

    now: Annotated[str, Meta(max_length=40)]


class Clock:
    """`GET` and `PUT /v1/sandbox/clock`. Whatever falls due on the way happens before the answer."""

    def __init__(self, host: SceneHost, pool: store.Pool, rails: Rails) -> None:
        self._host = host
        self._pool = pool
        self._rails = rails
        self._reactors: dict[int, Reactor] = {}

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Tell the tenant's time, or move it forward."""
        caller.require_platform(SCOPE)
        if request.method == "GET":
            request.query()
            async with store.reading(self._pool, caller.tenant) as connection:
                return answer(await _told(connection, caller.tenant))
        if request.method != "PUT":
            raise wrong_method("GET", "PUT")
        return await self._move(request, caller)

    async def _move(self, request: Request, caller: Caller) -> Response:
        key, body = key_of(request), await request.json_body()
        wanted = parse_time(convert(body, ClockOrder).now, param="now")
        async with store.reading(self._pool, caller.tenant) as connection:
            tenant = await store.read_clock(connection, caller.tenant)
        if not tenant["sandbox"]:
            raise Forbidden("only the clock of a sandbox is moved", code="clock.not_sandbox")
        shard = tenant["shard"]
        reactor = self._reactor(shard)
        ahead = offsets_of(tenant["clocks"]).get(caller.tenant, timedelta(0))
        is_later = wanted > tenant["at"] + ahead and wanted - tenant["at"] <= LEAP_MOST
        if is_later:
            await reactor.approach(caller.tenant, wanted)

        async def work(connection: store.Connection) -> str:
            row = await store.read_clock(connection, caller.tenant)
            before = offsets_of(row["clocks"]).get(caller.tenant, timedelta(0))
            ahead = wanted - row["at"]
            if is_later:
                ahead = max(ahead, before)  # the clock ran on while timers were fired
            if ahead < before:
                raise Conflict("a clock only moves forward", code="clock.backwards", param="now")
            if ahead > LEAP_MOST:
                raise Invalid("that is more than ten years ahead", code="clock.too_far",
                              param="now")  # fmt: skip
            offset_us = ahead // timedelta(microseconds=1)
            await store.write_offset(connection, row["shard"], caller.tenant, offset_us)
            return msgspec.json.encode(await _told(connection, caller.tenant)).decode()

        once = Once.of(caller.app.name, "sandbox/clock", key, request=body)
        reply = await perform_once(self._pool, caller.tenant, shard, once, work)
        if is_later:
            await reactor.settle(caller.tenant)
        return response_of(reply, request.id)

    async def next_day(self, tenant: int) -> None:
        """Let the next day of a sandbox begin, with all that falls due on the way.

        Raises: Forbidden("rails.not_sandbox"), Invalid("clock.too_far").
        """
        sandbox = await self._rails.sandbox(tenant)
        async with store.reading(self._pool, tenant) as connection:
            row = await store.read_clock(connection, tenant)
        now = row["at"] + offsets_of(row["clocks"]).get(tenant, timedelta(0))
        wanted = next_time_of_day(now, "00:00", sandbox.zone)
        if wanted - row["at"] > LEAP_MOST:
            raise Invalid("that is more than ten years ahead", code="clock.too_far", param="now")
        await self._reactor(sandbox.shard).advance(tenant, wanted)

    def _reactor(self, shard: int) -> Reactor:
        reactor = self._reactors.get(shard)
        if reactor is None:
            rails = RailClock(self._rails, self._pool, shard, self._host.service)
            reactor = reactor_of(self._pool, self._host, shard, dues=[rails])
            self._reactors[shard] = reactor
        return reactor


async def _told(connection: store.Connection, tenant: int) -> dict[str, Any]:
    row = await store.read_clock(connection, tenant)
    ahead = offsets_of(row["clocks"]).get(tenant, timedelta(0))
    return {
        "now": format_time(row["at"] + ahead),
        "sandbox": row["sandbox"],
        "ahead_s": int(ahead.total_seconds()),
    }
