"""The pool of benefits and the subsidy ledger, for the bank's programs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.campaigns.orders import Verdict
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need, who_of
from enscene.api.lists import answer, limit_of, page
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.commit import admit
from enscene.engagement.benefits import (
    REASON_MOST,
    PoolOrder,
    SubsidyLedger,
    decide_pool_order,
    list_pool_orders,
    propose_pool_order,
    read_subsidies,
    withdraw_pool_order,
)
from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.money import format_money

READ, PROPOSE, DECIDE = "campaigns:read", "campaigns:write", "campaigns:approve"


class NewPoolOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/benefits/pool/orders`: below nothing takes out."""

    amount: Annotated[str, Meta(min_length=1, max_length=32)]
    reason: Annotated[str, Meta(min_length=1, max_length=REASON_MOST)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "CNY"


async def serve_benefits(pool: Pool, request: Request, caller: Caller, path: list[str]) -> Response:
    """`/v1/benefits` and what is under it."""
    method = "GET" if request.method == "HEAD" else request.method
    match path, method:
        case [], "GET":
            need(caller, READ, DECIDE)
            request.query()
            return answer(subsidies_told(await read_subsidies(pool, caller.tenant)))
        case ["pool", "orders"], "GET":
            need(caller, READ, PROPOSE, DECIDE)
            limit = limit_of(request.query("limit"))
            async with pool.acquire() as connection, connection.transaction(readonly=True):
                await admit(connection, [caller.tenant])
                found = await list_pool_orders(connection, caller.tenant, limit)
            return page([order_told(each) for each in found], None, has_more=False)
        case ["pool", "orders"], "POST":
            return answer(order_told(await _propose(pool, request, caller)))
        case ["pool", "orders", order, "decide"], "POST":
            need(caller, DECIDE)
            key_of(request)
            verdict = convert(await request.json_body(), Verdict)
            decided = await decide_pool_order(
                pool, caller.tenant, _id(order), approve=verdict.decision == "approve",
                who=who_of(caller),
            )  # fmt: skip
            return answer(order_told(decided))
        case ["pool", "orders", order, "withdraw"], "POST":
            need(caller, PROPOSE)
            key_of(request)
            request.query()
            return answer(
                order_told(
                    await withdraw_pool_order(pool, caller.tenant, _id(order), who_of(caller))
                )
            )
        case [], _:
            raise wrong_method("GET")
        case ["pool", "orders"], _:
            raise wrong_method("GET", "POST")
        case ["pool", "orders", _, "decide" | "withdraw"], _:
            raise wrong_method("POST")
    raise not_found()


async def _propose(pool: Pool, request: Request, caller: Caller) -> PoolOrder:
    need(caller, PROPOSE)
    key = f"{caller.app.client_id} {key_of(request)}"
    order = convert(await request.json_body(), NewPoolOrder)
    return await propose_pool_order(
        pool, caller.tenant, order.amount, order.currency, order.reason, key, who_of(caller)
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such order", code="benefits.not_found") from None


def order_told(order: PoolOrder) -> dict[str, Any]:
    """As the API gives it."""
    return {
        "id": str(order.id), "currency": order.currency,
        "amount": format_money(order.amount, order.currency), "reason": order.reason,
        "state": order.state, "proposed_by": order.proposed_by,
        "proposed_at": format_time(order.proposed_at), "decided_by": order.decided_by,
        "decided_at": None if order.decided_at is None else format_time(order.decided_at),
    }  # fmt: skip


def subsidies_told(ledger: SubsidyLedger) -> dict[str, Any]:
    """As the API gives it."""
    return {
        "pools": [
            {"currency": each.currency, "filled": format_money(each.filled, each.currency),
             "left": format_money(each.left, each.currency)}
            for each in ledger.pools
        ],
        "lines": [
            {"campaign": each.campaign, "line": each.line or None, "currency": each.currency,
             **{name: format_money(getattr(each, name), each.currency)
                for name in ("left", "aside", "spent")}}
            for each in ledger.lines
        ],
        "sums": ledger.sums,
    }  # fmt: skip
