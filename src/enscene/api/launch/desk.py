"""What the three parts of the launch API share: who may, what is done once, the templates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from enscene.api import store
from enscene.api.actions import Running, key_of
from enscene.api.auth import Caller
from enscene.api.http import Request
from enscene.api.once import perform_long
from enscene.api.structs import convert
from enscene.commit import Once
from enscene.kernel.errors import Forbidden
from enscene.operations import Checked, Rehearsals, Templates, Wish, check_wish
from enscene.operations import store as operations_store
from enscene.scenes.language import Pack
from enscene.scenes.runtime import Reply, SceneHost

READ, EDIT, APPROVE = "launch:read", "launch:edit", "launch:approve"
CHECKS_AT_ONCE_MOST = 2
"""Configuring a pack takes a tenth of a second of the processor that payments need too."""

T = TypeVar("T")
Work = Callable[[store.Connection], Awaitable[Any]]


def need(caller: Caller, *scopes: str) -> None:
    """One of the scopes must be the token's. Raises: Forbidden("auth.scope")."""
    if caller.scopes.isdisjoint(scopes):
        raise Forbidden(
            f"the token lacks the scope {' or '.join(scopes)}",
            code="auth.scope",
            facts={"scope": scopes[0]},
        )


def who_of(caller: Caller) -> str:
    """The person that an application is among those who make and check: its name, which no
    login of the console can have."""
    return f"app:{caller.app.name}"


async def order_of(request: Request, kind: type[T]) -> tuple[bytes, T]:
    """The body, and what it says; a body that may be left out counts as `{}`."""
    if request.headers.get(b"content-length", b"0") == b"0" and (
        b"transfer-encoding" not in request.headers
    ):
        return b"", convert(b"{}", kind)
    body = await request.json_body()
    return body, convert(body, kind)


class Desk:
    """One in a process."""

    def __init__(
        self, host: SceneHost, pool: store.Pool, running: Running, packs: Path | None
    ) -> None:
        self.host = host
        self.pool = pool
        self.rehearsals = Rehearsals(pool)
        self._running = running
        self._packs = packs
        self._templates: Templates | None = None
        self._loading = asyncio.Lock()
        self._checking = asyncio.Semaphore(CHECKS_AT_ONCE_MOST)

    async def templates(self) -> Templates:
        """The bank's templates, loaded when they are first asked for."""
        async with self._loading:
            if self._templates is None:
                self._templates = (
                    Templates({}, {}) if self._packs is None else await Templates.load(self._packs)
                )
        return self._templates

    async def clock(self, tenant: int) -> operations_store.Row:
        """The tenant's time, zone and shard."""
        async with store.reading(self.pool, tenant) as connection:
            return await operations_store.read_clock(connection, tenant)

    async def check(self, pack: Pack, wish: Wish, zone: str) -> Checked:
        """What the compiler says of a wish; a few at a time."""
        async with self._checking:
            return await check_wish(pack, wish, zone)

    async def once(self, request: Request, caller: Caller, body: bytes, work: Work) -> Reply:
        """Do a write once for its Idempotency-Key; `work` returns what is answered."""
        key = key_of(request)
        operation = f"{request.method} {'/'.join(request.path)}"
        once = Once.of(caller.app.name, operation, key, request=body)

        async def work_text(connection: store.Connection) -> str:
            return msgspec.json.encode(await work(connection)).decode()

        scope = (caller.tenant, caller.app.name, operation, key)
        shard = (await self.clock(caller.tenant))["shard"]
        done = await self._running.enter(scope)
        try:
            return await perform_long(self.pool, caller.tenant, shard, once, work_text)
        finally:
            self._running.leave(scope, done)
