"""The pages that customers see, embedded in a partner's site; and their preview in the console."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from enscene.customers import is_granted
from enscene.engagement import say_consent
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.applications import see_offers
from enscene.engagement.moments import CONSENT
from enscene.engagement.store import read_consents
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid, NotFound, Unauthenticated
from enscene.operations import store as operations_store
from enscene.operations.launch import ORIGIN
from enscene.scenes.language.model import Page
from enscene.scenes.runtime import Actor, Call, RunningScene
from enscene.tenants import find_tenant
from enscene.tenants.apps import find_grant
from enscene.tenants.brands import read_brand
from enscene.web.console import (
    LANGUAGE_COOKIE,
    Console,
    Visit,
    has_htmx,
    member,
    read_form,
    static,
)
from enscene.web.h5_asking import Asked, show_asked
from enscene.web.h5_forms import read_input
from enscene.web.h5_looker import Looker
from enscene.web.h5_token import H5Session, issue_h5_token, read_h5_token
from enscene.web.h5_widgets import show_widgets
from enscene.web.language import LANGUAGES, TAGS, Texts, choose_language
from enscene.web.pages.scene import open_view
from enscene.web.problems import status_of
from enscene.web.refusals import Refusal, tell_refusal

_KEY = re.compile(r"[A-Za-z0-9_-]{8,40}")
APP = "h5"


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = H5(console)
    base = "/h5/{tenant}/{scene}/{page}"
    return [
        Route(base, pages.shell, methods=["GET"]),
        Route(f"{base}/content", pages.content, methods=["POST"]),
        Route(f"{base}/do/{{action}}", pages.act, methods=["POST"]),
        Route(f"{base}/consent", pages.consent, methods=["POST"]),
        Route("/scenes/{ref}/pages", member(console, show_pages), methods=["GET"]),
        Route("/scenes/{ref}/pages", member(console, preview, "scene_team"), methods=["POST"]),
    ]


class H5:
    """The handlers. The shell is public and empty; all else needs a token."""

    def __init__(self, console: Console) -> None:
        self.console = console

    async def shell(self, request: Request) -> Response:
        """The empty page: it may be framed by the scene's own origins and nobody else."""
        try:
            tenant, scene, page = await self.find(request)
            origins = await self._origins(tenant.id, scene)
        except EnsceneError as error:
            raise HTTPException(status_of(error)) from None
        language = language_of(request)
        text = self.console.environment.get_template("h5.html").render(
            t=Texts(language),
            language=language,
            tag=TAGS[language],
            static=static,
            has_htmx=has_htmx(self.console),
            tenant=tenant,
            brand=await read_brand(self.console.pool, tenant.id),
            title=scene.pack.texts[language].get(f"pages.{page.name}", scene.name),
            scene=scene,
            origins=" ".join(origins),
            base=request.url.path,
        )
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "connect-src 'self'; form-action 'none'; base-uri 'none'; "
            f"frame-ancestors {' '.join(origins) or chr(39) + 'none' + chr(39)}"
        )
        return HTMLResponse(text, headers={"content-security-policy": policy})

    async def content(self, request: Request) -> Response:
        """What the person of the token sees."""
        return await self.answer(request, None)

    async def act(self, request: Request) -> Response:
        """Do an action as that person, once for the form's key."""

        async def act(session: H5Session, scene: RunningScene, page: Page) -> str | Refusal:
            name = request.path_params["action"]
            action = scene.action(name).model
            if page.who not in action.by:
                raise Forbidden("this is not for you to do", code="scene.role")
            key = request.headers.get("idempotency-key", "")
            if not _KEY.fullmatch(key):
                raise Invalid("the form has no key", code="invalid.key")
            given = read_input(action, await read_form(request))
            grant = await grant_of(self.console.pool, session, name)
            actor = Actor(party=session.party, role=page.who, app=APP, grant=grant)
            call = Call(
                session.tenant, scene.ref, name, actor, given, None if action.query else key
            )
            host = self.console.host
            reply = await (host.query(call) if action.query else host.perform(call))
            if reply.refused:
                problem = msgspec.json.decode(reply.body)
                return self._refusal(request, scene, problem)
            done = Texts(language_of(request))("h5.done")
            title = scene.pack.texts[language_of(request)].get(f"actions.{name}", name)
            return f"+{title} · {done}"

        return await self.answer(request, act)

    async def consent(self, request: Request) -> Response:
        """Switch a permission."""

        async def switch(session: H5Session, scene: RunningScene, page: Page) -> str:
            self.console.host.service.admit_write(session.tenant)
            form = dict(await read_form(request))
            item = form.get("item", "")
            if item not in scene.pack.parties[page.who].consent:
                raise Invalid("there is no such permission", code="h5.no_consent")
            pool = self.console.pool
            async with operations_store.writing(pool, session.tenant) as connection:
                await say_consent(
                    connection,
                    session.tenant,
                    scene.id,
                    session.party,
                    item,
                    granted=form.get("granted") == "1",
                )
            return "+" + Texts(language_of(request))("h5.done")

        return await self.answer(request, switch)

    async def answer(self, request: Request, act: Any) -> Response:
        """Do it as the person of the token, and show the page as it is then. `act` returns what
        is said: after + what was done, after - what was not, after @ an application and a link;
        or why it was refused, or where a need leads."""
        said: str | Refusal | Asked = ""
        try:
            tenant, scene, page = await self.find(request)
            session = await self._session(request)
            if (session.tenant, session.scene) != (tenant.id, scene.ref):
                raise Unauthenticated("the token is for another page", code="h5.expired")
            if act is not None:
                try:
                    said = await act(session, scene, page)
                except (Unauthenticated, NotFound):
                    raise
                except EnsceneError as error:
                    problem = {"code": error.code, "detail": error.detail,
                               "param": error.param, "facts": error.facts}  # fmt: skip
                    said = self._refusal(request, scene, problem)
            return await self._content(request, session, scene, page, said)
        except EnsceneError as error:
            texts = Texts(language_of(request))
            text = texts.problem(error.code, error.facts, error.detail)
            return Response(text, status_of(error), media_type="text/plain")

    async def _content(
        self,
        request: Request,
        session: H5Session,
        scene: RunningScene,
        page: Page,
        told: str | Refusal | Asked,
    ) -> Response:
        roster = scene.roster
        found = await roster.find(session.party)
        if found is None or page.who not in found.roles:
            raise Unauthenticated("this page is for others", code="h5.expired")
        language = language_of(request)
        async with operations_store.reading(self.console.pool, session.tenant) as connection:
            clock = await operations_store.read_clock(connection, session.tenant)
            looker = Looker(connection, scene, page, found, clock, language)
            allowed = await read_consents(connection, session.tenant, scene.id, found.id)
            widgets = await show_widgets(looker)
            asked = await show_asked(looker, told) if isinstance(told, Asked) else None
        await self._note_seen(session.tenant, widgets)
        fault = told if isinstance(told, Refusal) else None
        said = told if isinstance(told, str) else ""
        if fault is not None:
            said = f"-{Texts(language)('h5.refused')}{fault.named}"
        text = self.console.environment.get_template("h5_content.html").render(
            t=Texts(language),
            language=language,
            pack=scene.pack,
            scene=scene,
            who=found,
            measured=is_granted(allowed, CONSENT),
            widgets=widgets,
            can_ask=scene.pack.parties[page.who].is_a == "person",
            asked=asked,
            currency=scene.pack.currency,
            zone=clock["zone"],
            handed=_handed(said, request, tenant_of(request)),
            base=request.url.path.rsplit("/do/", 1)[0]
            .rsplit("/apply/", 1)[0]
            .rsplit("/offers/", 1)[0]
            .removesuffix("/asking/person")
            .removesuffix("/asking")
            .removesuffix("/content")
            .removesuffix("/consent"),
            standing=self.console.host.service.of(session.tenant),
            static=static,
            said="" if said.startswith("@") else said[1:],
            good=said.startswith("+"),
            fault=fault,
        )
        return HTMLResponse(text)

    async def _note_seen(self, tenant: int, widgets: list[dict[str, Any]]) -> None:
        """What was offered has been looked at."""
        offers = [offer for widget in widgets for offer in widget.get("offers", ())]
        shown = [UUID(offer["id"]) for offer in offers if "said" not in offer]
        if shown:
            async with operations_store.writing(self.console.pool, tenant) as connection:
                await see_offers(connection, tenant, shown)
        for offer in offers:
            if offer.get("state") == "offered":
                await answer_offer(
                    self.console.pool, tenant, UUID(offer["id"]), offer["said"], "seen"
                )

    async def find(self, request: Request) -> tuple[Any, RunningScene, Page]:
        """Tenant, scene and page of an address. Raises: NotFound."""
        path = request.path_params
        tenant = await find_tenant(self.console.pool, path["tenant"][:40])
        scene = await self.console.host.catalogue.read(tenant.id, path["scene"][:64])
        page = scene.pack.pages.get(path["page"])
        if page is None:
            raise NotFound("there is no such page", code="h5.no_page")
        return tenant, scene, page

    async def _origins(self, tenant: int, scene: RunningScene) -> list[str]:
        pool = self.console.pool
        async with operations_store.reading(pool, tenant) as connection:
            clock = await operations_store.read_clock(connection, tenant)
            rows = await operations_store.list_scenes(connection, tenant, clock["now"], scene.ref)
        return _origins_of(rows[0]["profile"])

    async def _session(self, request: Request) -> H5Session:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "h5":
            raise Unauthenticated("there is no token", code="h5.expired")
        return await read_h5_token(self.console.pool, token)

    def _refusal(self, request: Request, scene: RunningScene, problem: dict[str, Any]) -> Refusal:
        """Why not, in the words of the pack or of the catalog."""
        language = language_of(request)
        return tell_refusal(problem, Texts(language), scene.pack.texts[language])


async def grant_of(pool: Any, session: H5Session, what: str) -> int | None:
    """The consent by which the application around the page does this; None: it needs none."""
    for number in session.grants:
        found = await find_grant(pool, session.tenant, number)
        if found is not None and (what in found.actions or len(session.grants) == 1):
            return number
    return session.grants[0] if session.grants else None


def tenant_of(request: Request) -> str:
    """The tenant in the page's path."""
    return str(request.path_params["tenant"])


def _handed(said: str, request: Request, tenant: str) -> tuple[str, str] | None:
    """The application that is to go on in the mobile bank, and the link to it."""
    if not said.startswith("@"):
        return None
    application, _, token = said[1:].partition(" ")
    return application, f"/bank/{tenant}/open/{token}?lang={language_of(request)}"


def _origins_of(profile: dict[str, Any]) -> list[str]:
    """The origins of a profile that are ones: they become part of a header."""
    return [text for text in profile.get("origins", []) if ORIGIN.fullmatch(str(text))]


def language_of(request: Request) -> Any:
    """The language that a page was asked for in."""
    asked = request.query_params.get("lang")
    if asked not in LANGUAGES:
        asked = request.cookies.get(LANGUAGE_COOKIE)
    return choose_language(asked, request.headers.get("accept-language", ""))


async def show_pages(visit: Visit) -> Response:
    """The scene's pages, how to embed them, and a preview."""
    view = await open_view(visit)
    people = await view.read("parties", None, 200)
    return view.page(
        "pages.html",
        "pages",
        people=people,
        origins=_origins_of(view.card.profile),
        address=str(visit.request.base_url).rstrip("/"),
    )


async def preview(visit: Visit) -> Response:
    """Open a page as one of its people; in a sandbox only. Raises: Forbidden."""
    view = await open_view(visit)
    if not view.clock["sandbox"]:
        raise Forbidden("only in a sandbox", code="pages.sandbox_only")
    page, party = visit.field("page"), visit.field("party")
    if page not in view.pack.pages:
        raise NotFound("there is no such page", code="h5.no_page")
    token = await issue_h5_token(visit.console.pool, visit.tenant, view.card.ref, party)
    tenant = visit.session.user.tenant_ref
    address = f"/h5/{tenant}/{view.card.ref}/{page}?lang={visit.language}#{token}"
    return RedirectResponse(address, 303)
