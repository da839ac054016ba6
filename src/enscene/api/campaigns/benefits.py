"""The pool of benefits and the subsidy ledger, for the bank's programs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need, who_of
from enscene.api.lists import answer
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.engagement.benefits import SubsidyLedger, fill_pool, read_subsidies
from enscene.kernel.money import format_money

READ, FILL = "campaigns:read", "campaigns:approve"


class PoolOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/benefits/pool`: below nothing takes out."""

    amount: Annotated[str, Meta(min_length=1, max_length=32)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "CNY"


async def serve_benefits(pool: Pool, request: Request, caller: Caller, path: list[str]) -> Response:
    """`/v1/benefits` and what is under it."""
    method = "GET" if request.method == "HEAD" else request.method
    match path, method:
        case [], "GET":
            need(caller, READ, FILL)
            request.query()
        case ["pool"], "POST":
            need(caller, FILL)
            key = f"{caller.app.client_id} {key_of(request)}"
            order = convert(await request.json_body(), PoolOrder)
            await fill_pool(
                pool, caller.tenant, order.amount, order.currency, key, who_of(caller)
            )  # fmt: skip
        case [], _:
            raise wrong_method("GET")
        case ["pool"], _:
            raise wrong_method("POST")
        case _:
            raise not_found()
    return answer(subsidies_told(await read_subsidies(pool, caller.tenant)))


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
