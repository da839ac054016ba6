"""`/v1/usage`, `/v1/plans`, `/v1/invoices`, `/v1/credits`, `/v1/operator/income`."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.actions import Running, key_of
from enscene.api.auth import Caller
from enscene.api.billing import invoices
from enscene.api.billing.usage import show_usage, take
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need, who_of
from enscene.api.lists import answer
from enscene.api.once import perform_long
from enscene.api.structs import convert
from enscene.billing import Billing, Plan, PlanBody, propose_plan, read_income
from enscene.commit import Once
from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.kernel.money import format_money, parse_money
from enscene.metering import after_month, month_of
from enscene.tenants import get_tenant, list_tenants

READ, WRITE, APPROVE = "billing:read", "billing:write", "billing:approve"
ANY = (READ, WRITE, APPROVE)
Text = Annotated[str, Meta(min_length=1, max_length=40)]


class PlanOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/plans`."""

    starts: Text
    plan: PlanBody
    payer: invoices.Payer = ""


class CreditsOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/credits`."""

    amount: Text
    payer: invoices.Payer = ""


class PayOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/invoices/{month}/pay`."""

    payer: invoices.Payer = ""


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body that says nothing."""


class BillingDoor:
    """Finds the handler."""

    def __init__(self, pool: store.Pool, running: Running, operator: str | None) -> None:
        self._pool = pool
        self._running = running
        self._operator = operator or os.environ.get("ENSCENE_OPERATOR") or None
        self.billing = Billing(pool)

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        if path[1:] == ["operator", "income"]:
            return True
        return len(path) > 1 and path[1] in ("usage", "plans", "invoices", "credits")

    async def close(self) -> None:
        """Wait for what was begun."""
        await self.billing.close()

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer."""
        match request.path[1:]:
            case ["usage"]:
                query, app = _read(request, caller, "month", "meter", "by", "from")
                return await show_usage(query, caller, self._pool, app)
            case ["usage", "readings"]:
                _only(request, caller, "POST", WRITE)
                key_of(request)  # each reading has an id of its own, for longer than any key
                return await take(request, caller, self.billing)
            case ["plans"]:
                return await self._plans(request, caller)
            case ["plans", version, "approve" | "reject" as what]:
                _only(request, caller, "POST", APPROVE)
                return await self._decide(request, caller, version, approve=what == "approve")
            case ["invoices"]:
                return await self._invoices(request, caller)
            case ["invoices", month]:
                _, payer = _read(request, caller)
                return await invoices.show(self.billing, caller.tenant, _month(month), payer)
            case ["invoices", month, "pdf"]:
                query, payer = _read(request, caller, "language")
                return await invoices.as_pdf(
                    request, query, self.billing, caller.tenant, _month(month), payer
                )
            case ["invoices", month, "pay"]:
                _only(request, caller, "POST", WRITE)
                return await self._pay(request, caller, _month(month))
            case ["invoices", month, "lines", n, "readings"]:
                query, payer = _read(request, caller, "limit", "after")
                return await invoices.trace(
                    query, self.billing, caller.tenant, _month(month), n, payer
                )
            case ["credits"]:
                return await self._credits(request, caller)
            case ["operator", "income"]:
                _only(request, caller, "GET", READ)
                return await self._income(request, caller)
        raise not_found()

    async def _plans(self, request: Request, caller: Caller) -> Response:
        if request.method == "GET":
            query, payer = _read(request, caller)
            plans = await self.billing.plans(caller.tenant)
            if "payer" in query or payer:
                plans = [plan for plan in plans if plan.payer == payer]
            return answer({"data": [told(each) for each in plans]})
        _only(request, caller, "POST", WRITE)
        key, body = key_of(request), await request.json_body()
        order = convert(body, PlanOrder)
        starts = parse_day(order.starts, param="starts")

        tenant = await get_tenant(self._pool, caller.tenant)

        async def work(connection: store.Connection) -> str:
            try:
                plan = await propose_plan(
                    connection, tenant, starts, order.plan, who_of(caller), payer=order.payer
                )
            except Invalid as error:
                if error.param and error.param not in ("starts", "payer"):
                    error.param = f"plan.{error.param}"
                raise
            return msgspec.json.encode(told(plan)).decode()

        scope = (caller.tenant, caller.app.name, "plans", key)
        done = await self._running.enter(scope)
        try:
            once = Once.of(caller.app.name, "plans", key, request=body)
            reply = await perform_long(self._pool, tenant.id, tenant.shard, once, work)
        finally:
            self._running.leave(scope, done)
        return Response(reply.body.encode())

    async def _decide(
        self, request: Request, caller: Caller, version: str, *, approve: bool
    ) -> Response:
        key_of(request)  # decided twice it is a conflict
        convert(await request.json_body(), Nothing)
        if not (version.isascii() and version.isdigit() and len(version) <= 9):
            raise NotFound("there is no such plan", code="plan.not_found")
        plan = await self.billing.decide(
            caller.tenant, int(version), approve=approve, who=who_of(caller)
        )
        return answer(told(plan))

    async def _invoices(self, request: Request, caller: Caller) -> Response:
        if request.method == "GET":
            query, payer = _read(request, caller, "limit", "before")
            return await invoices.listed(query, self.billing, caller.tenant, payer)
        _only(request, caller, "POST", WRITE)
        key_of(request)  # a month has one invoice, whoever asks
        order = convert(await request.json_body(), invoices.IssueOrder)
        tenant = await get_tenant(self._pool, caller.tenant)
        month = month_of(order.month)
        found = await self.billing.issue(tenant, month, payer=order.payer, who=who_of(caller))
        if found is None:
            raise NotFound("no prices held in that month", code="invoice.no_plan")
        return await invoices.show(self.billing, tenant.id, month, order.payer)

    async def _pay(self, request: Request, caller: Caller, month: date) -> Response:
        key_of(request)  # it is paid once
        payer = convert(await request.json_body(), PayOrder).payer
        tenant = await get_tenant(self._pool, caller.tenant)
        await self.billing.pay(tenant, month, who_of(caller), payer=payer)
        return await invoices.show(self.billing, tenant.id, month, payer)

    async def _credits(self, request: Request, caller: Caller) -> Response:
        tenant = await get_tenant(self._pool, caller.tenant)
        if request.method == "GET":
            _, payer = _read(request, caller)
            left = await self.billing.credits(tenant, payer)
        else:
            _only(request, caller, "POST", WRITE)
            key = key_of(request)
            order = convert(await request.json_body(), CreditsOrder)
            minor = parse_money(order.amount, tenant.currency, param="amount")
            left = await self.billing.buy_credits(
                tenant, minor, key, who_of(caller), payer=order.payer
            )
        return answer({"currency": tenant.currency, "left": format_money(left, tenant.currency)})

    async def _income(self, request: Request, caller: Caller) -> Response:
        """For the tenant that runs the others, and nobody else."""
        if self._operator is None or caller.app.tenant_ref != self._operator:
            raise Forbidden("this is for the operator", code="operator.only")
        first = month_of(request.query("month").get("month", ""))
        found = await read_income(
            self._pool, await list_tenants(self._pool), first, after_month(first)
        )
        return answer(income_of(found, first))


def income_of(found: list[Any], first: date) -> dict[str, Any]:
    """The lines, and one sum for each currency."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    data = []
    for each in found:
        money = {"total": each.total, **each.shares}
        for name, minor in money.items():
            sums[each.currency][name] += minor
        shown = {name: format_money(minor, each.currency) for name, minor in money.items()}
        data.append({"tenant": each.tenant, "name": each.name, "payer": each.payer, "currency": each.currency,
                     "state": each.state, **shown})  # fmt: skip
    saas = [
        {"currency": currency, **{n: format_money(minor, currency) for n, minor in total.items()}}
        for currency, total in sums.items()
    ]
    return {"month": f"{first:%Y-%m}", "saas_income": saas, "data": data}


def told(plan: Plan) -> dict[str, Any]:
    """A plan for programs."""
    return {
        "version": plan.version, "payer": plan.payer, "starts": plan.starts.isoformat(), "state": plan.state,
        "made_by": plan.made_by, "decided_by": plan.decided_by,
        "plan": msgspec.to_builtins(plan.body),
    }  # fmt: skip


def _month(text: str) -> date:
    try:
        return month_of(text)
    except Invalid:
        raise NotFound("there is no such invoice", code="invoice.not_found") from None


def _read(request: Request, caller: Caller, *names: str) -> tuple[dict[str, str], str]:
    """What is asked for, and of which payer: an application that may not see the tenant's bills
    sees what itself has used and pays, and nothing else."""
    if request.method not in ("GET", "HEAD"):
        raise wrong_method("GET")
    query = request.query("payer", *names)
    if not caller.scopes.isdisjoint(ANY):
        return query, query.get("payer", "")
    if query.get("payer", caller.app.name) != caller.app.name:
        need(caller, *ANY)
    return query, caller.app.name


def _only(request: Request, caller: Caller, method: str, *scopes: str) -> None:
    if request.method != method and not (method == "GET" and request.method == "HEAD"):
        raise wrong_method(method)
    need(caller, *scopes)
