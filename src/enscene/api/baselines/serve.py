"""Before and now: `/v1/baselines/{scene}`."""

from __future__ import annotations

from typing import Any

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.baselines.orders import BaselineBody, WithdrawBody
from enscene.api.baselines.told import baseline_told, comparison_told
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Nothing
from enscene.api.lists import answer
from enscene.kernel.clock import local_day
from enscene.operations.baselines import (
    baseline_id,
    decide_baseline,
    enter_baseline,
    list_baselines,
    read_baseline,
    read_comparison,
    withdraw_baseline,
)
from enscene.operations.scene_account import parse_month
from enscene.scenes.runtime import RunningScene

Told = dict[str, Any]
ACTS = ("approve", "refuse", "withdraw")


class BaselinesDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        match rest, request.method:
            case [ref], "GET" | "HEAD":
                need(caller, READ, EDIT, APPROVE)
                return await self._read(request, await self._scene(caller, ref))
            case [ref], "POST":
                need(caller, EDIT)
                return await self._enter(request, caller, ref)
            case [ref, number, "withdraw"], "POST":
                need(caller, EDIT)
                return await self._withdraw(request, caller, ref, number)
            case [ref, number, "approve" | "refuse" as act], "POST":
                need(caller, APPROVE)
                return await self._decide(request, caller, ref, number, approve=act == "approve")
            case [_], _:
                raise wrong_method("GET", "POST")
            case [_, _, act], _ if act in ACTS:
                raise wrong_method("POST")
        raise not_found()

    async def _scene(self, caller: Caller, ref: str) -> RunningScene:
        return await self._desk.host.scene(caller.tenant, ref)

    async def _read(self, request: Request, scene: RunningScene) -> Response:
        asked = request.query("month")
        if "month" in asked:
            month = parse_month(asked["month"])
        else:
            clock = await self._desk.clock(scene.tenant)
            month = local_day(clock["now"], clock["zone"]).replace(day=1)
        pool, tenant = self._desk.pool, scene.tenant
        found = await read_comparison(pool, tenant, scene.id, month, scene.pack.things)
        entries = await list_baselines(pool, tenant, scene.id)
        return answer(comparison_told(scene.ref, found, entries))

    async def _enter(self, request: Request, caller: Caller, ref: str) -> Response:
        body, given = await order_of(request, BaselineBody)
        order, scene = given.order(), await self._scene(caller, ref)
        currency = given.currency or scene.pack.currency

        async def work(connection: store.Connection) -> Told:
            number = await enter_baseline(
                connection, scene.tenant, scene.id, scene.pack.things, currency, order,
                who_of(caller),
            )  # fmt: skip
            return await self._told(connection, scene, number)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _withdraw(self, request: Request, caller: Caller, ref: str, entry: str) -> Response:
        body, given = await order_of(request, WithdrawBody)
        scene, number = await self._scene(caller, ref), baseline_id(entry)

        async def work(connection: store.Connection) -> Told:
            await withdraw_baseline(
                connection, scene.tenant, scene.id, number, who_of(caller), given.why
            )
            return await self._told(connection, scene, number)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _decide(
        self, request: Request, caller: Caller, ref: str, entry: str, *, approve: bool
    ) -> Response:
        body, _ = await order_of(request, Nothing)
        scene, number = await self._scene(caller, ref), baseline_id(entry)

        async def work(connection: store.Connection) -> Told:
            await decide_baseline(
                connection, scene.tenant, scene.id, number, who_of(caller), approve=approve
            )
            return await self._told(connection, scene, number)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _told(self, connection: store.Connection, scene: RunningScene, number: Any) -> Told:
        return baseline_told(await read_baseline(connection, scene.tenant, scene.id, number))
