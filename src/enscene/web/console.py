"""What all pages share: the host, the pool, the templates, and a visit of a page."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from enscene.billing import Billing
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid
from enscene.operations import Rehearsals, Templates
from enscene.operations import store as operations_store
from enscene.operations.norms import Look
from enscene.partners.apis.entry import Catalogue
from enscene.partners.bring_in import Cashier
from enscene.partners.rails import Rails
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal
from enscene.tenants.brands import NO_BRAND, read_brand
from enscene.tenants.users import Session, find_session
from enscene.web.admit_page import admit_page
from enscene.web.background import Background
from enscene.web.language import TAGS, Texts, choose_language
from enscene.web.problems import retry_headers, status_of
from enscene.web.read_upload import read_upload
from enscene.web.refusals import roles_told
from enscene.web.render import make_environment

COOKIE = "enscene_session"
LANGUAGE_COOKIE = "enscene_language"
BODY_MOST = 256 * 1024
STAFF = ("scene_team", "approver", "auditor")
EVERYBODY = (*STAFF, "partner", "manager", "operator", "admin")
PASSWORD = "/password"
"""Where a person chooses a password; whoever has to comes to nothing else before."""
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """`packs` is the folder of templates, `assets` that of the front-end packages (None: there
    are none), `https` says that browsers reach the console over TLS, `hosts` are the names by
    which it may be called (None: any, for tests). `seal` seals partners' secrets (None: that of
    ENSCENE_SECRET_KEY); `partner_sandbox` is the ref of the tenant where partners try; `operator`
    that of the tenant that runs the installation (None: ENSCENE_OPERATOR's). `apis` knows every
    interface of a tenant (None: nobody does, and the page says so); `facts` are what norms look
    up. `erased` is the list of who was erased, for restores (None: none is kept). `next_day` lets
    the next day of a sandbox begin (None: nobody does it here)."""

    packs: Path
    assets: Path | None = None
    https: bool = False
    hosts: frozenset[str] | None = None
    seal: Seal | None = None
    partner_sandbox: str = "sandbox"
    operator: str | None = None
    apis: Catalogue | None = None
    erased: Path | None = None
    facts: Mapping[str, Look] = field(default_factory=dict)
    next_day: Callable[[int], Awaitable[None]] | None = None


@dataclass
class Console:
    """The console's own things; one in a process."""

    host: SceneHost
    pool: Any
    settings: ConsoleSettings
    environment: Any = field(default_factory=make_environment)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when streams have to end."""
    background: Background = field(default_factory=Background)
    _templates: Templates | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.rails = Rails(self.pool)
        self.rehearsals = Rehearsals(self.pool)
        self.cashier = Cashier(self.pool)
        self.billing = Billing(self.pool)

    async def templates(self) -> Templates:
        """The bank's templates, loaded at the first visit."""
        async with self._loading:
            if self._templates is None:
                self._templates = await Templates.load(self.settings.packs)
        return self._templates

    async def close(self) -> None:
        """End what runs in the background, and the streams."""
        self.ending.set()
        await self.rails.close()
        await self.rehearsals.close()
        await self.cashier.close()
        await self.billing.close()
        await self.background.close()


class Visit:
    """One visit of a page by somebody who has logged in."""

    def __init__(self, console: Console, request: Request, session: Session) -> None:
        self.console = console
        self.request = request
        self.session = session
        self.tenant = session.user.tenant
        self.who = session.user.login_name
        cookies = request.cookies
        language = choose_language(
            cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )
        self.t = Texts(language)
        self.language = language
        self.form: list[tuple[str, str]] = []
        self.brand = NO_BRAND
        self.now: datetime | None = None
        """The bank's time, once it was read."""

    @property
    def is_part(self) -> bool:
        """Whether a script asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    def path(self, name: str) -> str:
        """A parameter of the path."""
        return str(self.request.path_params[name])

    def ask(self, name: str) -> str:
        """A parameter of the query, at most 100 characters."""
        return self.request.query_params.get(name, "")[:100].strip()

    def field(self, name: str) -> str:
        """A field of the form, without blanks around it."""
        return next((value for key, value in self.form if key == name), "").strip()

    def fields(self, before: str) -> dict[str, str]:
        """The fields whose names begin so, by the rest of their names."""
        return {
            key.removeprefix(before): value.strip()
            for key, value in self.form
            if key.startswith(before)
        }

    def need(self, *roles: str) -> None:
        """Raises: Forbidden."""
        if not self.session.allows(*roles):
            raise Forbidden(
                "your roles do not allow this", code="console.forbidden", facts={"roles": roles}
            )

    async def read_clock(self) -> Mapping[str, Any]:
        """The tenant's time, zone, name and brand."""
        async with operations_store.reading(self.console.pool, self.tenant) as connection:
            found = dict(await operations_store.read_clock(connection, self.tenant))
        self.now = found["now"]
        return found

    def word(self, pack: Pack, key: str) -> str:
        """A text of a pack, or the key where a block was added without one."""
        return pack.texts[self.language].get(key, key.rsplit(".", 1)[-1])

    def named(self, pack: Pack, name: str) -> str:
        """Who or what the log means by `role:reference`, `thing:key` or `clock:clock`."""
        head, _, rest = name.partition(":")
        if head in pack.things:
            title: str | None = self.word(pack, f"things.{head}.title")
        elif head in pack.parties:
            title = self.word(pack, f"parties.{head}")
        else:
            title = self.t.known(f"named.{head}")
        if title is None:
            return name
        return title if rest in ("", head) or head == "scene" else f"{title} {rest}"

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page, or a part of one."""
        text = self.console.environment.get_template(template).render(
            t=self.t,
            language=self.language,
            tag=TAGS[self.language],
            session=self.session,
            user=self.session.user,
            visit=self,
            here=self.request.url.path,
            static=static,
            has_htmx=has_htmx(self.console),
            **values,
        )
        return HTMLResponse(text, status)

    def go(self, path: str) -> Response:
        """Another page next; after a form that is always a GET."""
        if self.is_part:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)


def has_htmx(console: Console) -> bool:
    """Whether the front-end packages are there."""
    assets = console.settings.assets
    return assets is not None and (assets / "htmx.min.js").is_file()


@lru_cache
def static(name: str) -> str:
    """The address of one of our own files; another content has another address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def member(
    console: Console, handler: Handler, *roles: str, form_bytes: int = BODY_MOST
) -> Endpoint:
    """An endpoint for people who have logged in, in one of the roles; the bank's own if none are
    named, since a partner sees what is its own and nothing else. A form has `form_bytes` at most.

    A POST is taken only with the session's token and from our own pages.
    """

    async def endpoint(request: Request) -> Response:
        session = None
        if cookie := request.cookies.get(COOKIE):
            session = await find_session(console.pool, cookie)
        if session is None:
            target = request.url.path if request.method == "GET" else "/"
            if request.headers.get("hx-request") == "true":
                return Response(status_code=204, headers={"HX-Redirect": "/login"})
            return RedirectResponse(f"/login?next={target}", 303)
        if session.user.must_change and request.url.path not in (PASSWORD, "/logout"):
            return RedirectResponse(PASSWORD, 303)
        visit = Visit(console, request, session)
        visit.brand = await read_brand(console.pool, visit.tenant)
        try:
            if request.method == "POST":
                check_origin(request)
                visit.form = await read_form(request, form_bytes)
                if not session.fits_csrf(visit.field("csrf")):
                    raise Forbidden("the form is not of this session", code="console.csrf")
            visit.need(*(roles or STAFF))
            admit_page(console.host.service, visit.tenant, request)
            return await handler(visit)
        except EnsceneError as error:
            return problem_page(visit, error)

    return endpoint


def problem_page(visit: Visit, error: EnsceneError) -> Response:
    """An error as a page or as a part; the code's own text where the catalog has one."""
    said = visit.t.problem(error.code, error.facts, error.detail) + roles_told(error, visit.t)
    status = status_of(error)
    template = "problem_part.html" if visit.is_part else "problem.html"
    hint = visit.t.hint(error.code, error.facts, error.hint)
    response = visit.page(template, status, said=said, code=error.code, hint=hint)
    response.headers.update(retry_headers(error))
    if visit.is_part:
        response.headers["HX-Retarget"] = "#messages"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def check_origin(request: Request) -> None:
    """A form comes from our own pages. Raises: Forbidden."""
    origin = request.headers.get("origin")
    if origin is not None and origin.split("://", 1)[-1] != request.headers.get("host"):
        raise Forbidden("the form comes from another site", code="console.origin")


async def read_form(request: Request, most: int = BODY_MOST) -> list[tuple[str, str]]:
    """The fields of a form; a file stands there in base64. Raises: Invalid (too large, no form)."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Invalid("the form is too large", code="console.form_size")
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("multipart/form-data"):
            form = read_upload(body, kind)
        else:
            form = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=2_000)
    except ValueError as error:
        raise Invalid("the form cannot be read", code="console.form") from error
    # No text of the database holds a NUL, and nobody has typed one.
    return [(name.replace("\x00", ""), value.replace("\x00", "")) for name, value in form]


def new_secret() -> str:
    """A secret for a form before there is a session."""
    return secrets.token_urlsafe(18)
