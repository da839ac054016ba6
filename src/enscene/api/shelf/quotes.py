"""`POST /v1/{scene}/quotes`: the whole shelf judged for one customer of a scene."""

from __future__ import annotations

from datetime import date
from typing import Any

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer
from enscene.api.shelf.orders import Ask
from enscene.api.shelf.told import quote_told
from enscene.api.sight import viewer_of
from enscene.api.structs import convert
from enscene.kernel.errors import Forbidden, NotFound
from enscene.kernel.ids import check_ref
from enscene.kernel.money import parse_money
from enscene.operations import place_of
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.shelf import standard_shelf
from enscene.shelf.choose_products import read_choices
from enscene.shelf.customer_facts import read_customer_facts
from enscene.shelf.pricing.set_price import read_price_list, read_today
from enscene.shelf.quoting import Quoter, Wish, check_wish

SCOPE = "quotes.read"
CURRENCY = "CNY"


class Quotes:
    """Asking changes nothing and needs no key; the bank may ask for anybody in the scene."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._quoter: Quoter | None = None

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """Judge the shelf."""
        if rest:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        caller.require(ref, SCOPE)
        ask = convert(await request.json_body(), Ask)
        scene = await self._host.scene(caller.tenant, ref)
        member = await self._customer(request, caller, scene, ask)
        shelf = standard_shelf()
        amount = None if ask.amount is None else parse_money(ask.amount, CURRENCY, param="amount")
        wish = Wish(amount, ask.months, ask.need)
        check_wish(wish, shelf.words.pains)
        told, day = await self._judge(scene, member, wish, personal=caller.app.level == "A2")
        asked = {"amount": ask.amount, "months": ask.months, "need": ask.need}
        return answer(
            {"scene": ref, "customer": member.ref, "day": day.isoformat(), "wish": asked, **told}
        )

    async def _customer(
        self, request: Request, caller: Caller, scene: RunningScene, ask: Ask
    ) -> Member:
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        if ask.customer is None or ask.customer == viewer.member.ref:
            return viewer.member
        if not viewer.sees_all:
            raise Forbidden("a party asks for itself", code="shelf.not_own", param="customer")
        found = await scene.roster.find(check_ref(ask.customer, param="customer"))
        if found is None or not found.roles:
            raise NotFound("there is no such party", code="party.not_found", param="customer")
        return found

    async def _judge(
        self, scene: RunningScene, member: Member, wish: Wish, *, personal: bool
    ) -> tuple[dict[str, Any], date]:
        shelf = standard_shelf()
        if self._quoter is None:
            self._quoter = Quoter(shelf.products.values(), shelf.policy)
        async with store.reading(self._pool, scene.tenant) as connection:
            day = await read_today(connection, scene.tenant)
            facts = await read_customer_facts(connection, scene.tenant, member.id, scene.id)
            prices = await read_price_list(connection, scene.tenant, shelf)
            choices = await read_choices(connection, scene.tenant)
        quote = self._quoter.quote(facts, place_of(scene, choices), wish, day, prices)
        return quote_told(quote, shelf.words, personal=personal), day
