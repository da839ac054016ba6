"""Addresses where there is no page: led back to the page that they belong to, or told so in words
with the ways on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from enscene.kernel.errors import NotFound
from enscene.tenants import Tenant, find_tenant
from enscene.web.console import LANGUAGE_COOKIE, Console, static
from enscene.web.language import TAGS, Language, Texts, choose_language

_FILES = ("/static/", "/assets/", "/brand/")
_NUL, _INSTEAD = "\x00", "\ufffd"
"""No text of the database holds the first, and no reference the second: it leads nowhere."""
_OF_A_BANK = ("portal", "bank", "h5")


class WithoutNul:
    """Takes NULs out of addresses, so that they are looked for and not found as others are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if _NUL in scope["path"]:
                scope = {**scope, "path": scope["path"].replace(_NUL, _INSTEAD)}
            if b"%00" in scope["query_string"]:
                asked = scope["query_string"].replace(b"%00", b"%EF%BF%BD")
                scope = {**scope, "query_string": asked}
        await self.app(scope, receive, send)


async def not_found(request: Request, error: Exception) -> Response:
    """404: a page in the reader's language."""
    if request.url.path.startswith(_FILES):
        return Response("404", 404, media_type="text/plain")
    return await _page(request, 404)


async def wrong_method(request: Request, error: Exception) -> Response:
    """A form's address that was opened without its form, as a browser does on "reload" after a
    refusal, leads to the page of the form; any other wrong method is 405."""
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(_page_above(request), 303)
    response = await _page(request, 405)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _page_above(request: Request) -> str:
    parts = request.url.path.strip("/").split("/")
    while parts:
        parts.pop()
        path = "/" + "/".join(parts)
        scope = {**request.scope, "path": path, "method": "GET"}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
    return "/"


async def _page(request: Request, status: int) -> Response:
    console: Console = request.app.state.console
    language = choose_language(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
    )
    other: Language = "en" if language == "zh" else "zh"
    text = console.environment.get_template("lost.html").render(
        t=Texts(language), language=language, tag=TAGS[language], static=static,
        tenant=await _bank(console, request.url.path), status=status,
        other=Texts(other), other_tag=TAGS[other],
    )  # fmt: skip
    return HTMLResponse(text, status)


async def _bank(console: Console, path: str) -> Tenant | None:
    """The bank whose pages they were, or the one where everybody tries."""
    head, _, rest = path.strip("/").partition("/")
    named = rest.split("/")[0][:40] if head in _OF_A_BANK else ""
    for ref in filter(None, (named, console.settings.partner_sandbox)):
        try:
            return await find_tenant(console.pool, ref)
        except NotFound:
            continue
    return None
