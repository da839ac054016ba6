"""The calls of partners' applications: written down for them, and broken in the sandbox on demand."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from enscene.api.auth import Caller
from enscene.api.catalogue.routes import operation_of
from enscene.api.http import Request, Response
from enscene.api.problems import problem_of
from enscene.api.store import Pool, writing
from enscene.kernel.errors import EnsceneError, Invalid, Unavailable
from enscene.partners import store
from enscene.partners.apis import RulesInForce

NAMED = "partner-"
IN_SANDBOX = "-test"
"""Applications that were made for partners, and those of them that are in the sandbox."""
FLUSH_S = 0.5
WAITING_MOST = 20_000
PATH_MOST = 300
SLOW_S = 20.0
KEPT = timedelta(days=190)
NOWHERE = frozenset({"http.no_route", "scene.no_action", "scene.no_thing", "scene.not_found"})
"""Calls of what there is not: they are counted as no interface, whatever they name."""
FAULTS = ("unavailable", "lost", "slow")
_log = structlog.get_logger()


class CallLog:
    """One in a process. A process that is killed loses the calls of its last half second."""

    def __init__(self, pool: Pool, rules: RulesInForce, *, slow_s: float = SLOW_S) -> None:
        self._pool = pool
        self._rules = rules
        self._slow_s = slow_s
        self._rows: list[tuple[Any, ...]] = []
        self._task: asyncio.Task[None] | None = None

    @staticmethod
    def watches(caller: Caller) -> bool:
        """Whether the caller is a partner's application."""
        return caller.app.name.startswith(NAMED)

    async def answer(
        self, request: Request, caller: Caller, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Do the work, with the fault that a sandbox application asks for, and note the call."""
        began = time.monotonic()
        try:
            response = await self._do(request, caller, work)
        except EnsceneError as error:
            self._note(request, caller, problem_of(error, request.id).status, error.code, began)
            raise
        self._note(request, caller, response.status, None, began)
        return response

    def refused(self, request: Request, error: EnsceneError) -> None:
        """Note a call that got no further than the door, where it is known whose token it has.
        One that comes too fast is not noted: that would cost more than it does."""
        caller = request.caller
        if caller is not None and self.watches(caller) and error.code != "unavailable.rate":
            status = problem_of(error, request.id).status
            self._note(request, caller, status, error.code, time.monotonic())

    async def _do(
        self, request: Request, caller: Caller, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        fault = request.text(b"sandbox-fault")
        if fault is None or not caller.app.name.endswith(IN_SANDBOX):
            return await work()
        if fault not in FAULTS:
            raise Invalid(
                f"a fault is one of {', '.join(FAULTS)}",
                code="partner.fault",
                param="Sandbox-Fault",
            )
        if fault == "slow":
            await asyncio.sleep(self._slow_s)
            return await work()
        if fault == "lost":
            await work()
        raise Unavailable(
            "this is what the application has asked for",
            code="partner.try_again",
            facts={"retry_after_s": 1},
        )

    def _note(
        self, request: Request, caller: Caller, status: int, code: str | None, began: float
    ) -> None:
        if len(self._rows) < WAITING_MOST:
            spent = round(1000 * (time.monotonic() - began))
            path = request.raw_path[:PATH_MOST]
            self._rows.append(
                (caller.tenant, caller.app.id, datetime.now(UTC), request.method, path, status,
                 code, request.id, spent)
            )  # fmt: skip
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def flush(self) -> None:
        """Write down what was noted. Raises what stands in the way."""
        rows, self._rows = self._rows, []
        by_tenant: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_tenant.setdefault(row[0], []).append(row)
        for tenant, own in by_tenant.items():
            rules = self._rules.lately(tenant) or await self._rules.read(tenant)
            named = [
                (*row, "" if row[6] in NOWHERE
                 else operation_of(row[3], row[4].split("/")[1:], rules.packs))
                for row in own
            ]  # fmt: skip
            async with writing(self._pool, tenant) as connection:
                await store.write_calls(connection, named)

    async def close(self) -> None:
        """Write down the rest."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            await self.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                if self._rows:
                    await self.flush()
            except (EnsceneError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("partner.calls_lost", error=type(error).__name__)
