"""Log in, choose a language, log out; the tenant's colour."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.tenants import find_tenant
from enscene.tenants.brands import NO_BRAND, Brand, read_brand, read_logo
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
_PICTURE = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; style-src 'none'; sandbox",
}
"""Opened by itself a picture does nothing either."""
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
        found = await _brand(console, request.path_params["tenant"])
        text = f":root {{ --accent: {found.accent}; }}\n"
        return Response(text, media_type="text/css", headers={"cache-control": "max-age=60"})

    async def logo(request: Request) -> Response:
        """The picture of that digest, if the tenant has it: it never changes."""
        try:
            tenant = await find_tenant(console.pool, request.path_params["tenant"][:40])
        except NotFound:
            return Response("404", 404, media_type="text/plain")
        found = await read_logo(console.pool, tenant.id)
        if found is None or found.digest != request.path_params["digest"]:
            return Response("404", 404, media_type="text/plain")
        return Response(found.content, media_type=found.kind, headers=_PICTURE)

    return [
        Route("/login", show, methods=["GET"]),
        Route("/login", enter, methods=["POST"]),
        Route("/logout", member(console, leave, *EVERYBODY), methods=["POST"]),
        Route("/language/{language}", speak, methods=["GET"]),
        Route("/brand/{tenant}.css", brand, methods=["GET"]),
        Route("/brand/{tenant}/{digest}", logo, methods=["GET"]),
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


async def _brand(console: Console, tenant_ref: str) -> Brand:
    try:
        tenant = await find_tenant(console.pool, tenant_ref[:40])
    except NotFound:
        return NO_BRAND
    return await read_brand(console.pool, tenant.id)
