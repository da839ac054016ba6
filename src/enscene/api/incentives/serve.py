"""Incentives: `/v1/incentives`."""

from __future__ import annotations

from typing import Any

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.incentives.orders import RuleBody, RunBody
from enscene.api.incentives.told import credited_told, rule_told, run_card, run_told
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Nothing
from enscene.api.lists import answer, page
from enscene.operations.copying import family_of
from enscene.operations.incentives import (
    ask_rule,
    decide_rule,
    decide_run,
    list_rules,
    list_runs,
    make_run,
    read_credited,
    read_rule,
    read_run,
)

Told = dict[str, Any]


class IncentivesDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        if request.method in ("GET", "HEAD"):
            need(caller, READ, EDIT, APPROVE)
            return await self._read(request, caller, rest)
        match rest, request.method:
            case ["rules"], "POST":
                return await self._ask(request, caller)
            case ["rules", ref, "approve" | "refuse" as act], "POST":
                return await self._decide_rule(request, caller, ref, approve=act == "approve")
            case ["runs"], "POST":
                return await self._make(request, caller)
            case ["runs", month, "release" | "refuse" as act], "POST":
                return await self._decide_run(request, caller, month, release=act == "release")
        raise _wrong(rest)

    async def _read(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        pool, tenant = self._desk.pool, caller.tenant
        request.query()
        match rest:
            case ["rules"]:
                found = [rule_told(each) for each in await list_rules(pool, tenant)]
                return page(found, None, has_more=False)
            case ["rules", ref]:
                return answer(rule_told(await read_rule(pool, tenant, ref)))
            case ["runs"]:
                runs = [run_card(each) for each in await list_runs(pool, tenant)]
                return page(runs, None, has_more=False)
            case ["runs", month]:
                return answer(run_told(await read_run(pool, tenant, month)))
            case ["credits"]:
                family = await family_of(pool, tenant)
                credited = await read_credited(pool, family)
                told = [credited_told(each, family) for each in credited]
                return page(told, None, has_more=False)
        raise _wrong(rest)

    async def _ask(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, RuleBody)
        family = await family_of(self._desk.pool, caller.tenant)

        async def work(connection: store.Connection) -> Told:
            await ask_rule(connection, caller.tenant, family, order.order(), who_of(caller))
            return rule_told(await read_rule(connection, caller.tenant, order.ref))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _decide_rule(
        self, request: Request, caller: Caller, ref: str, *, approve: bool
    ) -> Response:
        need(caller, APPROVE)
        body, _ = await order_of(request, Nothing)

        async def work(connection: store.Connection) -> Told:
            await decide_rule(connection, caller.tenant, ref, who_of(caller), approve=approve)
            return rule_told(await read_rule(connection, caller.tenant, ref))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _make(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, RunBody)

        async def work(connection: store.Connection) -> Told:
            return run_told(await make_run(connection, caller.tenant, order.month, who_of(caller)))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _decide_run(
        self, request: Request, caller: Caller, month: str, *, release: bool
    ) -> Response:
        need(caller, APPROVE)
        body, _ = await order_of(request, Nothing)

        async def work(connection: store.Connection) -> Told:
            await decide_run(connection, caller.tenant, month, who_of(caller), release=release)
            return run_told(await read_run(connection, caller.tenant, month))

        return response_of(await self._desk.once(request, caller, body, work), request.id)


def _wrong(rest: list[str]) -> Exception:
    match rest:
        case ["rules"] | ["runs"]:
            return wrong_method("GET", "POST")
        case ["rules", _] | ["runs", _] | ["credits"]:
            return wrong_method("GET")
        case ["rules", _, "approve" | "refuse"] | ["runs", _, "release" | "refuse"]:
            return wrong_method("POST")
    return not_found()
