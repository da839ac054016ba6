"""A visit of the developer portal, by a partner that has signed in or by anybody at its door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.operations import store as operations_store
from enscene.partners.find_partner import get_partner
from enscene.partners.partner import Partner
from enscene.tenants import Tenant, find_tenant
from enscene.web.admit_page import admit_page
from enscene.web.console import (
    LANGUAGE_COOKIE,
    Console,
    check_origin,
    has_htmx,
    new_secret,
    read_form,
    static,
)
from enscene.web.language import LANGUAGES, TAGS, Texts, choose_language
from enscene.web.portal.session import (
    COOKIE,
    PortalSession,
    access_mark,
    csrf_of,
    read_portal_session,
)
from enscene.web.problems import retry_headers, status_of

DOOR_COOKIE = "enscene_portal_door"


class PortalVisit:
    """`partner` is None at the door."""

    def __init__(self, console: Console, request: Request, tenant: Tenant) -> None:
        self.console = console
        self.request = request
        self.tenant = tenant
        self.session: PortalSession | None = None
        self.known: Partner | None = None
        asked = request.query_params.get("lang")
        cookie = asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)
        self.language = choose_language(cookie, request.headers.get("accept-language", ""))
        self.t = Texts(self.language)
        self.form: list[tuple[str, str]] = []
        self.nonce = ""
        self.fresh_nonce = False

    @property
    def base(self) -> str:
        """Where this bank's portal begins."""
        return f"/portal/{self.tenant.ref}"

    @property
    def pool(self) -> Any:
        """Connections."""
        return self.console.pool

    @property
    def partner(self) -> Partner:
        """Who has signed in."""
        assert self.known is not None
        return self.known

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def field(self, name: str) -> str:
        """A field of the form, without blanks around it."""
        return next((value for key, value in self.form if key == name), "").strip()

    async def open(self) -> None:
        """Who comes, by the cookie; and what forms must carry."""
        cookie = self.request.cookies.get(COOKIE)
        if cookie:
            self.session = await read_portal_session(self.pool, cookie, self.tenant.id)
        if self.session is not None:
            try:
                self.known = await get_partner(self.pool, self.tenant.id, self.session.partner)
            except NotFound:
                self.session = None
        if self.session is not None and self.known is not None:
            ended = self.session.access != access_mark(self.known)
            if ended or self.known.stage == "left":
                self.known = self.session = None
        if self.session is not None:
            self.nonce = self.session.nonce
        else:
            self.nonce = self.request.cookies.get(DOOR_COOKIE, "")[:64]
            if not self.nonce:
                self.nonce, self.fresh_nonce = new_secret(), True

    async def read_form(self) -> None:
        """The fields of a form of this visit. Raises: Forbidden, Invalid."""
        check_origin(self.request)
        self.form = await read_form(self.request)
        if self.fresh_nonce or self.field("csrf") != await csrf_of(self.pool, self.nonce):
            raise Forbidden("the form is not of this visit", code="console.csrf")

    async def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page."""
        async with operations_store.reading(self.pool, self.tenant.id) as connection:
            clock = await operations_store.read_clock(connection, self.tenant.id)
        shown = {"said": None, "error": None, **values}
        text = self.console.environment.get_template(template).render(
            t=self.t, language=self.language, tag=TAGS[self.language], static=static,
            has_htmx=has_htmx(self.console), visit=self, tenant=self.tenant, base=self.base,
            partner=self.known, zone=clock["zone"], now=clock["now"], here=self.request.url.path,
            csrf=await csrf_of(self.pool, self.nonce), **shown,
        )  # fmt: skip
        response = HTMLResponse(text, status)
        secure = self.console.settings.https
        if self.fresh_nonce:
            response.set_cookie(
                DOOR_COOKIE, self.nonce, path=self.base, httponly=True, samesite="strict",
                secure=secure, max_age=3600,
            )  # fmt: skip
        asked = self.request.query_params.get("lang")
        if asked in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE, asked, path="/", httponly=True, samesite="lax", secure=secure
            )
        return response

    def told(self, error: EnsceneError) -> str:
        """Why it was not done, in words."""
        return self.t.problem(error.code, error.facts, error.detail)

    def go(self, path: str = "") -> Response:
        """Another page of this portal next; after a form that is always a GET."""
        return RedirectResponse(f"{self.base}{path}", 303)


Handler = Callable[[PortalVisit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def anybody(console: Console, handler: Handler) -> Endpoint:
    """An endpoint for whoever comes."""
    return _endpoint(console, handler, needs_partner=False)


def partner(console: Console, handler: Handler) -> Endpoint:
    """An endpoint for a partner that has signed in; others are led to the door."""
    return _endpoint(console, handler, needs_partner=True)


def _endpoint(console: Console, handler: Handler, *, needs_partner: bool) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            tenant = await find_tenant(console.pool, str(request.path_params["tenant"])[:40])
        except NotFound:
            raise HTTPException(404) from None
        visit = PortalVisit(console, request, tenant)
        try:
            await visit.open()
            admit_page(console.host.service, tenant.id, request)
            if needs_partner and visit.known is None:
                return RedirectResponse(visit.base, 303)
            if request.method == "POST":
                await visit.read_form()
            return await handler(visit)
        except EnsceneError as error:
            response = await visit.page(
                "portal_problem.html", status_of(error), error=visit.told(error)
            )
            response.headers.update(retry_headers(error))
            return response

    return endpoint
