"""`/v1/customers/{ref}/authorizations|consents|erasure|receipts|spectrum|visits`, for the bank's own channels.

A channel is an application of the bank that lets customers in by itself: the mobile bank, the
counter. Who the customer is rests on its word, and so on its keys: it is of level A2, its tokens
are bound, and it signs each request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.bank_channel.orders import AllowOrder, Nothing, VisitOrder
from enscene.api.bank_channel.statement import read_statement
from enscene.api.bank_channel.told import tell_erasure, tell_request, tell_spectrum
from enscene.api.consents import tell_consent, tell_receipt
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, limit_of, page
from enscene.api.structs import convert
from enscene.api.things import owner_ref
from enscene.customers import find_parties
from enscene.customers.authorizations import (
    TOKEN_LIFE,
    AuthorizationRequest,
    allow_request,
    find_consent,
    find_consents,
    find_receipts,
    open_visit,
    refuse_request,
    request_id,
    show_request,
)
from enscene.customers.erasure import ask_erasure, find_erasure, what_stands
from enscene.customers.spectrum import read_spectrum
from enscene.customers.spectrum.store import read_times
from enscene.engagement import withdraw_consent
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.scenes.runtime import SceneHost

SCOPE = "consents:answer"
_OWN = ("authorizations", "consents", "erasure", "receipts", "spectrum", "visits")
_NOBODY = ("bank", "device")
_ID_MOST = 15
Work = Callable[[Request, Caller, str, int], Awaitable[Response]]


class BankChannel:
    """Find the handler, and make sure of who asks."""

    def __init__(self, host: SceneHost, pool: store.Pool, cursors: Cursors, issuer: str) -> None:
        self._host = host
        self._pool = pool
        self._cursors = cursors
        self._issuer = issuer

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) >= 4 and path[1] == "customers" and path[3] in _OWN

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it. Raises: Forbidden (no channel), NotFound."""
        method = "GET"
        work: Work
        match request.path[3:]:
            case ["visits"]:
                method, work = "POST", self._visit
            case ["consents"]:
                work = self._consents
            case ["erasure"]:
                method, work = "GET", self._erasure
            case ["erasure", "ask"]:
                method, work = "POST", self._ask_erasure
            case ["receipts"]:
                work = self._receipts
            case ["spectrum"]:
                work = self._spectrum
            case ["consents", _]:
                work = self._consent
            case ["consents", _, "withdraw"]:
                method, work = "POST", self._withdraw
            case ["authorizations", _]:
                work = self._show
            case ["authorizations", _, "allow"]:
                method, work = "POST", self._allow
            case ["authorizations", _, "refuse"]:
                method, work = "POST", self._refuse
            case _:
                raise not_found()
        if request.method != method:
            raise wrong_method(method)
        check_channel(caller)
        ref = owner_ref(request.path[2])
        async with store.reading(self._pool, caller.tenant) as connection:
            found = (await find_parties(connection, caller.tenant, {ref})).get(ref)
        if found is None or found[1] in _NOBODY:
            raise NotFound(f"there is no party {ref}", code="party.not_found")
        return await work(request, caller, ref, found[0])

    # -- answering -------------------------------------------------------------------------

    async def _show(self, request: Request, caller: Caller, ref: str, customer: int) -> Response:
        """What an application asks this customer for; the request is the customer's from then."""
        request.query()
        found = await self._asked(caller.tenant, request.path[4], ref)
        return answer(tell_request(found, ref))

    async def _asked(self, tenant: int, text: str, ref: str) -> AuthorizationRequest:
        """The request, shown to the customer, who takes part in its scene. Raises: NotFound,
        Forbidden."""
        async with store.writing(self._pool, tenant) as connection:
            found = await show_request(connection, tenant, request_id(text), ref)
        scene = await self._host.scene(tenant, found.asked.scene)
        member = await scene.roster.find(ref)
        if member is None or not member.roles:
            raise Forbidden(f"{ref} takes no part in this scene", code="scene.not_enrolled")
        return found

    async def _allow(self, request: Request, caller: Caller, ref: str, customer: int) -> Response:
        order = convert(await request.json_body(), AllowOrder)
        found = await self._asked(caller.tenant, request.path[4], ref)
        statement = read_statement(order.factor, caller.app, self._issuer)
        back = await allow_request(
            self._pool, caller.tenant, found.id, party=ref, customer=customer, factor=statement
        )
        return answer({"redirect_to": back})

    async def _refuse(self, request: Request, caller: Caller, ref: str, customer: int) -> Response:
        convert(await request.json_body(), Nothing)
        number = request_id(request.path[4])
        back = await refuse_request(self._pool, caller.tenant, number, party=ref)
        return answer({"redirect_to": back})

    async def _visit(self, request: Request, caller: Caller, ref: str, customer: int) -> Response:
        """A link that opens the bank's page here for this customer, once."""
        order = convert(await request.json_body(), VisitOrder)
        statement = None
        if order.request is not None:
            await self._asked(caller.tenant, str(order.request), ref)
            if order.factor is not None:
                statement = read_statement(order.factor, caller.app, self._issuer)
        elif order.factor is not None:
            raise Invalid(
                "a second factor is for one request", code="invalid.missing_field", param="request"
            )
        token = await open_visit(
            self._pool, caller.tenant, caller.app.id, party=ref, customer=customer,
            request=order.request, statement=statement,
        )  # fmt: skip
        link = f"{self._issuer}/bank/{caller.app.tenant_ref}/visit/{token}"
        return answer({"link": link, "expires_in": int(TOKEN_LIFE.total_seconds())})

    # -- looking and taking back -----------------------------------------------------------

    async def _consents(
        self, request: Request, caller: Caller, ref: str, customer: int
    ) -> Response:
        query = request.query("cursor", "limit")
        purpose = f"channel.consents:{caller.tenant}:{ref}"
        before = await self._before(purpose, query)
        limit = limit_of(query)
        async with store.reading(self._pool, caller.tenant) as connection:
            rows = await find_consents(
                connection, caller.tenant, party=ref, before=before, limit=limit + 1
            )
        return await self._page(purpose, [(r.id, tell_consent(r)) for r in rows], limit)

    async def _receipts(
        self, request: Request, caller: Caller, ref: str, customer: int
    ) -> Response:
        query = request.query("consent", "cursor", "limit")
        consent = None if "consent" not in query else _number(query["consent"])
        purpose = f"channel.receipts:{caller.tenant}:{ref}:{consent}"
        before = await self._before(purpose, query)
        limit = limit_of(query)
        async with store.reading(self._pool, caller.tenant) as connection:
            rows = await find_receipts(
                connection, caller.tenant, party=ref, consent=consent, before=before,
                limit=limit + 1,
            )  # fmt: skip
        return await self._page(purpose, [(r.id, tell_receipt(r)) for r in rows], limit)

    async def _spectrum(
        self, request: Request, caller: Caller, ref: str, customer: int
    ) -> Response:
        """What the customer likes, as the customer's page shows it."""
        request.query()
        tenant = caller.tenant
        async with store.reading(self._pool, tenant) as connection:
            now = (await read_times(connection, tenant=tenant))[tenant]
            found = await read_spectrum(connection, tenant, customer, now)
        refs = {}
        for number in {number for each in found for number in each.scenes}:
            refs[number] = (await self._host.catalogue.scene_by_id(tenant, number)).ref
        return answer(tell_spectrum(found, refs, now))

    async def _before(self, purpose: str, query: dict[str, str]) -> int | None:
        if "cursor" not in query:
            return None
        before: int = (await self._cursors.open(purpose, query["cursor"]))[0]
        return before

    async def _page(
        self, purpose: str, rows: list[tuple[int, dict[str, Any]]], limit: int
    ) -> Response:
        more, rows = len(rows) > limit, rows[:limit]
        cursor = await self._cursors.seal(purpose, [rows[-1][0]]) if more else None
        return page([told for _, told in rows], cursor, has_more=more)

    async def _consent(self, request: Request, caller: Caller, ref: str, customer: int) -> Response:
        request.query()
        async with store.reading(self._pool, caller.tenant) as connection:
            found = await find_consent(connection, caller.tenant, _number(request.path[4]), ref)
        if found is None:
            raise _no_consent()
        return answer(tell_consent(found))

    async def _withdraw(
        self, request: Request, caller: Caller, ref: str, customer: int
    ) -> Response:
        """Needs no second factor: leaving is not harder than coming."""
        convert(await request.json_body(), Nothing)
        number = _number(request.path[4])
        await withdraw_consent(self._pool, self._host, caller.tenant, number, party=ref)
        async with store.reading(self._pool, caller.tenant) as connection:
            found = await find_consent(connection, caller.tenant, number, ref)
        assert found is not None, "it was withdrawn just now"
        return answer(tell_consent(found))

    # -- being forgotten -------------------------------------------------------------------

    async def _erasure(self, request: Request, caller: Caller, ref: str, customer: int) -> Response:
        """What a statement for it has to name, what stands against it, and how far it has come."""
        request.query()
        async with store.reading(self._pool, caller.tenant) as connection:
            asked = await find_erasure(connection, caller.tenant, customer)
            stands = await what_stands(connection, caller.tenant, customer, ref)
        return answer(tell_erasure(caller.tenant, customer, ref, asked, stands))

    async def _ask_erasure(
        self, request: Request, caller: Caller, ref: str, customer: int
    ) -> Response:
        order = convert(await request.json_body(), AllowOrder)
        await ask_erasure(
            self._pool, caller.tenant, customer, asked_in=caller.app.name,
            factor=read_statement(order.factor, caller.app, self._issuer),
        )  # fmt: skip
        async with store.reading(self._pool, caller.tenant) as connection:
            asked = await find_erasure(connection, caller.tenant, customer)
            stands = await what_stands(connection, caller.tenant, customer, ref)
        return answer(tell_erasure(caller.tenant, customer, ref, asked, stands))


@control("bank_channel")
def check_channel(caller: Caller) -> None:
    """Only a channel of the bank speaks for any customer. Raises: Forbidden."""
    caller.require_platform(SCOPE)
    caller.require_level("A2")
    app = caller.app
    if caller.mandate is not None or app.token_binding == "none" or app.signing != "message":
        raise Forbidden(
            "a channel of the bank has bound tokens of its own and signs its requests",
            code="channel.unprotected", facts={"token_binding": app.token_binding,
                                               "signing": app.signing},
        )  # fmt: skip


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _ID_MOST:
        raise _no_consent()
    return int(text)


def _no_consent() -> NotFound:
    return NotFound("there is no such consent", code="consent.not_found")
