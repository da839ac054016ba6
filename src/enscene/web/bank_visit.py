"""A visit of the bank's pages by a customer: logged in to a sandbox, or led here by a channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from enscene.engagement.applications import Application, application_id, read_application
from enscene.kernel.controls import control
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.tenants import Tenant, find_tenant
from enscene.web.admit_page import admit_page
from enscene.web.bank_session import COOKIE, BankSession, csrf_of, read_bank_session
from enscene.web.console import (
    LANGUAGE_COOKIE,
    Console,
    check_origin,
    has_htmx,
    read_form,
    static,
)
from enscene.web.language import LANGUAGES, TAGS, Texts, choose_language
from enscene.web.problems import retry_headers, status_of
from enscene.web.refusals import Refusal, tell_refusal

CHANNEL = "bank_app"


class BankVisit:
    """`session` is None at the door."""

    def __init__(
        self, console: Console, request: Request, tenant: Tenant, session: BankSession | None
    ) -> None:
        self.console = console
        self.request = request
        self.tenant = tenant
        self.session = session
        asked = request.query_params.get("lang")
        cookie = asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)
        self.language = choose_language(cookie, request.headers.get("accept-language", ""))
        self.t = Texts(self.language)
        self.form: dict[str, str] = {}
        self.csrf = ""
        self.said = ""
        self.good = True
        self.refusal: Refusal | None = None

    @property
    def base(self) -> str:
        """Where this tenant's bank begins."""
        return f"/bank/{self.tenant.ref}"

    @property
    def customer(self) -> int:
        """The party of whoever has logged in."""
        assert self.session is not None
        return self.session.customer

    @property
    def party(self) -> str:
        """Its reference."""
        assert self.session is not None
        return self.session.party

    @property
    def led(self) -> bool:
        """Whether a channel of the bank has led the customer here, for a few pages."""
        return self.session is not None and bool(self.session.visit)

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def reading(self) -> Any:
        """A connection that sees the tenant."""
        return operations_store.reading(self.console.pool, self.tenant.id)

    def writing(self) -> Any:
        """The same, to write."""
        return operations_store.writing(self.console.pool, self.tenant.id)

    async def application(self, connection: Any, *, lock: bool = False) -> Application:
        """The application of the path, if it is the customer's own. Raises: NotFound."""
        try:
            found = application_id(self.path("application"))
        except Invalid:
            raise NotFound("there is no such application", code="application.not_found") from None
        return await read_application(
            connection, self.tenant.id, found, customer=self.customer, lock=lock
        )

    async def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page."""
        async with self.reading() as connection:
            clock = await operations_store.read_clock(connection, self.tenant.id)
        text = self.console.environment.get_template(template).render(
            t=self.t, language=self.language, tag=TAGS[self.language], static=static,
            has_htmx=has_htmx(self.console), visit=self, tenant=self.tenant, base=self.base,
            zone=clock["zone"], clock=clock, here=self.request.url.path, csrf=self.csrf,
            said=self.said, good=self.good, **values,
        )  # fmt: skip
        response = HTMLResponse(text, status)
        asked = self.request.query_params.get("lang")
        if asked in LANGUAGES:
            secure = self.console.settings.https
            response.set_cookie(
                LANGUAGE_COOKIE, asked, path="/", httponly=True, samesite="lax", secure=secure
            )
        return response

    def tell(self, error: EnsceneError) -> None:
        """Say on the page why it was not done."""
        problem = {"code": error.code, "detail": error.detail, "param": error.param,
                   "facts": error.facts}  # fmt: skip
        self.refusal = tell_refusal(problem, self.t)
        self.said, self.good = self.refusal.named, False

    def go(self, path: str) -> Response:
        """Another page of this bank next; after a form that is always a GET."""
        return RedirectResponse(f"{self.base}{path}", 303)


Handler = Callable[[BankVisit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def customer(console: Console, handler: Handler, *, led: bool = False) -> Endpoint:
    """An endpoint for a customer who has logged in; others are led to the door and back. With `led`
    it is also for those whom a channel of the bank has led here, in a live bank too."""

    async def endpoint(request: Request) -> Response:
        visit: BankVisit | None = None
        try:
            visit = await find_visit(console, request)
            check_led(visit, led=led)
            admit_page(console.host.service, visit.tenant.id, request)
            if visit.session is None:
                back = quote(request.url.path, safe="/") if request.method == "GET" else ""
                asked = request.query_params.get("lang", "")
                more = f"&lang={asked}" if asked in LANGUAGES else ""
                return RedirectResponse(f"{visit.base}/login?next={back}{more}", 303)
            visit.csrf = await csrf_of(console.pool, visit.session)
            if request.method == "POST":
                check_origin(request)
                visit.form = {name: text.strip() for name, text in await read_form(request)}
                if visit.form.get("csrf") != visit.csrf:
                    raise Forbidden("the form is not of this session", code="bank.form")
            return await handler(visit)
        except EnsceneError as error:
            return await problem(console, request, visit, error)

    return endpoint


async def open_visit(console: Console, request: Request, *, led: bool = False) -> BankVisit:
    """Whoever comes. Raises: NotFound (no such tenant), Forbidden (a page of sandboxes alone)."""
    visit = await find_visit(console, request)
    check_led(visit, led=led)
    return visit


async def find_visit(console: Console, request: Request) -> BankVisit:
    """The same, where it is not yet looked at whether the page is for them."""
    tenant = await find_tenant(console.pool, str(request.path_params["tenant"])[:40])
    session = None
    if cookie := request.cookies.get(COOKIE):
        session = await read_bank_session(console.pool, cookie, tenant.id)
    return BankVisit(console, request, tenant, session)


@control("led_visit")
def check_led(visit: BankVisit, *, led: bool) -> None:
    """A live bank's customers come by its own app, which alone knows who they are. In a sandbox who
    was led here has logged in to nothing else. Raises: Forbidden."""
    if visit.led and not led:
        visit.session = None
    if visit.tenant.sandbox or visit.led:
        return
    visit.session = None
    if led:
        raise Forbidden("open this page from the bank's own app", code="bank.from_app")
    raise Forbidden("this mobile bank is for sandboxes alone", code="bank.sandbox_only")


async def problem(
    console: Console, request: Request, visit: BankVisit | None, error: EnsceneError
) -> Response:
    """An error as a page of the bank, or as a word where there is no bank."""
    if visit is None:
        if error.code == "tenant.not_found":
            raise HTTPException(404)  # no bank's page at all: told with the ways on
        language = choose_language(
            request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )
        text = Texts(language).problem(error.code, error.facts, error.detail)
        return Response(text, status_of(error), media_type="text/plain")
    visit.tell(error)
    response = await visit.page("bank_problem.html", status_of(error))
    response.headers.update(retry_headers(error))
    return response
