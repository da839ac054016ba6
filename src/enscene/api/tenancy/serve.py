"""The door: a tenant's programs look after its people, brand and tickets; a partner's after its
partner's tickets alone."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

from msgspec import UNSET

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need, who_of
from enscene.api.lists import answer, page
from enscene.api.once import key_reused
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.api.tenancy import orders
from enscene.api.tenancy.told import (
    brand_told,
    change_id,
    change_told,
    person_told,
    score_told,
    ticket_told,
)
from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Invalid
from enscene.operations.indicators import Window
from enscene.operations.scene_account import parse_month
from enscene.partners.find_partner import partner_behind
from enscene.partners.partner import Partner
from enscene.tenants import find_tenant, get_tenant, list_below
from enscene.tenants.brands import Logo, clean_logo, read_brand, read_logo, set_brand
from enscene.tenants.users import (
    By,
    change_person,
    decide_change,
    list_changes,
    list_users,
    make_person,
    new_password,
)
from enscene.work.tickets import (
    Ticket,
    get_ticket,
    handle_ticket,
    list_tickets,
    open_ticket,
    score_service,
    ticket_id,
)

OWNED = ("people", "brand", "tickets")
PEOPLE = ("people:read", "people:write", "people:approve")
BRAND = ("brand:read", "brand:write")
TICKETS = ("tickets:read", "tickets:write")
WRITES, APPROVES = frozenset({"admin"}), frozenset({"approver"})
"""What an application counts as: it gives no role above these."""


class TenancyDoor:
    """One in a process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 1 and path[1] in OWNED

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it. Raises: Forbidden (a customer's token, a partner's application)."""
        if caller.mandate is not None:
            raise Forbidden(
                "a token of a customer opens nothing here: use the application's own",
                code="tenancy.own_token",
            )
        partner = await partner_behind(self._pool, caller.tenant, caller.app.id)
        path = request.path[1:]
        if path[0] == "tickets":
            return await self._tickets(request, caller, partner, path[1:])
        check_own(partner)
        if path[0] == "brand":
            return await self._brand(request, caller, path[1:])
        return await self._people(request, caller, path[1:])

    async def _people(self, request: Request, caller: Caller, path: list[str]) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        match path, method:
            case [], "GET":
                need(caller, *PEOPLE)
                request.query()
                users = await list_users(self._pool, caller.tenant)
                return page([person_told(each) for each in users], None, has_more=False)
            case [], "POST":
                return await self._make(request, caller)
            case ["changes"], "GET":
                need(caller, *PEOPLE)
                request.query()
                changes = await list_changes(self._pool, caller.tenant)
                return page([change_told(each) for each in changes], None, has_more=False)
            case [login, "changes"], "POST":
                return await self._change(request, caller, login)
            case ["changes", change, "decide"], "POST":
                return await self._decide(request, caller, change)
            case [], _:
                raise wrong_method("GET", "POST")
            case ["changes"], _:
                raise wrong_method("GET")
            case [_, "changes"] | ["changes", _, "decide"], _:
                raise wrong_method("POST")
        raise not_found()

    async def _make(self, request: Request, caller: Caller) -> Response:
        """The password is told in this answer and nowhere else, so no answer is kept for its key:
        made twice it is a conflict."""
        need(caller, PEOPLE[1])
        key_of(request)
        order = convert(await request.json_body(), orders.NewPerson)
        tenant, password = await get_tenant(self._pool, caller.tenant), new_password()
        done = await make_person(
            self._pool, tenant, By(who_of(caller), WRITES), order.login, name=order.name,
            roles=order.roles, password=password, party=order.party,
        )  # fmt: skip
        return answer({**change_told(done), "password": password})

    async def _change(self, request: Request, caller: Caller, login: str) -> Response:
        need(caller, PEOPLE[1])
        key_of(request)
        order = convert(await request.json_body(), orders.PersonChange)
        if order.act != "roles" and (order.roles is not None or order.party is not None):
            raise Invalid("only other roles have this", code="user.act", param="roles")
        tenant = await get_tenant(self._pool, caller.tenant)
        password = new_password() if order.act == "password" else None
        done = await change_person(
            self._pool, tenant, By(who_of(caller), WRITES), login, order.act, roles=order.roles,
            party=order.party, password=password,
        )  # fmt: skip
        return answer({**change_told(done), "password": password})

    async def _decide(self, request: Request, caller: Caller, change: str) -> Response:
        need(caller, PEOPLE[2])
        key_of(request)
        order = convert(await request.json_body(), orders.Decision)
        tenant = await get_tenant(self._pool, caller.tenant)
        done = await decide_change(
            self._pool, tenant, change_id(change), By(who_of(caller), APPROVES),
            approve=order.decision == "approve",
        )  # fmt: skip
        return answer(change_told(done))

    async def _brand(self, request: Request, caller: Caller, path: list[str]) -> Response:
        if path:
            raise not_found()
        if request.method not in ("GET", "HEAD", "PUT"):
            raise wrong_method("GET", "PUT")
        request.query()
        if request.method == "PUT":
            need(caller, BRAND[1])
            key_of(request)
            order = convert(await request.json_body(), orders.NewBrand)
            logo = _logo_of(order.logo) if isinstance(order.logo, str) else None
            await set_brand(
                self._pool, caller.tenant, zh=order.zh, en=order.en, accent=order.accent,
                logo=logo, who=who_of(caller), keep_logo=order.logo is UNSET,
            )  # fmt: skip
        need(caller, *BRAND)
        brand = await read_brand(self._pool, caller.tenant)
        shown = None
        if brand.logo:
            shown = await read_logo(self._pool, (await find_tenant(self._pool, brand.owner)).id)
        return answer(brand_told(brand, caller.app.tenant_ref, shown))

    async def _tickets(
        self, request: Request, caller: Caller, partner: Partner | None, path: list[str]
    ) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        tenant = caller.tenant if partner is None else partner.tenant
        whose = None if partner is None else partner.id
        match path, method:
            case [], "GET":
                need(caller, *TICKETS)
                request.query()
                found = await list_tickets(self._pool, [tenant], partner=whose, own=partner is None)
                told = [ticket_told(each, partner=partner is not None) for each in found]
                return page(told, None, has_more=False)
            case [], "POST":
                done = await self._open(request, caller, partner)
            case ["service"], "GET":
                check_own(partner)
                return await self._service(request, caller)
            case [ticket], "GET":
                need(caller, *TICKETS)
                request.query()
                done = await get_ticket(self._pool, tenant, ticket_id(ticket), partner=whose)
            case [ticket, "lines" | "close" as act], "POST":
                done = await self._handle(request, caller, partner, ticket, act)
            case [], _:
                raise wrong_method("GET", "POST")
            case [_], _:
                raise wrong_method("GET")
            case [_, "lines" | "close"], _:
                raise wrong_method("POST")
            case _:
                raise not_found()
        return answer(ticket_told(done, partner=partner is not None))

    async def _service(self, request: Request, caller: Caller) -> Response:
        """How the promised hours were kept, of the tenant and of all below it."""
        need(caller, *TICKETS)
        asked = request.query("month")
        own = await get_tenant(self._pool, caller.tenant)
        month = local_day(datetime.now(UTC), own.zone).replace(day=1)
        if "month" in asked:
            month = parse_month(asked["month"])
        window = Window(own.zone, month)
        below = {each.id: each for each in await list_below(self._pool, own.id)}
        found = await score_service(
            self._pool, list(below), window.begin_of(month),
            window.begin_of((month + timedelta(32)).replace(day=1)),
        )  # fmt: skip
        told = [score_told(below[each.tenant].ref, each) for each in found]
        return page(told, None, has_more=False)

    async def _open(self, request: Request, caller: Caller, partner: Partner | None) -> Ticket:
        need(caller, TICKETS[1])
        key = key_of(request)
        order = convert(await request.json_body(), orders.NewTicket)
        done = await open_ticket(
            self._pool, caller.tenant if partner is None else partner.tenant, kind=order.kind,
            title=order.title, text=order.text, who=_asker(caller, partner),
            partner=None if partner is None else partner.id, key=key,
        )  # fmt: skip
        said = (done.kind, done.title, done.lines[0].text)
        if said != (order.kind, order.title.strip(), order.text.strip()):
            raise key_reused()
        return done

    async def _handle(
        self, request: Request, caller: Caller, partner: Partner | None, ticket: str, way: str
    ) -> Ticket:
        need(caller, TICKETS[1])
        key_of(request)
        body = await request.json_body()
        if way == "lines":
            act, text = "said", convert(body, orders.Words).text
        else:
            act, text = "closed", convert(body, orders.LastWords).text
        tenant = caller.tenant if partner is None else partner.tenant
        whose, who = None if partner is None else partner.id, _asker(caller, partner)
        number = ticket_id(ticket)
        found = await get_ticket(self._pool, tenant, number, partner=whose)
        last = found.lines[-1]
        if (last.act in (act, "reopened"), last.who, last.text) == (True, who, text.strip()):
            return found  # the same again: nothing is said twice
        return await handle_ticket(
            self._pool, tenant, number, act=act, side="asker", who=who, text=text, partner=whose
        )


@control("tenancy_own_app")
def check_own(partner: Partner | None) -> None:
    """A partner's application looks after its partner, never after the tenant.
    Raises: Forbidden("tenancy.partner_app")."""
    if partner is not None:
        raise Forbidden(
            "people and brand are looked after by the tenant's own applications",
            code="tenancy.partner_app",
        )


def _asker(caller: Caller, partner: Partner | None) -> str:
    return who_of(caller) if partner is None else partner.number


def _logo_of(text: str) -> Logo:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(
            "a logo is a PNG or an SVG in base64", code="brand.logo", param="logo"
        ) from None
    return clean_logo(content)
