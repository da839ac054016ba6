"""Consents in the mobile bank: asked for by an application, seen, withdrawn."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enscene.customers.authorizations import (
    AuthorizationRequest,
    Consent,
    allow_request,
    find_consent,
    find_consents,
    find_receipts,
    find_request,
    make_code,
    refuse_request,
    withdraw_consent,
)
from enscene.customers.authorizations.request import request_id
from enscene.engagement.applications import insert_message, read_clock
from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.kernel.ids import new_uuid
from enscene.scenes.runtime import RunningScene
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.consent_view import (
    message_of,
    scene_of,
    view_consent,
    view_receipt,
    view_request,
)
from enscene.web.console import Console
from enscene.web.language import LANGUAGES, Texts

RECEIPTS = 50
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' {back}"
)


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    base = "/bank/{tenant}"
    ask, own = f"{base}/authorize/{{request}}", f"{base}/permissions"
    return [
        Route(ask, customer(console, show), methods=["GET"]),
        Route(f"{ask}/{{step}}", customer(console, act), methods=["POST"]),
        Route(own, customer(console, listed), methods=["GET"]),
        Route(f"{own}/{{consent}}", customer(console, detail), methods=["GET"]),
        Route(f"{own}/{{consent}}/withdraw", customer(console, withdraw), methods=["POST"]),
    ]


async def show(visit: BankVisit) -> Response:
    """What the application asks for."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    found, scene = await _asked(visit)
    member = await scene.roster.find(visit.party)
    response = await visit.page(
        "bank_consent.html", status, request=found, view=view_request(found, scene, visit.t),
        takes_part=member is not None and bool(member.roles),
        who=(member.name if member is not None else "") or visit.party,
    )  # fmt: skip
    # The answer leads back to the application: the browser has to know to where.
    back = urlsplit(found.asked.redirect_uri)
    policy = _POLICY.format(back=f"{back.scheme}://{back.netloc}")
    response.headers["content-security-policy"] = policy
    response.headers["x-frame-options"] = "DENY"
    return response


async def _asked(visit: BankVisit) -> tuple[AuthorizationRequest, RunningScene]:
    async with visit.reading() as connection:
        found = await find_request(connection, visit.tenant.id, request_id(visit.path("request")))
    return found, await visit.console.host.scene(visit.tenant.id, found.asked.scene)


async def act(visit: BankVisit) -> Response:
    """Press one of its buttons; what was not done is said on the page."""
    step = visit.path("step")
    request = request_id(visit.path("request"))
    try:
        if step == "code":
            await _send(visit)
            return await _page(visit)
        if step == "allow":
            await _check_member(visit)
            back = await allow_request(
                visit.console.pool, visit.tenant.id, request, party=visit.party,
                customer=visit.customer, code=visit.form.get("code", ""),
            )  # fmt: skip
        elif step == "refuse":
            back = await refuse_request(visit.console.pool, visit.tenant.id, request)
        else:
            raise NotFound("there is no such button", code="h5.no_page")
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    return RedirectResponse(back, 303)


async def _check_member(visit: BankVisit) -> RunningScene:
    """Who takes no part in a scene has nothing to allow there. Raises: Forbidden."""
    _, scene = await _asked(visit)
    member = await scene.roster.find(visit.party)
    if member is None or not member.roles:
        raise Forbidden("you take no part in this scene", code="scene.not_enrolled")
    return scene


async def _send(visit: BankVisit) -> None:
    scene = await _check_member(visit)
    async with visit.writing() as connection:
        found = await find_request(connection, visit.tenant.id, request_id(visit.path("request")))
        code = await make_code(connection, found, visit.party, visit.customer)
        views = {each: view_request(found, scene, Texts(each)) for each in LANGUAGES}
        zh, en = message_of(views, code, found.asked.days)
        clock = await read_clock(connection, visit.tenant.id)
        await insert_message(
            connection, visit.tenant.id, new_uuid(), visit.customer, None, "code", zh, en,
            clock["now"],
        )  # fmt: skip
    visit.said = visit.t("consent.code_sent")


async def listed(visit: BankVisit) -> Response:
    """Every consent, what is in force first."""
    async with visit.reading() as connection:
        found = await find_consents(connection, visit.tenant.id, party=visit.party)
    found.sort(key=lambda consent: consent.state != "in_force")
    rows = [(each, await _viewed(visit, each)) for each in found]
    return await visit.page("bank_permissions.html", rows=rows)


async def _viewed(visit: BankVisit, consent: Consent) -> object:
    scene = await scene_of(visit.console, visit.tenant, consent.scene)
    return view_consent(consent, scene, visit.t)


async def detail(visit: BankVisit) -> Response:
    """One consent, and what was served under it. Raises: NotFound."""
    return await _detail(visit)


async def _detail(visit: BankVisit, status: int = 200) -> Response:
    async with visit.reading() as connection:
        consent = await find_consent(connection, visit.tenant.id, _number(visit), visit.party)
        if consent is None:
            raise NotFound("there is no such consent", code="consent.not_found")
        receipts = await find_receipts(
            connection, visit.tenant.id, party=visit.party, consent=consent.id, limit=RECEIPTS
        )
    scene = await scene_of(visit.console, visit.tenant, consent.scene)
    return await visit.page(
        "bank_permission.html", status, consent=consent,
        view=view_consent(consent, scene, visit.t),
        receipts=[view_receipt(each, scene, visit.t) for each in receipts],
    )  # fmt: skip


async def withdraw(visit: BankVisit) -> Response:
    """Take it back. Raises: NotFound."""
    await withdraw_consent(visit.console.pool, visit.tenant.id, _number(visit), party=visit.party)
    return visit.go(f"/permissions/{_number(visit)}")


def _number(visit: BankVisit) -> int:
    text = visit.path("consent")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFound("there is no such consent", code="consent.not_found")
    return int(text)
