"""The console as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from enscene.scenes.runtime import SceneHost
from enscene.storage import OUTAGES
from enscene.web import portal
from enscene.web.console import STATIC, Console, ConsoleSettings
from enscene.web.hosts import AllowedHosts
from enscene.web.lost import WithoutNul, not_found, wrong_method
from enscene.web.pages import (
    api_calls,
    api_limits,
    apis,
    approvals,
    bank,
    bank_application,
    bank_consent,
    bank_contract,
    bank_document,
    bank_erasure,
    bank_family,
    bank_leave,
    bank_offers,
    bank_outside,
    bank_referrals,
    bank_spectrum,
    bank_voices,
    baselines,
    board,
    bring_in,
    business,
    business_firms,
    business_vendors,
    campaign_benefits,
    campaign_experiment,
    campaign_lines,
    campaign_loop,
    campaign_new,
    campaign_rules,
    campaigns,
    catalogue,
    copies,
    customer,
    customer_identity,
    data,
    decisions,
    district,
    erasures,
    exports,
    h5,
    h5_apply,
    h5_asking,
    h5_said,
    h5_seen,
    incentives,
    institution,
    invoices,
    knowledge,
    launch,
    library,
    login,
    norms,
    operator,
    operator_asks,
    own,
    partners,
    people,
    planning,
    planning_order,
    prices,
    projects,
    releases,
    scene,
    scene_account,
    scene_account_entries,
    screening,
    service,
    shelf,
    staff,
    standard,
    team,
    teamwork,
    teamwork_teams,
    tickets,
    voices,
    workbench,
)
from enscene.web.service_view import away

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


PAGES = (
    login,
    own,
    catalogue,
    launch,
    approvals,
    library,
    shelf,
    scene,
    scene_account,
    scene_account_entries,
    baselines,
    planning_order,
    planning,
    board,
    projects,
    teamwork,
    teamwork_teams,
    knowledge,
    voices,
    copies,
    incentives,
    district,
    people,
    releases,
    standard,
    partners,
    apis,
    api_calls,
    api_limits,
    data,
    h5,
    h5_apply,
    h5_asking,
    h5_said,
    h5_seen,
    bank,
    bank_application,
    bank_consent,
    bank_contract,
    bank_document,
    bank_erasure,
    bank_family,
    bank_leave,
    bank_offers,
    bank_outside,
    bank_referrals,
    bank_spectrum,
    bank_voices,
    bring_in,
    staff,
    workbench,
    decisions,
    erasures,
    exports,
    norms,
    screening,
    invoices,
    prices,
    campaign_benefits,
    campaign_experiment,
    campaign_lines,
    campaign_loop,
    campaign_new,
    campaign_rules,
    campaigns,
    customer,
    customer_identity,
    business,
    business_firms,
    business_vendors,
    operator,
    operator_asks,
    institution,
    service,
    team,
    tickets,
)
"""What brings its own routes, in the order in which they are tried."""


def create_console(host: SceneHost, pool: Any, settings: ConsoleSettings) -> Starlette:
    """The ASGI application of console and H5 on a running host.

    The caller opens and closes host and pool; `app.state.console` is the Console, whose
    `close()` the application's own shutdown calls.
    """
    console = Console(host, pool, settings)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        yield
        await console.close()

    routes: list[Route | Mount] = [route for page in PAGES for route in page.routes(console)]
    routes += portal.routes(console)
    routes.append(Route("/favicon.ico", _icon))
    routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    if settings.assets is not None:
        routes.append(Mount("/assets", StaticFiles(directory=settings.assets)))
    middleware = [Middleware(SecurityHeaders, https=settings.https), Middleware(WithoutNul)]
    if settings.hosts is not None:
        middleware.insert(0, Middleware(AllowedHosts, hosts=settings.hosts))
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={
            404: not_found,
            405: wrong_method,
            **dict.fromkeys(OUTAGES, away),
        },
        lifespan=life,
    )
    app.state.console = console
    return app


async def _icon(request: Request) -> Response:
    return FileResponse(STATIC / "icon.svg")


class SecurityHeaders:
    """Puts the headers on every answer; a page that sets its own policy keeps it."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                names = {name for name, _ in headers}
                headers += _HEADERS
                if b"content-security-policy" not in names:
                    policy = f"{POLICY}; frame-ancestors 'none'"
                    headers.append((b"content-security-policy", policy.encode()))
                    headers.append((b"x-frame-options", b"DENY"))
                if b"cache-control" not in names:
                    shared = scope["path"].startswith(("/static/", "/assets/"))
                    kept = b"public, max-age=31536000, immutable" if shared else b"no-store"
                    headers.append((b"cache-control", kept))
                if self.https:
                    headers.append((b"strict-transport-security", b"max-age=31536000"))
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, send_with)
