"""Keys: of the sandbox, of what the sandbox sends, and those to go live with."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.partners.go_live import ask_live
from enscene.partners.lend_people import lend_people, people_of
from enscene.partners.open_sandbox import open_sandbox, read_jwks, rotate_hook
from enscene.storage import Seal, seal_of_environment
from enscene.tenants import Tenant, get_tenant, list_tenants
from enscene.tenants.apps import get_app
from enscene.web.console import Console
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.problems import status_of


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/portal/{tenant}/keys"
    return [
        Route(path, partner(console, show), methods=["GET"]),
        Route(path, partner(console, change), methods=["POST"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """The client ids and what they may do."""
    return await _page(visit)


async def change(visit: PortalVisit) -> Response:
    """Make keys, take keys, change the secret, ask to go live. Secrets are on this one answer."""
    known, told = visit.partner, {}
    try:
        match visit.field("do"):
            case "generate" | "take":
                jwks = None
                if visit.field("do") == "take":
                    jwks = read_jwks(visit.field("jwks"))
                sandbox, host = await _sandbox(visit), visit.console.host
                visit.known, keys = await open_sandbox(
                    visit.pool, _seal(visit), visit.tenant.id, known.id, sandbox, jwks
                )
                app = await get_app(visit.pool, sandbox.id, visit.known.sandbox_app or 0)
                await lend_people(visit.pool, host, sandbox, visit.known, app)
                if keys.private is not None:
                    told["private"] = json.dumps(keys.private, indent=1)
                told["secret"] = keys.secret or ""
            case "rotate":
                visit.known, told["secret"] = await rotate_hook(
                    visit.pool, _seal(visit), visit.tenant.id, known.id
                )
            case "live":
                jwks = read_jwks(visit.field("jwks"))
                visit.known = await ask_live(visit.pool, visit.tenant.id, known.id, jwks)
    except EnsceneError as error:
        return await _page(
            visit, status_of(error), error=visit.told(error), wrong=visit.field("do"),
            typed=visit.field("jwks"),
        )  # fmt: skip
    return await _page(visit, told=told, said=visit.t("portal.done"))


async def _page(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    known, apps, people = visit.partner, [], []
    if known.sandbox is not None:
        sandbox = await get_tenant(visit.pool, known.sandbox)
        people = await people_of(visit.console.host, sandbox, known)
    for kind, tenant, key in (
        ("sandbox", known.sandbox, known.sandbox_app),
        ("live", known.tenant, known.live_app),
    ):
        if tenant is not None and key is not None:
            apps.append((kind, await get_app(visit.pool, tenant, key)))
    values = {"told": {}, "wrong": None, "typed": "", **more}
    return await visit.page("portal_keys.html", status, apps=apps, people=people, **values)


async def _sandbox(visit: PortalVisit) -> Tenant:
    own = await get_tenant(visit.pool, visit.tenant.id)
    if own.sandbox:
        return own
    wanted = visit.console.settings.partner_sandbox
    for tenant in await list_tenants(visit.pool):
        if tenant.ref == wanted and tenant.sandbox:
            return tenant
    raise NotFound("the bank has no sandbox", code="partner.no_sandbox")


def _seal(visit: PortalVisit) -> Seal:
    return visit.console.settings.seal or seal_of_environment()
