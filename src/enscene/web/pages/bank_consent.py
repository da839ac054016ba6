"""Consents on pages of the bank: asked for by an application, seen, withdrawn.

In a sandbox the customer has logged in, and the code comes to the telephone that is shown there. In
a live bank the bank's own app leads the customer here, and states the second factor."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enscene.customers.authorizations import (
    STAY,
    AuthorizationRequest,
    Consent,
    SecondFactor,
    SentCode,
    VisitsFactor,
    allow_request,
    enter_visit,
    find_consent,
    find_consents,
    find_receipts,
    find_request,
    is_stated,
    make_code,
    refuse_request,
    request_id,
)
from enscene.customers.authorizations.request import no_request
from enscene.engagement import withdraw_consent
from enscene.engagement.applications import insert_message, read_clock
from enscene.kernel.controls import control
from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.kernel.ids import new_uuid
from enscene.scenes.runtime import RunningScene
from enscene.tenants import find_tenant
from enscene.web.bank_session import COOKIE, issue_bank_session
from enscene.web.bank_visit import BankVisit, customer, problem
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
        Route(f"{base}/visit/{{token}}", Entrance(console).enter, methods=["GET"]),
        Route(ask, customer(console, show, led=True), methods=["GET"]),
        Route(f"{ask}/{{step}}", customer(console, act, led=True), methods=["POST"]),
        Route(own, customer(console, listed, led=True), methods=["GET"]),
        Route(f"{own}/{{consent}}", customer(console, detail, led=True), methods=["GET"]),
        Route(f"{own}/{{consent}}/withdraw", customer(console, withdraw, led=True),
              methods=["POST"]),
    ]  # fmt: skip


class Entrance:
    """Where a channel of the bank leads its customer."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def enter(self, request: Request) -> Response:
        """Use the token up, and go to the page that it is for."""
        if request.method != "GET":  # whoever only looks at the address does not use it up
            return Response(status_code=405, headers={"allow": "GET"})
        pool = self._console.pool
        try:
            tenant = await find_tenant(pool, str(request.path_params["tenant"])[:40])
            token = str(request.path_params["token"])[:100]
            found = await enter_visit(pool, tenant.id, token)
        except EnsceneError as error:
            return await problem(self._console, request, None, error)
        asked = "" if found.request is None else str(found.request)
        place = f"authorize/{asked}" if asked else "permissions"
        response = RedirectResponse(f"/bank/{tenant.ref}/{place}", 303)
        life_s = int(STAY.total_seconds())
        cookie = await issue_bank_session(
            pool, tenant.id, found.party, found.customer, life_s=life_s, visit=str(found.id),
            request=asked,
        )  # fmt: skip
        response.set_cookie(
            COOKIE, cookie, path="/bank", httponly=True, samesite="lax",
            secure=self._console.settings.https, max_age=life_s,
        )  # fmt: skip
        return response


async def show(visit: BankVisit) -> Response:
    """What the application asks for."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    found, scene = await _asked(visit)
    member = await scene.roster.find(visit.party)
    stated = False
    if visit.session is not None and visit.led:
        async with visit.reading() as connection:
            stated = await is_stated(
                connection, visit.tenant.id, UUID(visit.session.visit), found.id, visit.party
            )
    response = await visit.page(
        "bank_consent.html", status, request=found, view=view_request(found, scene, visit.t),
        takes_part=member is not None and bool(member.roles), stated=stated,
        who=(member.name if member is not None else "") or visit.party,
    )  # fmt: skip
    # The answer leads back to the application: the browser has to know to where.
    back = urlsplit(found.asked.redirect_uri)
    policy = _POLICY.format(back=f"{back.scheme}://{back.netloc}")
    response.headers["content-security-policy"] = policy
    response.headers["x-frame-options"] = "DENY"
    return response


async def _asked(visit: BankVisit) -> tuple[AuthorizationRequest, RunningScene]:
    number = request_id(visit.path("request"))
    if visit.session is not None and visit.led:
        check_visits_request(visit.session.request, number)
    async with visit.reading() as connection:
        found = await find_request(connection, visit.tenant.id, number)
    return found, await visit.console.host.scene(visit.tenant.id, found.asked.scene)


@control("visit_request")
def check_visits_request(own: str, request: UUID) -> None:
    """A visit answers the one request that it was opened for. Raises: NotFound."""
    if own != str(request):
        raise no_request()


def _factor(visit: BankVisit) -> SecondFactor:
    if visit.session is not None and visit.led:
        return VisitsFactor(UUID(visit.session.visit))
    return SentCode(visit.form.get("code", ""))


async def act(visit: BankVisit) -> Response:
    """Press one of its buttons; what was not done is said on the page."""
    step = visit.path("step")
    request = request_id(visit.path("request"))
    try:
        await _asked(visit)
        if step == "code" and not visit.led:
            await _send(visit)
            return await _page(visit)
        if step == "allow":
            await _check_member(visit)
            back = await allow_request(
                visit.console.pool, visit.tenant.id, request, party=visit.party,
                customer=visit.customer, factor=_factor(visit),
            )  # fmt: skip
        elif step == "refuse":
            back = await refuse_request(
                visit.console.pool, visit.tenant.id, request, party=visit.party
            )
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
    console = visit.console
    await withdraw_consent(
        console.pool, console.host, visit.tenant.id, _number(visit), party=visit.party
    )
    return visit.go(f"/permissions/{_number(visit)}")


def _number(visit: BankVisit) -> int:
    text = visit.path("consent")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFound("there is no such consent", code="consent.not_found")
    return int(text)
