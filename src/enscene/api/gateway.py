"""The open API as one ASGI application: routes, guards, errors."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from enscene.api import health
from enscene.api.accounts import Accounts
from enscene.api.actions import Actions, Running
from enscene.api.applications import Applications
from enscene.api.asking import AskingDoor
from enscene.api.auth import (
    Access,
    AuthorizationServer,
    Caller,
    Certificates,
    Keyring,
    Proofs,
    Tokens,
    UsedProofs,
)
from enscene.api.auth.store import Pool
from enscene.api.bank_channel import BankChannel
from enscene.api.billing import BillingDoor
from enscene.api.bring_in import BringInDoor
from enscene.api.bulk import Bulk
from enscene.api.campaigns import CampaignsDoor
from enscene.api.capabilities import CapabilitiesDoor
from enscene.api.catalogue import CatalogueDoor, Edge
from enscene.api.clock import Clock
from enscene.api.consents import Consents
from enscene.api.contracts import ContractsDoor
from enscene.api.cursors import Cursors
from enscene.api.data import DataDoor
from enscene.api.district import DistrictDoor
from enscene.api.documents import Documents
from enscene.api.events import Events
from enscene.api.gateway_profile import FormGateway
from enscene.api.http import (
    ClientGone,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    not_found,
    send_response,
    wrong_method,
)
from enscene.api.identity import IdentityDoor
from enscene.api.language import wants_chinese
from enscene.api.launch import Launch
from enscene.api.opinions import OpinionsDoor
from enscene.api.outside_events import OutsideEventsDoor
from enscene.api.pages import Pages
from enscene.api.parties import Parties
from enscene.api.partners import CallLog, PartnersDoor
from enscene.api.problems import CONTENT_TYPE, Problem, in_chinese, internal_problem, problem_of
from enscene.api.rails import RailsDoor
from enscene.api.referrals import ReferralDoor
from enscene.api.scene_account import SceneAccountDoor
from enscene.api.screening import ScreeningDoor
from enscene.api.service_class import looks, service_class
from enscene.api.shelf import ShelfDoor
from enscene.api.signatures import MessageSignatures, must_sign
from enscene.api.status import told_status
from enscene.api.tenancy import TenancyDoor
from enscene.api.things import Things
from enscene.api.webhooks import WebhooksDoor, WebhookSettings, webhook_settings
from enscene.kernel.errors import EnsceneError, Refused, Unavailable
from enscene.metering import ReadCounter
from enscene.partners.rails import Rails
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal, seal_of_environment, unavailable_of
from enscene.tenants.quotas import CallGate

log = logging.getLogger("enscene.api")

PREFIXES = ("/v1/", "/oauth/", "/.well-known/", "/health/", "/docs", "/openapi.json",
            "/gateway", "/status")  # fmt: skip
"""What the API serves; everything else at the same address may belong to the console."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """`issuer` is the address that partners reach the API at, without a slash at its end.

    `in_flight_most` requests are worked on at once; the next one is told to come again.
    `demo_tenant` is the tenant whose scenes the public pages of the documentation show. `seal`
    seals the program's keys in the database; None: that of ENSCENE_SECRET_KEY. `packs` is the
    folder of templates that scenes are launched from; None: there are none. `consent_page` is where
    customers are asked what an application may do. `certificate_header` is what a proxy at one of
    `certificate_proxies` tells client certificates in; None: nobody does. `nonce_life_s` lets
    proofs need a nonce of the server, which is good for so long; 0: they need none. `webhooks` are
    the rules for partners' endpoints; None: those of the environment. `operator` is the ref of the
    tenant that runs the others and sees what they bring in; None: ENSCENE_OPERATOR's.
    `partner_sandbox` is the ref of the tenant where the partners of all banks try. `proxies` are the
    addresses of those in front whose X-Forwarded-For says where a call comes from.
    """

    issuer: str = "http://127.0.0.1:8700"
    in_flight_most: int = 4_000
    token_life_s: int = 600
    documented_tenant: str | None = None
    packs: Path | None = None
    seal: Seal | None = None
    consent_page: str = "/bank/{tenant}/authorize/{request}"
    certificate_header: str | None = None
    certificate_proxies: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    nonce_life_s: int = 0
    webhooks: WebhookSettings | None = None
    operator: str | None = None
    partner_sandbox: str = "sandbox"
    proxies: frozenset[str] = frozenset()


Handler = Callable[[Request, Caller, str, str], Awaitable[Response]]


class Door(Protocol):
    """What answers some paths of the platform's, of no scene."""

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it."""


class Gateway:
    """The ASGI application."""

    def __init__(self, host: SceneHost, pool: Pool, settings: ApiSettings) -> None:
        self._pool = pool
        self._service = host.service
        self.reads = ReadCounter(pool, host.writer)
        self._gate = CallGate(pool)
        self._most = settings.in_flight_most
        self._in_flight = 0
        seal = settings.seal or seal_of_environment()
        self.keyring = keyring = Keyring(pool, seal)
        tokens = Tokens(keyring, settings.issuer, life_s=settings.token_life_s)
        cursors = Cursors(keyring)
        self.tokens = tokens
        used = UsedProofs(pool)
        proofs = Proofs(used, settings.issuer)
        self._signatures = MessageSignatures(keyring, used, settings.issuer)
        certificates = Certificates(settings.certificate_header, settings.certificate_proxies)
        self.access = access = Access(pool, tokens, proofs, certificates, host.service)
        self._oauth = AuthorizationServer(
            pool, host, keyring, tokens, access, settings.issuer,
            page=settings.consent_page, nonce_life_s=settings.nonce_life_s,
        )  # fmt: skip
        running = Running()
        self._documents = Documents(host, pool, settings.issuer, settings.documented_tenant)
        self._pages = Pages(self._documents, settings.issuer)
        self.rails = Rails(pool)
        self.clock = Clock(host, pool, self.rails)
        self._consents = Consents(pool, cursors)
        self._bring_in = BringInDoor(pool, cursors, settings.issuer)
        self._launch = Launch(host, pool, running, cursors, settings.packs)
        shelf = ShelfDoor(host, pool, access, running, cursors)
        rules = settings.webhooks or webhook_settings()
        self._forms = FormGateway(pool, host, access, used, seal, rules, self._serve_counted)
        self._billing = BillingDoor(pool, running, settings.operator)
        self._capabilities = CapabilitiesDoor(host, pool, access, running)
        self._partners = PartnersDoor(host, pool, seal, rules, settings.partner_sandbox)
        self.edge = Edge(pool, settings.issuer, settings.proxies)
        self._calls = CallLog(pool, self.edge.rules)
        self.catalogue = CatalogueDoor(host, pool, settings.issuer)
        # The first that owns a path answers it.
        self._doors: tuple[Door, ...] = (
            BankChannel(host, pool, cursors, settings.issuer), self._bring_in,
            ContractsDoor(host, pool), shelf, DataDoor(host, pool, cursors),
            OutsideEventsDoor(pool, host, access), IdentityDoor(pool, seal), OpinionsDoor(pool),
            CampaignsDoor(pool, host), TenancyDoor(pool), ScreeningDoor(pool),
            WebhooksDoor(pool, running, cursors, seal, rules), self._billing, self._capabilities,
            RailsDoor(pool, self.rails, running, cursors),
        )  # fmt: skip
        actions = Actions(host, pool, access, running)
        self._named: dict[str, Handler] = {"actions": actions.perform, "queries": actions.ask}
        parties = Parties(host, pool, access)
        # By the word after the scene: a handler of what follows.
        self._under_scene: dict[str, Callable[..., Awaitable[Response]]] = {
            "bulk": Bulk(host, pool, access, running).perform,
            "things": Things(host, pool, access, cursors).serve,
            "accounts": Accounts(host, pool, access, cursors).serve,
            "events": Events(host, pool, access, cursors).serve,
            "asking": AskingDoor(host, pool, access, running).serve,
            "district": DistrictDoor(host, pool, access).serve,
            "account": SceneAccountDoor(host, pool, access, cursors).serve,
            "referrals": ReferralDoor(host, pool, access).serve,
            "parties": parties.serve,
            "links": parties.serve_link,
            "consents": parties.serve_consent,
            "applications": Applications(
                host, pool, access, cursors, running, settings.issuer
            ).serve,
            "quotes": shelf.quotes.serve,
            "openapi.json": self._documents.serve_scene,
        }
        self._counted = {*self._named, *self._under_scene}

    async def close(self) -> None:
        """Give up what is played in the background, and write down the calls that are counted."""
        await self._launch.close()
        await self.reads.close()
        await self._gate.close()
        await self._billing.close()
        await self._bring_in.close()
        await self.rails.close()
        await self._capabilities.close()
        await self._calls.close()
        await self.edge.rules.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _refuse_other(scope, receive, send)
            return
        request = Request(scope, receive)
        self._in_flight += 1
        try:
            if self._in_flight > self._most:
                raise Unavailable(
                    "too many requests are being answered",
                    code="unavailable.busy",
                    hint="try again shortly",
                )
            response = await self._answer(request)
        except EnsceneError as error:
            self._service.saw_error(error)
            if error.code.startswith("unavailable.database"):
                log.warning("request %s: %s", request.id, error.__cause__ or error)
            response = _problem(problem_of(error, request.id))
        except ClientGone:
            return
        except Exception as error:
            self._service.saw_error(error)
            told = unavailable_of(error)
            if told is None:
                log.exception("request %s failed", request.id)
                response = _problem(internal_problem(request.id))
            else:
                log.warning("request %s: %r", request.id, error)
                response = _problem(problem_of(told, request.id))
        finally:
            self._in_flight -= 1
        response.headers += request.told
        if response.status >= 400 and wants_chinese(request):
            _tell_in_chinese(response)
        if request.method == "HEAD":
            response.body = b""
        if request.signs:
            response = await self._signed(request, response)
        with contextlib.suppress(ConnectionError):
            await send_response(send, request.id, response)

    async def _signed(self, request: Request, response: Response) -> Response:
        """The answer with its signature; where there is no key now, that there is none."""
        try:
            await self._signatures.sign(request, response, request.verified)
        except Exception as error:
            log.warning("the answer to %s was not signed: %r", request.id, error)
            gone = Unavailable("the answer cannot be signed now", code="unavailable.signature")
            return _problem(problem_of(gone, request.id))
        return response

    async def _answer(self, request: Request) -> Response:
        path = request.path
        if any("\0" in part for part in path):
            raise not_found()  # no name has one, and the database could not even be asked
        self._admit(request, path, None)
        if path[0] != "v1":
            return await self._answer_public(request)
        request.check_headers()
        if self._partners.owns(path):
            return await self._partners.serve(request)
        try:
            caller = await self.access.caller(request)
            if must_sign(caller.app):
                request.signs = True
                request.verified = await self._signatures.check(request, caller.app)
        except EnsceneError as error:
            self._calls.refused(request, error)
            raise
        return await self._serve_counted(request, caller, path)

    def _admit(self, request: Request, path: list[str], tenant: int | None) -> None:
        """Raises: Unavailable where the state of service refuses the operation."""
        if self._service.is_calm:
            return
        kind = service_class(request.method, path)
        self._service.admit(tenant, kind, looks=looks(request.method, kind))

    async def _serve_counted(self, request: Request, caller: Caller, path: list[str]) -> Response:
        try:
            self._admit(request, path, caller.tenant)
            call = await self.edge.admit(request, caller, path)
        except EnsceneError as error:
            self._calls.refused(request, error)
            raise
        await self._gate.admit(caller.tenant)
        try:
            response = await self._serve_watched(request, caller, path)
        except Exception as error:
            # A business rule that says no is an answer.
            if not isinstance(error, Refused):
                self._gate.failed(caller.tenant)
            raise
        if response.status >= 500:
            self._gate.failed(caller.tenant)
        return self.edge.shape(call, response)

    async def _serve_watched(self, request: Request, caller: Caller, path: list[str]) -> Response:
        if self._calls.watches(caller):
            response = await self._calls.answer(
                request, caller, lambda: self._serve(request, caller, path)
            )
        else:
            response = await self._serve(request, caller, path)
        told = request.method in ("GET", "HEAD") or (len(path) == 4 and path[2] == "queries")
        if told and response.status < 400:
            # A list of a scene, or one of the platform's: never a key of something.
            what = path[1:3] if len(path) > 2 and path[2] in self._counted else path[1:2]
            self.reads.count(caller.tenant, caller.app.name, "/".join(what))
        return response

    async def _serve(self, request: Request, caller: Caller, path: list[str]) -> Response:
        if len(path) == 4:
            handler = self._named.get(path[2])
            if handler is not None:
                return await handler(request, caller, path[1], path[3])
        if self._launch.owns(path):
            return await self._launch.serve(request, caller, path[1], path[2:])
        for door in self._doors:
            if door.owns(path):
                return await door.serve(request, caller)
        if self._partners.owns_act(path):
            return await self._partners.act(request, caller)
        if path[1:] in (["consents"], ["receipts"], ["forbidden-uses"]):
            return await self._consents.serve(request, caller, path[1])
        if path[1:] == ["sandbox", "clock"]:
            return await self.clock.serve(request, caller)
        if path[1:2] == ["apis"]:
            return await self.catalogue.serve(request, caller, path[2:])
        if path[1:] == ["scenes"]:
            return await self._documents.serve_scenes(request, caller)
        under = self._under_scene.get(path[2]) if len(path) >= 3 else None
        if under is None:
            raise not_found()
        return await under(request, caller, path[1], path[3:])

    async def _answer_public(self, request: Request) -> Response:
        match request.path:
            case ["oauth", *rest]:
                return await self._oauth.serve(request, rest)
            case ["gateway", *rest]:
                return await self._forms.serve(request, rest)
            case [".well-known", "oauth-authorization-server"]:
                handler: Callable[[], Awaitable[Response]] = self._oauth.metadata
            case ["status"]:

                async def handler() -> Response:
                    return told_status(self._service, request)
            case ["health", "live"]:

                async def handler() -> Response:
                    return health.live()
            case ["health", "ready"]:

                async def handler() -> Response:
                    return await health.ready(self._pool)
            case ["openapi.json"]:
                handler = self._documents.platform
            case ["docs", *rest]:

                async def handler() -> Response:
                    return await self._pages.serve(request, rest)
            case _:
                raise not_found()
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET", "HEAD")
        return await handler()


def _tell_in_chinese(response: Response) -> None:
    if (b"content-type", CONTENT_TYPE) in response.headers:
        response.body = in_chinese(response.body)
        response.headers += ((b"content-language", b"zh"), (b"vary", b"accept-language"))


def _problem(problem: Problem) -> Response:
    return Response(
        problem.body, problem.status, ((b"content-type", CONTENT_TYPE), *problem.headers)
    )


async def _refuse_other(scope: Scope, receive: Receive, send: Send) -> None:
    """A websocket is refused; the life of the server needs nothing from us."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1003})
        return
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
