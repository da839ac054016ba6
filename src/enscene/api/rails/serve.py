"""Payments over the simulated rails: made, looked at, and the statement of a day."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from enscene.api.actions import Running, key_of, response_of
from enscene.api.auth import Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, limit_of, page
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.commit import Once
from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Invalid
from enscene.kernel.money import format_money
from enscene.partners.rails import (
    ACCOUNTS,
    CSV_TYPE,
    SCOPE,
    PaymentOrder,
    Rails,
    TestAccount,
    payment_id,
    payment_told,
    statement_disposition,
    write_statement,
)
from enscene.scenes.runtime import Reply

CSV = (b"content-type", CSV_TYPE.encode())


class NewPayment(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/rails/payments`; a refund names `of` instead of a counter account."""

    kind: Literal["pay_out", "collect", "refund"]
    amount: Annotated[str, Meta(max_length=24)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    reference: Annotated[str, Meta(min_length=1, max_length=64)]
    counter_account: Annotated[str, Meta(max_length=40)] | None = None
    of: Annotated[str, Meta(max_length=64)] | None = None


class RailsDoor:
    """One in a process."""

    def __init__(self, pool: Pool, rails: Rails, running: Running, cursors: Cursors) -> None:
        self._pool = pool
        self._rails = rails
        self._running = running
        self._cursors = cursors

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 2 and path[1] == "rails"

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it. Raises: Forbidden (no sandbox, no scope), NotFound."""
        method = "GET" if request.method == "HEAD" else request.method
        served = {"payments": ("GET", "POST"), "accounts": ("GET",), "test-accounts": ("GET",)}
        path = request.path[2:]
        known = served.get(path[0]) if len(path) == 1 else None
        if known is None and len(path) == 2 and path[0] in ("payments", "statements"):
            known = ("GET",)
        if known is None:
            raise not_found()
        if method not in known:
            raise wrong_method(*known)
        # Before the scope: whoever asks a live bank is told why there are no rails, not what to ask
        # for.
        await self._rails.sandbox(caller.tenant)
        caller.require_platform(SCOPE)
        if method == "POST":
            return await self._pay(request, caller)
        match path:
            case ["payments"]:
                return await self._list(request, caller)
            case ["payments", number]:
                request.query()
                found = await self._rails.read(caller.tenant, caller.app.id, number)
                return answer(payment_told(*found))
            case ["accounts"]:
                return await self._accounts(request, caller)
            case ["statements", day]:
                return await self._statement(request, caller, day)
        request.query()
        return page([_told_account(each) for each in ACCOUNTS], None, has_more=False)

    async def _pay(self, request: Request, caller: Caller) -> Response:
        request.query()
        key, body = key_of(request), await request.json_body()
        given = convert(body, NewPayment)
        order = PaymentOrder(
            kind=given.kind, amount=given.amount, currency=given.currency,
            reference=given.reference, counter_account=given.counter_account, of=given.of,
        )  # fmt: skip
        once = Once.of(caller.app.name, "rails/payments", key, request=body)
        scope = (caller.tenant, caller.app.name, "rails/payments", key)
        done = await self._running.enter(scope)
        try:
            told = await self._rails.pay(caller.app, order, once)
        finally:
            self._running.leave(scope, done)
        return response_of(Reply(told.body, told.refused, replayed=told.replayed), request.id)

    async def _list(self, request: Request, caller: Caller) -> Response:
        query = request.query("cursor", "limit")
        limit, before = limit_of(query), None
        purpose = f"rails.payments:{caller.tenant}:{caller.app.id}"
        if "cursor" in query:
            before = payment_id((await self._cursors.open(purpose, query["cursor"]))[0])
        found = await self._rails.payments(
            caller.tenant, caller.app.id, before=before, limit=limit + 1
        )
        more, found = len(found) > limit, found[:limit]
        cursor = await self._cursors.seal(purpose, [found[-1][0].number]) if more else None
        return page([payment_told(*each) for each in found], cursor, has_more=more)

    async def _accounts(self, request: Request, caller: Caller) -> Response:
        request.query()
        found = await self._rails.balances(caller.tenant, caller.app.id)
        told = [
            {
                "currency": currency,
                "balance": format_money(posted, currency),
                "clearing": format_money(waits, currency),
            }
            for currency, posted, waits in found
        ]
        return page(told, None, has_more=False)

    async def _statement(self, request: Request, caller: Caller, day: str) -> Response:
        query = request.query("currency")
        if "currency" not in query:
            raise Invalid("a statement is of one currency", code="invalid.missing_field",
                          param="currency")  # fmt: skip
        on, currency = parse_day(day, param="day"), query["currency"]
        body = await write_statement(
            self._pool, self._rails, caller.tenant, caller.app.id, on, currency
        )
        name = statement_disposition(on, currency).encode()
        return Response(body, 200, (CSV, (b"content-disposition", name)))


def _told_account(account: TestAccount) -> dict[str, Any]:
    return {
        "name": account.name,
        "number": account.number,
        "does": {"zh": account.does.zh, "en": account.does.en},
        "answers": [
            {"said": each.says, "days": each.days, "reason": each.reason}
            for each in account.answers
        ],
    }
