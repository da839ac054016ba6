"""Screening over HTTP: cases, their outcomes, and what other figures of a rule would have found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need
from enscene.api.lists import answer, limit_of
from enscene.api.structs import convert
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid, NotFound
from enscene.risk.screening import Case, backtest, decide_hit, list_cases, read_screening

READ, DECIDE = "screening:read", "screening:decide"
Word = Annotated[str, Meta(min_length=1, max_length=64)]


class Outcome(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/screening/cases/{id}/decide`."""

    outcome: Word
    why: Annotated[str, Meta(max_length=500)]


class Trial(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/screening/backtests`."""

    rule: Word
    figures: dict[Word, int] = {}


class ScreeningDoor:
    """`/v1/screening…`."""

    def __init__(self, pool: store.Pool) -> None:
        self._pool = pool

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 2 and path[1] == "screening"

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Find the handler."""
        match request.path[2:]:
            case ["cases"]:
                return await self._list(request, caller)
            case ["cases", case, "decide"]:
                return await self._decide(request, caller, case)
            case ["rules"]:
                return self._rules(request, caller)
            case ["backtests"]:
                return await self._try(request, caller)
        raise not_found()

    async def _list(self, request: Request, caller: Caller) -> Response:
        """The newest cases."""
        _only(request, "GET")
        need(caller, READ, DECIDE)
        query = request.query("limit", "state", "rule", "customer")
        state = query.get("state")
        if state not in (None, "waiting", "other"):
            raise Invalid("state is waiting or other", code="invalid.choice", param="state")
        found = await list_cases(
            self._pool, caller.tenant, waiting=None if state is None else state == "waiting",
            rule=query.get("rule"), customer=query.get("customer"), limit=limit_of(query),
        )  # fmt: skip
        return answer({"data": [told(each) for each in found]})

    async def _decide(self, request: Request, caller: Caller, case: str) -> Response:
        """Say what a case was, once."""
        _only(request, "POST")
        need(caller, DECIDE)
        key_of(request)  # decided twice it is a conflict
        order = convert(await request.json_body(), Outcome)
        try:
            wanted = UUID(case)
        except ValueError:
            raise NotFound("there is no such case", code="screening.not_found") from None
        done = await decide_hit(
            self._pool, caller.tenant, wanted, order.outcome, order.why, f"app:{caller.app.name}"
        )
        return answer(told(done))

    def _rules(self, request: Request, caller: Caller) -> Response:
        """The rules as they are in force."""
        _only(request, "GET")
        need(caller, READ, DECIDE)
        request.query()
        policy = read_screening()
        return answer({"version": policy.version, "currency": policy.currency,
                       "data": msgspec.to_builtins(policy.rules)})  # fmt: skip

    async def _try(self, request: Request, caller: Caller) -> Response:
        """A rule with other figures, on the past."""
        _only(request, "POST")
        need(caller, READ, DECIDE)
        order = convert(await request.json_body(), Trial)
        return answer(await backtest(self._pool, caller.tenant, order.rule, order.figures))


def told(case: Case) -> dict[str, Any]:
    """A case for programs."""
    found = asdict(case)
    for name in ("at", "decided_at"):
        found[name] = None if found[name] is None else format_time(found[name])
    return found


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise wrong_method(method)
