"""The door and the application: sign up, sign in, fill in, hand in, see how far it is."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError
from enscene.operations.terms_changes import DAYS, TermsChange, read_terms_changes
from enscene.partners.fill_in import fill_in, submit
from enscene.partners.find_partner import days_of, partner_of_access, read_stages
from enscene.partners.limit import EACH_BURST, EACH_S, Limit
from enscene.partners.scopes import READINGS, WRITINGS, check_offered, read_offered
from enscene.partners.sign_up import PLATFORM, sign_up
from enscene.partners.standard import read_standard, score
from enscene.tenants.apps import split_scope
from enscene.web.console import Console
from enscene.web.portal.session import COOKIE, issue_portal_session
from enscene.web.portal.visit import PortalVisit, anybody, partner
from enscene.web.problems import status_of

TRACK = ("draft", "applied", "admitted", "sandbox", "proven", "live")
_TEXTS = ("name", "contact", "email", "purpose")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    base = "/portal/{tenant}"
    gate = Limit(EACH_BURST, EACH_S)

    async def enter(visit: PortalVisit) -> Response:
        return await _sign_up(visit, gate)

    return [
        Route(base, anybody(console, show), methods=["GET"]),
        Route(f"{base}/signup", anybody(console, enter), methods=["POST"]),
        Route(f"{base}/login", anybody(console, sign_in), methods=["POST"]),
        Route(f"{base}/logout", partner(console, sign_out), methods=["POST"]),
        Route(f"{base}/application", partner(console, application), methods=["GET"]),
        Route(f"{base}/application", partner(console, save), methods=["POST"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """The door, or how far the partner has come."""
    if visit.known is None:
        return await visit.page("portal_door.html", typed={})
    stages = (await read_stages(visit.pool, visit.tenant.id, visit.known.id))[visit.known.id]
    changes = []
    if visit.known.stage == "live":
        refs = sorted({found[0] for scope in visit.known.scopes if (found := split_scope(scope))})
        changes = await _changes(visit, refs)
    return await visit.page(
        "portal_home.html", changes=changes, change_days=DAYS, stages=stages, days=days_of(stages), track=TRACK,
        decided=next((s for s in reversed(stages) if s.stage in ("refused", "suspended")), None),
    )  # fmt: skip


async def _changes(visit: PortalVisit, refs: list[str]) -> list[tuple[TermsChange, list[str]]]:
    """Changed terms of the partner's scenes, each with what is otherwise in words."""
    found = []
    for change in await read_terms_changes(visit.pool, visit.tenant.id, refs):
        scene = await visit.console.host.catalogue.read(visit.tenant.id, change.scene)
        texts = scene.pack.texts[visit.language]
        words = [texts.get(f"options.{name}.title", name) for name in change.options]
        words += [texts.get(f"parts.{name}.title", name) for name in change.parts]
        words += [visit.t(f"portal.changed.{name}") for name in change.more]
        found.append((change, words))
    return found


async def _sign_up(visit: PortalVisit, gate: Limit) -> Response:
    """A new partner; its access key is shown once, and it has signed in."""
    client = visit.request.client
    typed = {name: visit.field(name) for name in _TEXTS}
    try:
        gate.take(client.host if client else "")
        found, key = await sign_up(
            visit.pool, visit.tenant, name=typed["name"], contact=typed["contact"],
            email=typed["email"], purpose=typed["purpose"],
        )  # fmt: skip
    except EnsceneError as error:
        return await visit.page(
            "portal_door.html", status_of(error), typed=typed, error=visit.told(error),
            wrong=error.param,
        )  # fmt: skip
    visit.known = found
    cookie, visit.nonce = await issue_portal_session(visit.pool, found)
    return _kept(visit, cookie, await visit.page("portal_welcome.html", access_key=key))


async def sign_in(visit: PortalVisit) -> Response:
    """With the access key."""
    try:
        visit.known = await partner_of_access(visit.pool, visit.field("access_key"))
        if visit.known.tenant != visit.tenant.id:
            visit.known = await partner_of_access(visit.pool, "")
    except EnsceneError as error:
        visit.known = None
        return await visit.page(
            "portal_door.html", status_of(error), typed={}, error=visit.told(error)
        )
    cookie, _ = await issue_portal_session(visit.pool, visit.partner)
    return _kept(visit, cookie, visit.go())


async def sign_out(visit: PortalVisit) -> Response:
    """Forget who it was."""
    response = visit.go()
    response.delete_cookie(COOKIE, path=visit.base)
    return response


def _kept(visit: PortalVisit, cookie: str, response: Response) -> Response:
    response.set_cookie(
        COOKIE, cookie, path=visit.base, httponly=True, samesite="strict",
        secure=visit.console.settings.https,
    )  # fmt: skip
    return response


async def application(visit: PortalVisit) -> Response:
    """The form, with what is in it."""
    return await _form(visit)


async def _form(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    standard, known = read_standard(), visit.partner
    found = score(standard, known.level, known.answers, known.findings)
    asked = _scopes(visit) if "wrong" in more else list(known.scopes)
    offered = await read_offered(visit.pool, visit.console.host, visit.tenant.id)
    chosen = {s.ref: [e for e in asked if (split_scope(e) or ("",))[0] == s.ref] for s in offered}
    given = {scope for scene in offered for scope in scene.scopes}
    return await visit.page(
        "portal_application.html", status, standard=standard, scores=found.areas,
        missing=found.missing, everywhere=(*READINGS, *WRITINGS), offered=offered, chosen=chosen,
        asked=asked, webhooks=sorted(PLATFORM),
        strange=[scope for scope in asked if scope not in given | PLATFORM], **more,
    )  # fmt: skip


def _scopes(visit: PortalVisit) -> list[str]:
    """Those that were ticked, or typed with blanks between."""
    return [scope for name, value in visit.form if name == "scopes" for scope in value.split()]


async def save(visit: PortalVisit) -> Response:
    """Keep what was filled in; hand it in if that was pressed."""
    known = visit.partner
    changes: dict[str, Any] = {}
    if not known.renewing:  # then the questions alone are open
        changes = {name: visit.field(name) for name in (*_TEXTS, "level")}
        changes["scopes"] = _scopes(visit)
    answers = {
        question.id: {"answer": given, "evidence": visit.field(f"evidence.{question.id}")}
        for question in read_standard().questions
        if (given := visit.field(f"answer.{question.id}"))
    }
    try:
        await check_offered(visit.console.host, visit.tenant.id, changes.get("scopes", ()))
        visit.known = await fill_in(visit.pool, visit.tenant.id, known.id, changes, answers)
        if visit.field("do") == "submit" and not known.renewing:
            await submit(visit.pool, visit.tenant.id, known.id)
            return visit.go()
    except EnsceneError as error:
        return await _form(visit, status_of(error), error=visit.told(error), wrong=error.param)
    return await _form(visit, said=visit.t("portal.saved"))
