"""Log in, choose a language, log out; the tenant's colour."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.operations import store as operations_store
from enscene.tenants import find_tenant
from enscene.tenants.users import log_in, log_out
from enscene.web.console import (
    COOKIE,
    EVERYBODY,
    LANGUAGE_COOKIE,
    Console,
    Visit,
    check_origin,
    has_htmx,
    member,
    new_secret,
    read_form,
    static,
)
from enscene.web.language import LANGUAGES, TAGS, Texts, choose_language
from enscene.web.problems import retry_headers, status_of

FORM_COOKIE = "enscene_form"
ACCENT = "#0b5f52"
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PATH = re.compile(r"/[A-Za-z0-9/_.-]*")


def routes(console: Console) -> list[Route]:
    """The routes of this page."""

    async def show(request: Request) -> Response:
        return _page(console, request, "")

    async def enter(request: Request) -> Response:
        try:
            check_origin(request)
            form = dict(await read_form(request))
            given, kept = form.get("form", ""), request.cookies.get(FORM_COOKIE, "")
            if not kept or not secrets.compare_digest(given.encode(), kept.encode()):
                raise Forbidden("the form is not of this visit", code="console.csrf")
            session = await log_in(console.pool, form.get("login", ""), form.get("password", ""))
        except EnsceneError as error:
            response = _page(console, request, error.code, status_of(error), error.detail)
            response.headers.update(retry_headers(error))
            return response
        moved = RedirectResponse(_own_path(form.get("next", "")), 303)
        _keep(console, moved, COOKIE, session.token)
        moved.delete_cookie(FORM_COOKIE, path="/login")
        return moved

    async def leave(visit: Visit) -> Response:
        await log_out(console.pool, visit.session.token)
        response = visit.go("/login")
        response.delete_cookie(COOKIE, path="/")
        return response

    async def speak(request: Request) -> Response:
        language = request.path_params["language"]
        response = RedirectResponse(_own_path(request.query_params.get("next", "")), 303)
        if language in LANGUAGES:
            _keep(console, response, LANGUAGE_COOKIE, language, days=365)
        return response

    async def brand(request: Request) -> Response:
        accent = await _accent(console, request.path_params["tenant"])
        text = f":root {{ --accent: {accent}; }}\n"
        return Response(text, media_type="text/css", headers={"cache-control": "max-age=300"})

    return [
        Route("/login", show, methods=["GET"]),
        Route("/login", enter, methods=["POST"]),
        Route("/logout", member(console, leave, *EVERYBODY), methods=["POST"]),
        Route("/language/{language}", speak, methods=["GET"]),
        Route("/brand/{tenant}.css", brand, methods=["GET"]),
    ]


def _page(
    console: Console, request: Request, code: str, status: int = 200, detail: str = ""
) -> Response:
    language = choose_language(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
    )
    texts = Texts(language)
    secret = new_secret()
    text = console.environment.get_template("login.html").render(
        t=texts,
        language=language,
        tag=TAGS[language],
        static=static,
        has_htmx=has_htmx(console),
        secret=secret,
        next=_own_path(request.query_params.get("next", "")),
        said=(texts.known(f"problems.{code}") or detail) if code else "",
    )
    response = HTMLResponse(text, status)
    response.set_cookie(
        FORM_COOKIE,
        secret,
        path="/login",
        httponly=True,
        samesite="strict",
        secure=console.settings.https,
        max_age=3600,
    )
    return response


def _keep(
    console: Console, response: Response, name: str, value: str, *, days: int | None = None
) -> None:
    response.set_cookie(
        name,
        value,
        path="/",
        httponly=True,
        samesite="strict",
        secure=console.settings.https,
        max_age=None if days is None else days * 86_400,
    )


def _own_path(path: str) -> str:
    """A path of this site and nothing else, so that nobody is led away."""
    return path if _PATH.fullmatch(path) and not path.startswith("//") else "/"


async def _accent(console: Console, tenant_ref: str) -> str:
    try:
        tenant = await find_tenant(console.pool, tenant_ref)
    except NotFound:
        return ACCENT
    async with operations_store.reading(console.pool, tenant.id) as connection:
        brand = (await operations_store.read_clock(connection, tenant.id))["brand"]
    accent = str(brand.get("accent", ACCENT)).lower()
    return accent if _COLOUR.fullmatch(accent) else ACCENT
