"""`/v1/copies`: the bank's own programs set criteria, offer, copy, compare, and read what is credited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.copies.orders import CopyBody, CriterionOrder, OfferBody
from enscene.api.copies.told import (
    Told,
    copy_told,
    copy_whole,
    credited_told,
    criterion_told,
    offer_told,
)
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Nothing
from enscene.api.lists import answer, page
from enscene.kernel.errors import NotFound
from enscene.operations import read_scene_card
from enscene.operations.copying import (
    Copy,
    CopyOrder,
    Family,
    OfferOrder,
    WantedTarget,
    approve_criterion,
    ask_offer,
    begin_copy,
    compare_copies,
    decide_offer,
    end_offer,
    family_of,
    list_copies,
    list_offers,
    read_copy,
    read_credits,
    read_criterion,
    read_difference,
    read_offer,
    set_criterion,
)

DECISIONS = {"approve": APPROVE, "refuse": APPROVE, "end": EDIT}


class CopiesDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler. Figures and shares are money: they need level A2."""
        caller.require_level("A2")
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._handler(rest, method)
        if method == "GET":
            need(caller, READ, EDIT, APPROVE)
            request.query()
        return await handler(request, caller)

    def _handler(
        self, rest: list[str], method: str
    ) -> Callable[[Request, Caller], Awaitable[Response]]:
        match rest, method:
            case [], "GET":
                return self._list
            case [], "POST":
                return self._begin
            case ["criteria", scene], "GET":
                return lambda request, caller: self._criterion(caller, scene)
            case ["criteria", scene], "PUT":
                return lambda request, caller: self._set(request, caller, scene)
            case ["criteria", scene, "approve"], "POST":
                return lambda request, caller: self._approve(request, caller, scene)
            case ["offers"], "GET":
                return self._offers
            case ["offers"], "POST":
                return self._ask
            case ["offers", offer], "GET":
                return lambda request, caller: self._offer(caller, _id(offer, "copy.no_offer"))
            case ["offers", offer, "approve" | "refuse" | "end" as act], "POST":
                return lambda request, caller: self._decide(request, caller, offer, act)
            case ["credits"], "GET":
                return self._credits
            case [copy], "GET" if copy not in ("criteria", "offers"):
                return lambda request, caller: self._show(caller, _id(copy, "copy.not_found"))
        match rest:
            case [] | ["offers"]:
                raise wrong_method("GET", "POST")
            case ["criteria", _]:
                raise wrong_method("GET", "PUT")
            case ["criteria", _, "approve"] | ["offers", _, "approve" | "refuse" | "end"]:
                raise wrong_method("POST")
            case ["offers", _]:
                raise wrong_method("GET")
            case [word] if word != "criteria":
                raise wrong_method("GET")
        raise not_found()

    async def _family(self, caller: Caller) -> Family:
        return await family_of(self._desk.pool, caller.tenant)

    async def _criterion(self, caller: Caller, scene: str) -> Response:
        return answer(await self._criterion_told(self._desk.pool, caller.tenant, scene))

    async def _criterion_told(
        self, source: store.Pool | store.Connection, tenant: int, scene: str
    ) -> Told:
        card = await read_scene_card(source, tenant, scene)
        return criterion_told(scene, await read_criterion(source, tenant, card.id))

    async def _set(self, request: Request, caller: Caller, scene: str) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, CriterionOrder)
        targets = [WantedTarget(each.indicator, each.month, each.least) for each in order.targets]

        async def work(connection: store.Connection) -> Told:
            who, money = who_of(caller), order.currency or ""
            await set_criterion(connection, caller.tenant, scene, targets, money, who)
            return await self._criterion_told(connection, caller.tenant, scene)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _approve(self, request: Request, caller: Caller, scene: str) -> Response:
        need(caller, APPROVE)
        body, _ = await order_of(request, Nothing)

        async def work(connection: store.Connection) -> Told:
            await approve_criterion(connection, caller.tenant, scene, who_of(caller))
            return await self._criterion_told(connection, caller.tenant, scene)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _offers(self, request: Request, caller: Caller) -> Response:
        family = await self._family(caller)
        found = await list_offers(self._desk.pool, family)
        return page([offer_told(each, family) for each in found], None, has_more=False)

    async def _offer(self, caller: Caller, offer: UUID) -> Response:
        family = await self._family(caller)
        return answer(offer_told(await read_offer(self._desk.pool, family, offer), family))

    async def _ask(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, OfferBody)
        templates = await self._desk.templates()

        async def work(connection: store.Connection) -> Told:
            card = await read_scene_card(connection, caller.tenant, order.scene)
            wanted = OfferOrder(
                order.says, order.basis, order.months, order.points, order.left_open, order.reason
            )
            made = await ask_offer(
                connection, caller.tenant, order.scene, templates.get(card.pack), wanted,
                who_of(caller),
            )  # fmt: skip
            return {"id": str(made), "state": "asked"}

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _decide(self, request: Request, caller: Caller, offer: str, act: str) -> Response:
        need(caller, DECISIONS[act])
        body, _ = await order_of(request, Nothing)
        number, who = _id(offer, "copy.no_offer"), who_of(caller)

        async def work(connection: store.Connection) -> Told:
            if act == "end":
                await end_offer(connection, caller.tenant, number)
                return {"id": offer, "state": "ended"}
            approve = act == "approve"
            await decide_offer(connection, caller.tenant, number, who, approve=approve)
            return {"id": offer, "state": "offered" if approve else "refused"}

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _begin(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, CopyBody)
        family = await self._family(caller)
        offer = await read_offer(self._desk.pool, family, _id(order.offer, "copy.no_offer"))
        pack = (await self._desk.templates()).get(offer.pack)
        wanted = CopyOrder(
            order.ref, order.name, order.region, order.unit, order.customer, order.options,
            [(each.ref, each.points) for each in order.helpers],
        )  # fmt: skip

        async def work(connection: store.Connection) -> Told:
            copy, launch = await begin_copy(connection, family, offer, pack, wanted, who_of(caller))
            return {"id": str(copy), "launch": str(launch)}

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _list(self, request: Request, caller: Caller) -> Response:
        family = await self._family(caller)
        found = await list_copies(self._desk.pool, family)
        return page([copy_told(each, family) for each in found], None, has_more=False)

    async def _credits(self, request: Request, caller: Caller) -> Response:
        """What this branch is credited itself."""
        pool, family = self._desk.pool, await self._family(caller)
        copies = await list_copies(pool, family)
        found = await read_credits(pool, family, [each.id for each in copies])
        own = [each for each in found if each.tenant == family.own]
        return page([credited_told(each, family) for each in own], None, has_more=False)

    async def _show(self, caller: Caller, number: UUID) -> Response:
        pool, family = self._desk.pool, await self._family(caller)
        copy = await read_copy(pool, family, number)
        pack = (await self._desk.templates()).get(copy.pack)
        zone = (await self._desk.clock(caller.tenant))["zone"]
        changes = await read_difference(pack, copy.original, copy.wish, zone)
        comparison = None
        if copy.is_whole(family.own):
            beside = await siblings(pool, family, copy)
            comparison = await compare_copies(
                pool, family, copy.origin_tenant, copy.origin_scene, copy.currency, beside
            )
        credited = await read_credits(pool, family, [copy.id])
        return answer(copy_whole(copy, family, changes, comparison, credited))


async def siblings(pool: store.Pool, family: Family, copy: Copy) -> list[Copy]:
    """The copies of one original that concern the caller: all of them for the branch of origin."""
    return [
        each
        for each in await list_copies(pool, family)
        if (each.origin_tenant, each.origin_scene) == (copy.origin_tenant, copy.origin_scene)
    ]


def _id(text: str, code: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such thing", code=code) from None
