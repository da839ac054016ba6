"""`/v1/customers/{ref}/…` and `/v1/contracts/{id}/…`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import msgspec

from enscene.api import store
from enscene.api.actions import key_of, response_of
from enscene.api.auth import Caller
from enscene.api.contracts.factors import check_factors
from enscene.api.contracts.orders import (
    BANKS,
    CUSTOMERS,
    ExchangeOrder,
    Opened,
    PayIn,
    RateOrder,
    ShareOrder,
    SuitabilityOrder,
    arguments_of,
    in_fields_of_body,
    positive,
)
from enscene.api.contracts.orders import Order as ActOrder
from enscene.api.contracts.told import as_texts, closing_told, contract_card, contract_told
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.language import language_of
from enscene.api.lists import answer
from enscene.api.signed_documents import document_answer
from enscene.api.structs import convert
from enscene.api.things import owner_ref
from enscene.commit import Once, admit
from enscene.engagement import say_consent
from enscene.engagement.journey import read_journey
from enscene.engagement.store import read_cross_sales
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.kernel.money import format_money
from enscene.scenes.runtime import Reply, SceneHost
from enscene.shelf import LENDS, Contracts
from enscene.shelf.assess_suitability import QUESTIONS, assess_suitability
from enscene.shelf.contracts.read_document import read_document
from enscene.shelf.contracts.store import HOUSEHOLD
from enscene.shelf.exchange import set_rate
from enscene.shelf.open_product import Order, open_product, quote_currency
from enscene.tenants import get_tenant

WORDS = ("contracts", "customers", "exchange_rates")
READ, WRITE, MANAGE = "contracts:read", "contracts:write", "contracts:manage"


class ContractsDoor:
    """What a channel of the bank shows its customer, and lets them do."""

    def __init__(self, host: SceneHost, pool: store.Pool) -> None:
        self._contracts: Contracts = host.contracts
        self._pool = pool

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        if path[1:] == ["cross_sales"] or path[1:3] == ["sandbox", "customers"]:
            return True
        return len(path) >= 3 and path[1] in WORDS

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Find the handler."""
        match request.path[1:]:
            case ["customers", ref, "contracts"] if request.method == "POST":
                return await self._open(request, caller, owner_ref(ref))
            case ["customers", ref, "household", viewer]:
                return await self._share(request, caller, owner_ref(ref), owner_ref(viewer))
            case ["customers", ref, "suitability"]:
                return await self._suitability(request, caller, owner_ref(ref))
            case ["customers", ref, "journey"]:
                return await self._journey(request, caller, owner_ref(ref))
            case ["cross_sales"]:
                return await self._cross_sales(request, caller)
            case ["customers", ref, "exchange_quotes"]:
                return await self._quote(request, caller, owner_ref(ref))
            case ["exchange_rates", sell, buy]:
                return await self._rate(request, caller, sell, buy)
            case ["customers", ref, "contracts"]:
                return await self._list(request, caller, owner_ref(ref))
            case ["customers", ref, "account"]:
                return await self._account(request, caller, owner_ref(ref))
            case ["sandbox", "customers", ref, "account"]:
                return await self._pay_in(request, caller, owner_ref(ref))
            case ["contracts", contract]:
                return await self._show(request, caller, _id(contract))
            case ["contracts", contract, "closing"]:
                return await self._closing(request, caller, _id(contract))
            case ["contracts", contract, "documents", name]:
                return await self._document(request, caller, _id(contract), name)
            case ["contracts", contract, verb] if verb in CUSTOMERS | BANKS:
                return await self._act(request, caller, _id(contract), verb)
        raise not_found()

    async def _list(self, request: Request, caller: Caller, ref: str) -> Response:
        """Everything that a customer holds or held."""
        _only(request, "GET")
        caller.require_platform(READ)
        query = request.query("state", "of")
        for name, known in (("state", ("open", "closed")), ("of", ("household",))):
            if query.get(name, known[0]) not in known:
                raise Invalid(f"{name} is {' or '.join(known)}", code="invalid.choice", param=name)
        customer = await self._customer(caller.tenant, ref)
        if query.get("of") == "household":
            held = await self._contracts.of_household(caller.tenant, customer, ref)
        else:
            held = await self._contracts.of_customer(caller.tenant, customer)
        wanted = query.get("state")
        data = [
            contract_card(each, self._contracts.products)
            for each in held
            if wanted in (None, each.state)
        ]
        return answer({"customer": ref, "data": data})

    async def _open(self, request: Request, caller: Caller, ref: str) -> Response:
        """Open a product that nothing has to be decided about."""
        caller.require_platform(WRITE)
        key, body = key_of(request), await request.json_body()
        order = convert(body, Opened)
        amount = None if order.amount is None else positive(order.amount, "CNY")
        customer = await self._customer(caller.tenant, ref)
        product = self._contracts.products.get(order.product)
        if product is not None and product.kind not in LENDS:
            check_factors(product.kind, order.amr)
        wanted = Order(
            order.product, amount, order.months, order.at_maturity, order.quote, order.about,
            facts={"amr": order.amr},
        )  # fmt: skip
        done = await open_product(
            self._pool, self._contracts, caller.tenant, customer, wanted,
            once=Once.of(caller.app.name, f"customers/{ref}/contracts", key, request=body),
            actor=f"app:{caller.app.name}",
        )  # fmt: skip
        told = _texts_of(done.body, "CNY")
        return response_of(Reply(told, done.refused, done.replayed), request.id)

    async def _quote(self, request: Request, caller: Caller, ref: str) -> Response:
        """What a customer gets in another currency, for a minute."""
        _only(request, "POST")
        caller.require_platform(WRITE)
        order = convert(await request.json_body(), ExchangeOrder)
        customer = await self._customer(caller.tenant, ref)
        quote = await quote_currency(
            self._pool, self._contracts, caller.tenant, customer, order.product, order.sell,
            positive(order.amount, order.sell), order.buy,
        )  # fmt: skip
        return answer(
            {
                "quote": str(quote.id), "sell": quote.sell, "buy": quote.buy, "rate": quote.rate,
                "amount": format_money(quote.amount, quote.sell),
                "bought": format_money(quote.bought, quote.buy),
                "until": format_time(quote.until),
            }
        )  # fmt: skip

    async def _rate(self, request: Request, caller: Caller, sell: str, buy: str) -> Response:
        """What the bank sells a currency at, from now on."""
        _only(request, "PUT")
        caller.require_platform(MANAGE)
        key_of(request)  # the same rate set twice is the same rate
        order = convert(await request.json_body(), RateOrder)
        now = await self._contracts.now(caller.tenant)
        await set_rate(
            self._pool, caller.tenant, sell, buy, order.rate, now, f"app:{caller.app.name}"
        )
        told = {"sell": sell, "buy": buy, "rate": order.rate, "at": format_time(now)}
        return answer(told)

    async def _share(self, request: Request, caller: Caller, ref: str, viewer: str) -> Response:
        """Let somebody of the household see what one holds, or no longer."""
        _only(request, "PUT")
        caller.require_platform(WRITE)
        key_of(request)  # said twice it is the same
        granted = convert(await request.json_body(), ShareOrder).granted
        await self._customer(caller.tenant, viewer)
        await self._customer(caller.tenant, ref)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [caller.tenant])
            item = f"{HOUSEHOLD}{viewer}"
            await say_consent(connection, caller.tenant, 0, ref, item, granted=granted)
        return answer({"customer": ref, "viewer": viewer, "granted": granted})

    async def _suitability(self, request: Request, caller: Caller, ref: str) -> Response:
        """The questions with GET, the answers with PUT."""
        if request.method == "GET":
            caller.require_platform(READ)
            request.query()
            return answer({"questions": [asdict(question) for question in QUESTIONS]})
        _only(request, "PUT")
        caller.require_platform(WRITE)
        key_of(request)  # the same answers give the same level
        order = convert(await request.json_body(), SuitabilityOrder)
        customer = await self._customer(caller.tenant, ref)
        today = await self._contracts.today(caller.tenant)
        level, until = await assess_suitability(
            self._pool, caller.tenant, customer, order.answers, today
        )
        return answer({"customer": ref, "risk_level": level, "until": until.isoformat()})

    async def _journey(self, request: Request, caller: Caller, ref: str) -> Response:
        """A customer's way over all scenes, the newest first."""
        _only(request, "GET")
        caller.require_platform(READ)
        request.query()
        customer = await self._customer(caller.tenant, ref)
        stops = await read_journey(self._pool, caller.tenant, customer)
        data = [
            {
                "at": format_time(stop.at), "what": stop.what, "scene": stop.scene,
                "product": stop.product, "about": stop.about, "state": stop.state, "id": stop.ref,
            }
            for stop in stops
        ]  # fmt: skip
        return answer({"customer": ref, "data": data})

    async def _cross_sales(self, request: Request, caller: Caller) -> Response:
        """What was offered in one scene for what is held from another, and what came of it."""
        _only(request, "GET")
        caller.require_platform(READ)
        request.query()
        async with store.reading(self._pool, caller.tenant) as connection:
            rows = await read_cross_sales(connection, caller.tenant)
        return answer({"data": [dict(row) for row in rows]})

    async def _show(self, request: Request, caller: Caller, contract: UUID) -> Response:
        _only(request, "GET")
        caller.require_platform(READ)
        request.query()
        held = await self._contracts.one(caller.tenant, contract)
        entries = await self._contracts.entries(caller.tenant, contract)
        return answer(contract_told(held, self._contracts.products, entries))

    async def _document(
        self, request: Request, caller: Caller, contract: UUID, name: str
    ) -> Response:
        """What was signed, and whether its text is another one since."""
        _only(request, "GET")
        caller.require_platform(READ)
        language = language_of(request)
        held = await self._contracts.one(caller.tenant, contract)
        found = read_document(held, name, language)
        return document_answer(found.text, signed=found.signed, changed=found.changed)

    async def _closing(self, request: Request, caller: Caller, contract: UUID) -> Response:
        """What ending it today would mean, before it is done."""
        _only(request, "GET")
        caller.require_platform(READ)
        request.query()
        return answer(closing_told(await self._contracts.closing(caller.tenant, contract)))

    async def _act(self, request: Request, caller: Caller, contract: UUID, verb: str) -> Response:
        _only(request, "POST")
        caller.require_platform(WRITE if verb in CUSTOMERS else MANAGE)
        key, body = key_of(request), await request.json_body() or b"{}"
        order = convert(body, ActOrder)
        held = await self._contracts.one(caller.tenant, contract)
        try:
            done = await self._contracts.act(
                caller.tenant, contract, verb, arguments_of(order, held.currency),
                once=Once.of(caller.app.name, f"contracts/{contract}/{verb}", key, request=body),
                actor=f"app:{caller.app.name}",
            )  # fmt: skip
        except Invalid as error:
            if error.code == "contract.arguments":
                raise in_fields_of_body(verb, error) from None
            raise
        told = _texts_of(done.body, held.currency)
        return response_of(Reply(told, done.refused, done.replayed), request.id)

    async def _account(self, request: Request, caller: Caller, ref: str) -> Response:
        """The customer's own account with the bank."""
        _only(request, "GET")
        caller.require_platform(READ)
        currency = request.query("currency").get("currency", "CNY")
        customer = await self._customer(caller.tenant, ref)
        minor = await self._contracts.balance(caller.tenant, customer, currency)
        balance = format_money(minor, currency)
        return answer({"customer": ref, "currency": currency, "available": balance})

    async def _pay_in(self, request: Request, caller: Caller, ref: str) -> Response:
        _only(request, "POST")
        caller.require_platform(MANAGE)
        if not (await get_tenant(self._pool, caller.tenant)).sandbox:
            raise Forbidden("only a sandbox makes money", code="contract.not_sandbox")
        key, body = key_of(request), await request.json_body()
        order = convert(body, PayIn)
        minor = positive(order.amount, order.currency)
        customer = await self._customer(caller.tenant, ref)
        once = Once.of(caller.app.name, f"customers/{ref}/account", key, request=body)
        done = await self._contracts.pay_in(
            caller.tenant, customer, minor, order.currency, once=once
        )
        told = _texts_of(done.body, order.currency)
        return response_of(Reply(told, done.refused, done.replayed), request.id)

    async def _customer(self, tenant: int, ref: str) -> int:
        async with store.reading(self._pool, tenant) as connection:
            found = await store.find_party(connection, tenant, ref)
        if found is None:
            raise NotFound(f"there is no party {ref}", code="party.not_found")
        return found


def _texts_of(body: str, currency: str) -> str:
    """An answer with its sums as texts."""
    told: dict[str, Any] = msgspec.json.decode(body)
    return msgspec.json.encode(as_texts(told, currency)).decode()


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such contract", code="contract.not_found") from None


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise wrong_method(method)
