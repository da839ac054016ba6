"""The sandbox's mobile bank: the door, my scenes, messages, permissions."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enscene.customers import find_parties
from enscene.engagement import say_consent, withdraw_consent
from enscene.engagement.applications import list_messages
from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import store as operations_store
from enscene.partners.bring_in import find_orders, list_tiles
from enscene.tenants.apps import find_grants_of
from enscene.web.bank_session import COOKIE, LIFE_S, issue_bank_session
from enscene.web.bank_visit import BankVisit, customer, open_visit, problem
from enscene.web.console import Console, check_origin, read_form
from enscene.web.my_scenes import read_my_scenes
from enscene.web.pages.bank_offers import read_offers
from enscene.web.pages.bank_outside import with_origins
from enscene.web.store import read_demo_customers

_PATH = re.compile(r"/bank/[A-Za-z0-9/_.-]*")
DEMO_MOST = 12
OUTSIDE_MOST = 3
"""So many orders of outside scenes are on the first page."""
CURRENCY = "CNY"


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = Door(console)
    base = "/bank/{tenant}"
    return [
        Route(f"{base}/login", pages.show, methods=["GET"]),
        Route(f"{base}/login", pages.enter, methods=["POST"]),
        Route(f"{base}/logout", customer(console, leave), methods=["POST"]),
        Route(base, customer(console, home), methods=["GET"]),
        Route(f"{base}/messages", customer(console, messages), methods=["GET"]),
        Route(f"{base}/consents", customer(console, switch), methods=["POST"]),
        Route(f"{base}/grants", customer(console, withdraw), methods=["POST"]),
    ]


class Door:
    """Log in as one of the sandbox's customers."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def show(self, request: Request) -> Response:
        """The door."""
        try:
            visit = await open_visit(self._console, request)
        except EnsceneError as error:
            return await problem(self._console, request, None, error)
        return await self._page(visit)

    async def enter(self, request: Request) -> Response:
        """Open it."""
        try:
            visit = await open_visit(self._console, request)
        except EnsceneError as error:
            return await problem(self._console, request, None, error)
        try:
            check_origin(request)
            visit.form = dict(await read_form(request))
            ref = visit.form.get("customer", "").strip()[:64]
            async with visit.reading() as connection:
                found = (await find_parties(connection, visit.tenant.id, {ref})).get(ref)
            if found is None or found[1] in ("bank", "device"):
                raise NotFound("there is no such customer", code="bank.no_customer")
        except EnsceneError as error:
            visit.tell(error)
            return await self._page(visit, 422)
        target = visit.form.get("next", "")
        if not _PATH.fullmatch(target) or not target.startswith(f"{visit.base}/"):
            target = visit.base
        response = RedirectResponse(target, 303)
        response.set_cookie(
            COOKIE,
            await issue_bank_session(self._console.pool, visit.tenant.id, ref, found[0]),
            path="/bank",
            httponly=True,
            # Lax: a link of the scene leads here, and the customer is still logged in.
            samesite="lax",
            secure=self._console.settings.https,
            max_age=LIFE_S,
        )
        return response

    async def _page(self, visit: BankVisit, status: int = 200) -> Response:
        async with visit.reading() as connection:
            people = await read_demo_customers(connection, visit.tenant.id, DEMO_MOST)
        target = visit.request.query_params.get("next", "") or visit.form.get("next", "")
        return await visit.page("bank_login.html", status, people=people, next=target[:500])


async def leave(visit: BankVisit) -> Response:
    """Log out; with `next`, to log in as another and go on there."""
    target = visit.form.get("next", "")
    asked = f"?next={quote(target, safe='/')}" if _PATH.fullmatch(target) else ""
    response = visit.go(f"/login{asked}")
    response.delete_cookie(COOKIE, path="/bank")
    return response


async def home(visit: BankVisit) -> Response:
    """My scenes."""
    async with visit.reading() as connection:
        rows = await operations_store.read(connection, "party", visit.tenant.id, visit.customer)
    mine = await read_my_scenes(
        visit.console, visit.tenant.id, visit.party, visit.customer, visit.t, CURRENCY
    )
    name = rows[0]["name"] if rows else ""
    pool, tenant = visit.console.pool, visit.tenant.id
    tiles = await list_tiles(pool, tenant)
    ordered = await find_orders(pool, tenant, customer=visit.customer, limit=OUTSIDE_MOST)
    for_you = len({offer.key for offer in await read_offers(visit)})
    response = await visit.page(
        "bank_home.html",
        mine=mine,
        name=name or visit.party,
        tiles=tiles,
        ordered=ordered,
        for_you=for_you,
    )
    return with_origins(response, tiles)


async def messages(visit: BankVisit) -> Response:
    """What would be on the telephone."""
    async with visit.reading() as connection:
        rows = await list_messages(connection, visit.tenant.id, visit.customer)
    return await visit.page("bank_messages.html", rows=rows)


async def switch(visit: BankVisit) -> Response:
    """Give or withdraw a permission in one scene. Raises: NotFound."""
    scene = await visit.console.host.catalogue.read(
        visit.tenant.id, visit.form.get("scene", "")[:64]
    )
    item = visit.form.get("item", "")
    member = await scene.roster.find(visit.party)
    roles = () if member is None else tuple(member.roles)
    parties = scene.pack.parties
    if not any(item in parties[role].consent for role in roles if role in parties):
        raise NotFound("there is no such permission", code="h5.no_consent")
    async with visit.writing() as connection:
        await say_consent(
            connection, visit.tenant.id, scene.id, visit.party, item,
            granted=visit.form.get("granted") == "1",
        )  # fmt: skip
    return visit.go("")


async def withdraw(visit: BankVisit) -> Response:
    """Take back what an application may do for the customer. Raises: NotFound."""
    wanted = visit.form.get("grant", "")
    own = {str(g.id): g.id for g, _ in
           await find_grants_of(visit.console.pool, visit.tenant.id, visit.party)}  # fmt: skip
    if wanted not in own:
        raise NotFound("there is no such grant", code="grant.not_found")
    console = visit.console
    await withdraw_consent(
        console.pool, console.host, visit.tenant.id, own[wanted], party=visit.party
    )
    return visit.go("")
