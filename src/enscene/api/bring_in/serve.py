"""Codes are exchanged, orders told and looked at, by the live application of a partner."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from enscene.api.auth import Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, limit_of, page
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Forbidden
from enscene.kernel.ids import check_ref, public_id
from enscene.kernel.money import format_money
from enscene.partners.bring_in import (
    Arrived,
    Cashier,
    Entry,
    Order,
    Report,
    exchange_code,
    find_orders,
    find_own,
    list_entries,
    person_name,
    report_order,
    visit_name,
)
from enscene.partners.bring_in.entry import PREFIX
from enscene.partners.bring_in.find import find_partner_of
from enscene.partners.bring_in.order import order_id

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Amount = Annotated[str, Meta(max_length=24)]


class CodeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/brought-in/visits`: what the customer came with, and where the page stands."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]
    origin: Annotated[str, Meta(min_length=1, max_length=300)]


class OrderReport(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/brought-in/orders/{number}`: the order as it is now."""

    entry: Name
    person: Name
    title: Annotated[str, Meta(min_length=1, max_length=80)]
    amount: Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    state: Literal["placed", "paid", "delivered", "cancelled", "refunded"]
    pay: Literal["bank", "elsewhere"] = "elsewhere"
    visit: Name | None = None
    refunded: Amount | None = None
    return_to: Annotated[str, Meta(max_length=300)] | None = None


class BringInDoor:
    """One in a process. `issuer` is where customers reach the bank."""

    def __init__(self, pool: Pool, cursors: Cursors, issuer: str) -> None:
        self._pool = pool
        self._cursors = cursors
        self._issuer = issuer
        self._cashier = Cashier(pool)

    async def close(self) -> None:
        """Wait for the money that moves."""
        await self._cashier.close()

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 2 and path[1] == "brought-in"

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it. Raises: Forbidden (a customer's token), NotFound (no such partner)."""
        method = "GET" if request.method == "HEAD" else request.method
        match request.path[2:], method:
            case ["visits"], "POST":
                return await self._exchange(request, _own(caller))
            case ["visits"], _:
                raise wrong_method("POST")
            case ["entries"], "GET":
                return await self._entries(request, _own(caller))
            case ["entries"], _:
                raise wrong_method("GET")
            case ["orders"], "GET":
                return await self._list(request, _own(caller))
            case ["orders"], _:
                raise wrong_method("GET")
            case ["orders", number], "GET":
                return await self._one(request, _own(caller), number)
            case ["orders", number], "PUT":
                return await self._report(request, _own(caller), number)
            case ["orders", _], _:
                raise wrong_method("GET", "PUT")
        raise not_found()

    async def _exchange(self, request: Request, caller: Caller) -> Response:
        request.query()
        order = convert(await request.json_body(), CodeOrder)
        came = await exchange_code(
            self._pool, caller.tenant, caller.app.id, order.code, order.origin
        )
        return answer(_told_visit(came))

    async def _entries(self, request: Request, caller: Caller) -> Response:
        request.query()
        partner = await find_partner_of(self._pool, caller.tenant, caller.app.id)
        found = await list_entries(self._pool, caller.tenant, partner)
        return page([_told_entry(each) for each in found], None, has_more=False)

    async def _list(self, request: Request, caller: Caller) -> Response:
        query = request.query("cursor", "limit")
        limit, before = limit_of(query), None
        partner = await find_partner_of(self._pool, caller.tenant, caller.app.id)
        purpose = f"brought_in.orders:{caller.tenant}:{partner.hex}"
        if "cursor" in query:
            before = order_id((await self._cursors.open(purpose, query["cursor"]))[0])
        found = await find_orders(
            self._pool, caller.tenant, partner=partner, before=before, limit=limit + 1
        )
        more, found = len(found) > limit, found[:limit]
        cursor = await self._cursors.seal(purpose, [found[-1].order.reference]) if more else None
        return page(
            [self._told(caller, each.order, each.entry.number) for each in found], cursor,
            has_more=more,
        )  # fmt: skip

    async def _one(self, request: Request, caller: Caller, number: str) -> Response:
        request.query()
        partner = await find_partner_of(self._pool, caller.tenant, caller.app.id)
        number = check_ref(number, param="number")
        found = await find_own(self._pool, caller.tenant, partner, number)
        return answer(self._told(caller, found))

    async def _report(self, request: Request, caller: Caller, number: str) -> Response:
        request.query()
        number = check_ref(number, param="number")
        order = convert(await request.json_body(), OrderReport)
        told = await report_order(
            self._pool, self._cashier, caller.tenant, caller.app.id, caller.app.level,
            Report(
                number=number, entry=order.entry, person=order.person, visit=order.visit,
                title=order.title, currency=order.currency, amount=order.amount,
                cashier=order.pay == "bank", state=order.state, refunded=order.refunded,
                return_to=order.return_to,
            ),
        )  # fmt: skip
        return answer({**self._told(caller, told.order), "applied": told.applied})

    def _told(self, caller: Caller, order: Order, entry: str | None = None) -> dict[str, Any]:
        base = f"{self._issuer}/bank/{caller.app.tenant_ref}/outside/orders"
        return {
            "id": order.reference,
            "number": order.number,
            "entry": entry or _entry_name(order),
            "title": order.title,
            "amount": format_money(order.amount, order.currency),
            "currency": order.currency,
            "pay": "bank" if order.cashier else "elsewhere",
            "state": order.state,
            "paid": format_money(order.paid, order.currency),
            "refunded": format_money(order.refunded, order.currency),
            "pay_at": f"{base}/{order.reference}" if order.payable else None,
            "at": format_time(order.at),
            "changed_at": format_time(order.changed_at),
        }


def _own(caller: Caller) -> Caller:
    if caller.mandate is not None:
        raise Forbidden(
            "a token of a customer opens nothing here: use the application's own",
            code="brought_in.own_token",
        )
    return caller


def _entry_name(order: Order) -> str:
    return public_id(PREFIX, order.entry)


def _told_visit(came: Arrived) -> dict[str, Any]:
    return {
        "visit": visit_name(came.visit),
        "person": person_name(came.person),
        "entry": came.entry.number,
        "language": came.language,
        "at": format_time(came.at),
    }


def _told_entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.number,
        "title": {"zh": entry.title_zh, "en": entry.title_en},
        "class": entry.class_,
        "url": entry.url,
        "origin": entry.origin,
        "shown": entry.shown,
        "state": entry.state,
    }
