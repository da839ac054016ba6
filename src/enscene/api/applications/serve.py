"""Applications as the gateway sees them: who may, what is done once, what is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from enscene.api import store
from enscene.api.actions import Running, key_of, response_of
from enscene.api.applications.orders import Begin, CallIn, Complete, Confirm, Nothing, Say
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.language import language_of
from enscene.api.lists import answer, limit_of, page
from enscene.api.once import perform_long
from enscene.api.sight import Viewer, viewer_of
from enscene.api.signed_documents import document_answer
from enscene.api.structs import convert
from enscene.commit import Once
from enscene.customers.authorizations import write_receipt
from enscene.engagement.applications import (
    STATES,
    Application,
    application_id,
    begin_application,
    call_in,
    check_lending,
    complete_fields,
    confirm_application,
    decide_application,
    give_up_application,
    hand_off,
    list_applications,
    read_application,
    read_decision,
    read_figures,
    read_funnels,
    read_steps,
    read_talk,
    say,
    send_code_in,
    tell_application,
    tell_funnel,
)
from enscene.engagement.applications.read_document import read_document
from enscene.kernel.clock import format_time
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid, NotFound
from enscene.scenes.runtime import RunningScene, SceneHost

READ, WRITE = "applications.read", "applications.write"
CHANNEL = "api"
T = TypeVar("T")
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who asks, in which scene, for whom."""

    request: Request
    caller: Caller
    scene: RunningScene
    viewer: Viewer
    body: bytes = b""

    @property
    def actor(self) -> str:
        """As the log and the steps name it."""
        return f"app:{self.caller.app.name}"


Work = Callable[[store.Connection], Awaitable[Told]]
Step = Callable[[store.Connection, Asked, Application, Any], Awaitable[Told]]


class Applications:
    """`/v1/{scene}/applications`. The rules are not here."""

    def __init__(
        self, host: SceneHost, pool: store.Pool, access: Access, cursors: Cursors,
        running: Running, issuer: str,
    ) -> None:  # fmt: skip
        self._host = host
        self._pool = pool
        self._access = access
        self._cursors = cursors
        self._running = running
        self._issuer = issuer
        self._steps: dict[str, tuple[type[Any], Step]] = {
            "fields": (Complete, self._complete),
            "decide": (Complete, self._decide),
            "give_up": (Nothing, self._give_up),
            "code": (Nothing, self._code),
            "handoff": (Nothing, self._hand_off),
            "call_in": (CallIn, self._call_in),
            "talk": (Say, self._say),
        }

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """Find the handler."""
        reads = len(rest) == 3 and rest[1] == "documents"
        if len(rest) > 2 and not reads:
            raise not_found()
        what = READ if request.method == "GET" else WRITE
        caller.require(ref, what)
        caller.require_level("A2")
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, what)
        asked = Asked(request, caller, scene, viewer)
        response = await self._answer(asked, rest)
        served = viewer.served(scene)
        if served is not None and request.method == "GET":
            told = msgspec.json.decode(response.body)
            rows = told["data"] if "has_more" in told else [told]
            async with store.writing(self._pool, scene.tenant) as connection:
                await write_receipt(
                    connection, scene.tenant, served, "applications",
                    sorted({name for row in rows for name in row}), level="C2", records=len(rows),
                )  # fmt: skip
        return response

    async def _answer(self, asked: Asked, rest: list[str]) -> Response:
        request = asked.request
        match request.method, rest:
            case "GET", []:
                return await self._list(asked)
            case "POST", []:
                return await self._begin(asked)
            case _, []:
                raise wrong_method("GET", "POST")
            case "GET", ["figures"]:
                return await self._figures(asked)
            case _, ["figures"]:
                raise wrong_method("GET")
            case "GET", [application]:
                return await self._show(asked, application)
            case _, [_]:
                raise wrong_method("GET")
            case "GET", [application, "talk"]:
                return await self._talk(asked, application)
            case "GET", [application, "decision"]:
                return await self._decision(asked, application)
            case "GET", [application, "documents", name]:
                return await self._document(asked, application, name)
            case _, [_, "documents", _]:
                raise wrong_method("GET")
            case "POST", [application, "confirm"]:
                return await self._confirm(asked, application)
            case "POST", [application, step] if step in self._steps:
                return await self._step(asked, application, step)
        if rest[1] in (*self._steps, "confirm", "decision"):
            raise wrong_method("GET" if rest[1] == "decision" else "POST")
        raise not_found()

    # -- looking ---------------------------------------------------------------------------

    async def _list(self, asked: Asked) -> Response:
        query = asked.request.query("state", "limit", "cursor")
        state, limit = query.get("state"), limit_of(query)
        if state is not None and state not in STATES:
            raise Invalid(
                f"a state is one of {', '.join(STATES)}", code="invalid.state", param="state"
            )
        scene, viewer = asked.scene, asked.viewer
        customer = None if viewer.sees_all else viewer.member.id
        purpose = f"applications:{scene.tenant}:{scene.id}:{customer}:{state}"
        before = None
        if "cursor" in query:
            at, last = await self._cursors.open(purpose, query["cursor"])
            before = (datetime.fromisoformat(at), UUID(last))
        async with store.reading(self._pool, scene.tenant) as connection:
            found = await list_applications(
                connection, scene.tenant, scene=scene.id, customer=customer, state=state,
                before=before, limit=limit + 1,
            )  # fmt: skip
        more, found = len(found) > limit, found[:limit]
        place = [found[-1].begun_at.isoformat(), str(found[-1].id)] if more else []
        cursor = await self._cursors.seal(purpose, place) if more else None
        return page([tell_application(each) for each in found], cursor, has_more=more)

    async def _find(
        self, connection: store.Connection, asked: Asked, ref: str, *, lock: bool = False
    ) -> Application:
        viewer = asked.viewer
        try:
            application = application_id(ref)
        except Invalid:
            raise NotFound("there is no such application", code="application.not_found") from None
        return await read_application(
            connection, asked.scene.tenant, application, scene=asked.scene.id,
            customer=None if viewer.sees_all else viewer.member.id, lock=lock,
        )  # fmt: skip

    async def _show(self, asked: Asked, ref: str) -> Response:
        asked.request.query()
        async with store.reading(self._pool, asked.scene.tenant) as connection:
            found = await self._find(connection, asked, ref)
            steps = await read_steps(connection, asked.scene.tenant, found.id)
        told = [
            {"step": s["step"], "channel": s["channel"], "at": format_time(s["at"])} for s in steps
        ]
        return answer(tell_application(found) | {"steps": told})

    async def _talk(self, asked: Asked, ref: str) -> Response:
        asked.request.query()
        async with store.reading(self._pool, asked.scene.tenant) as connection:
            found = await self._find(connection, asked, ref)
            words = await read_talk(connection, asked.scene.tenant, found)
        told = [
            {"side": w.side, "author": w.author, "said": w.said, "at": format_time(w.at)}
            for w in words
        ]
        return page(told, None, has_more=False)

    async def _document(self, asked: Asked, ref: str, name: str) -> Response:
        """What is to be signed, with this application's terms in it."""
        language = language_of(asked.request)
        async with store.reading(self._pool, asked.scene.tenant) as connection:
            found = await self._find(connection, asked, ref)
        return document_answer(read_document(found, name, language))

    async def _decision(self, asked: Asked, ref: str) -> Response:
        """The whole record, for the bank alone."""
        self._bank_only(asked)
        asked.request.query()
        async with store.reading(self._pool, asked.scene.tenant) as connection:
            found = await self._find(connection, asked, ref)
            row = None
            if found.decision is not None:
                row = await read_decision(connection, asked.scene.tenant, found.decision)
        if row is None:
            raise NotFound("no credit was decided on", code="decision.not_found")
        return answer(
            {
                "id": str(row["id"]),
                "application": found.ref,
                "at": format_time(row["at"]),
                "policy": row["policy"],
                "outcome": row["outcome"],
                "record": row["record"],
                "challenger": row["challenger"],
                "override": row["override"],
                "took_us": row["took_us"],
            }
        )

    async def _figures(self, asked: Asked) -> Response:
        self._bank_only(asked)
        asked.request.query()
        async with store.reading(self._pool, asked.scene.tenant) as connection:
            tenant, scene = asked.scene.tenant, asked.scene.id
            figures = await read_figures(connection, tenant, scene)
            funnels = await read_funnels(connection, self._host, tenant, scene)
        return answer(figures | {"funnels": [tell_funnel(funnel) for funnel in funnels]})

    def _bank_only(self, asked: Asked) -> None:
        if not asked.viewer.sees_all:
            raise Forbidden("this is for the bank", code="application.bank_only")

    # -- doing -----------------------------------------------------------------------------

    async def _begin(self, asked: Asked) -> Response:
        body, order = await _order_of(asked.request, Begin)
        scene = asked.scene
        wish = order.wish(scene.pack.currency)
        against: EnsceneError | None = None
        try:
            await check_lending(self._pool, self._host, scene, asked.viewer.member, wish)
        except EnsceneError as refused:
            against = refused

        async def work(connection: store.Connection) -> Told:
            if against is not None:  # only here: what was answered once is answered again
                raise against
            found = await begin_application(
                connection, scene, asked.viewer.member, wish, CHANNEL, asked.actor,
                grant=None if asked.viewer.grant is None else asked.viewer.grant.id,
            )  # fmt: skip
            return tell_application(found)

        return await self._once(asked, body, work)

    async def _step(self, asked: Asked, ref: str, name: str) -> Response:
        kind, step = self._steps[name]
        body, order = await _order_of(asked.request, kind)

        async def work(connection: store.Connection) -> Told:
            found = await self._find(connection, asked, ref, lock=True)
            _own(asked, found)
            return await step(connection, asked, found, order)

        return await self._once(asked, body, work)

    async def _complete(
        self, connection: store.Connection, asked: Asked, found: Application, order: Complete
    ) -> Told:
        return tell_application(
            await complete_fields(connection, asked.scene.tenant, found, order.fields)
        )

    async def _decide(
        self, connection: store.Connection, asked: Asked, found: Application, order: Complete
    ) -> Told:
        found = await complete_fields(connection, asked.scene.tenant, found, order.fields)
        member = asked.viewer.member
        done = await decide_application(
            connection, asked.scene, member, found, CHANNEL, asked.actor
        )
        return tell_application(done)

    async def _give_up(
        self, connection: store.Connection, asked: Asked, found: Application, order: Nothing
    ) -> Told:
        tenant = asked.scene.tenant
        return tell_application(
            await give_up_application(connection, tenant, found, CHANNEL, asked.actor)
        )

    async def _code(
        self, connection: store.Connection, asked: Asked, found: Application, order: Nothing
    ) -> Told:
        until = await send_code_in(connection, asked.scene.tenant, found, CHANNEL)
        return {"id": found.ref, "until": format_time(until)}

    async def _hand_off(
        self, connection: store.Connection, asked: Asked, found: Application, order: Nothing
    ) -> Told:
        handoff = await hand_off(connection, asked.scene.tenant, found, CHANNEL, asked.actor)
        tenant = asked.caller.app.tenant_ref
        link = f"{self._issuer}/bank/{tenant}/open/{handoff.token}"
        return {"id": found.ref, "link": link, "expires_in": handoff.expires_in}

    async def _call_in(
        self, connection: store.Connection, asked: Asked, found: Application, order: CallIn
    ) -> Told:
        task = await call_in(
            connection, asked.scene.tenant, found, kind=order.kind, said=order.said,
            insists=order.insists, channel=CHANNEL, actor=found.customer_ref,
        )  # fmt: skip
        return {"id": found.ref, "task": str(task.id), "state": task.state,
                "automatic": task.state == "automatic"}  # fmt: skip

    async def _say(
        self, connection: store.Connection, asked: Asked, found: Application, order: Say
    ) -> Told:
        tenant = asked.scene.tenant
        await say(connection, tenant, found, "customer", found.customer_ref, order.said)
        return {"id": found.ref}

    async def _confirm(self, asked: Asked, ref: str) -> Response:
        """Done once by its nature: what is done is told again. No wrong code is kept."""
        key_of(asked.request)
        _, order = await _order_of(asked.request, Confirm)
        async with store.reading(self._pool, asked.scene.tenant) as connection:
            found = await self._find(connection, asked, ref)
        _own(asked, found)
        done = await confirm_application(
            self._pool, self._host, asked.scene.tenant, found.id, customer=found.customer,
            code=order.code, channel=CHANNEL, actor=asked.actor,
        )  # fmt: skip
        return answer(tell_application(done))

    async def _once(self, asked: Asked, body: bytes, work: Work) -> Response:
        request, caller = asked.request, asked.caller
        key = key_of(request)
        operation = f"{request.method} {'/'.join(request.path)}"
        # Whoever acts for another customer does something else.
        signed = asked.viewer.member.ref.encode() + b"\n" + body
        once = Once.of(caller.app.name, operation, key, request=signed)

        async def work_text(connection: store.Connection) -> str:
            return msgspec.json.encode(await work(connection)).decode()

        scope = (caller.tenant, caller.app.name, operation, key)
        done = await self._running.enter(scope)
        try:
            reply = await perform_long(
                self._pool, caller.tenant, asked.scene.shard, once, work_text
            )
        finally:
            self._running.leave(scope, done)
        return response_of(reply, request.id)


def _own(asked: Asked, found: Application) -> None:
    """Only the customer goes on with it, or who acts for the customer."""
    if found.customer != asked.viewer.member.id:
        raise Forbidden("only the customer goes on with it", code="application.not_own")


async def _order_of(request: Request, kind: type[T]) -> tuple[bytes, T]:
    """The body, and what it says; a body that may be left out counts as `{}`."""
    if request.headers.get(b"content-length", b"0") == b"0" and (
        b"transfer-encoding" not in request.headers
    ):
        return b"", convert(b"{}", kind)
    body = await request.json_body()
    return body, convert(body, kind)
