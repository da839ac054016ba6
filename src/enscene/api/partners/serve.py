"""The door: anybody signs up, partners see themselves by their access key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import msgspec

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.language import wants_chinese
from enscene.api.lists import answer, limit_of, page
from enscene.api.partners import cooperation, governance, orders
from enscene.api.partners.cooperation import CooperationDoor
from enscene.api.partners.governance import GovernanceDoor
from enscene.api.partners.told import partner_told, run_told, standard_told
from enscene.api.store import Pool, reading
from enscene.api.structs import convert
from enscene.api.webhooks import WebhookSettings
from enscene.api.webhooks.target import read_target
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid, NotFound, Unauthenticated
from enscene.partners import store
from enscene.partners.clauses.clause import PREFIX
from enscene.partners.conformance import ask_run, list_runs, read_run, take_act
from enscene.partners.conformance.runs import run_not_found
from enscene.partners.fill_in import fill_in, submit
from enscene.partners.find_partner import partner_of_access, read_stages
from enscene.partners.go_live import ask_live
from enscene.partners.lend_people import lend_people
from enscene.partners.limit import ALL_BURST, ALL_S, EACH_BURST, EACH_S, Limit
from enscene.partners.open_sandbox import open_sandbox, rotate_hook
from enscene.partners.partner import Partner
from enscene.partners.partner import not_found as no_partner
from enscene.partners.renew_access import renew_access
from enscene.partners.scopes import check_offered
from enscene.partners.sign_up import sign_up
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal
from enscene.tenants import Tenant, find_tenant, list_tenants
from enscene.tenants.apps import get_app

OWNED = ("partner-applications", "conformance-runs", "admission-standard")
ASKS_BURST, ASKS_S = 60, 0.1
Work = Callable[[Request, Partner], Awaitable[Response]]


class PartnersDoor:
    """One in a process. `sandbox` is the ref of the tenant where partners try; a bank that is a
    sandbox itself is its own."""

    def __init__(
        self, host: SceneHost, pool: Pool, seal: Seal, settings: WebhookSettings, sandbox: str
    ) -> None:
        self._host = host
        self._pool = pool
        self._seal = seal
        self._rules = settings.rules
        self._sandbox = sandbox
        self._each = Limit(EACH_BURST, EACH_S)
        self._all = Limit(ALL_BURST, ALL_S)
        self._asks = Limit(ASKS_BURST, ASKS_S)
        self._cooperation = CooperationDoor(pool)
        self._governance = GovernanceDoor(pool)

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here, without a token of an application."""
        return len(path) > 1 and path[1] in OWNED and not self.owns_act(path)

    def owns_act(self, path: list[str]) -> bool:
        """Whether it is what applications call: what a run asks for, or a return."""
        if len(path) == 3:
            return path[1] == "returns" and path[2].startswith(f"{PREFIX}_")
        return len(path) == 4 and path[1] == "conformance-runs" and path[3] == "acts"

    async def serve(self, request: Request) -> Response:
        """Answer a request."""
        match request.path[1:], request.method:
            case ["admission-standard"], "GET" | "HEAD":
                request.query()
                return answer(standard_told())
            case ["admission-standard"], _:
                raise wrong_method("GET")
            case ["partner-applications"], "POST":
                return await self._sign_up(request)
            case ["partner-applications"], _:
                raise wrong_method("POST")
            case ["partner-applications", number, *rest], _:
                return await self._own(request, number, rest)
            case ["conformance-runs", *rest], _:
                return await self._runs(request, rest)
        raise not_found()

    async def _sign_up(self, request: Request) -> Response:
        order = convert(await request.json_body(), orders.NewApplication)
        self._each.take(request.peer)
        self._all.take("all")
        try:
            bank = await find_tenant(self._pool, order.bank)
        except NotFound:
            raise Invalid("there is no such bank", code="partner.bank", param="bank") from None
        await check_offered(self._host, bank.id, order.scopes)
        partner, key = await sign_up(
            self._pool, bank, name=order.name, contact=order.contact, email=order.email,
            purpose=order.purpose, level=order.level, scopes=order.scopes,
        )  # fmt: skip
        return answer({**await self._told(partner), "access_key": key})

    async def _partner(self, request: Request, number: str | None = None) -> Partner:
        scheme, _, key = (request.text(b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(
                "an access key is needed",
                code="auth.no_token",
                hint="send Authorization: Bearer epk_…",
            )
        self._asks.take(key[:80])
        partner = await partner_of_access(self._pool, key.strip())
        if number is not None and number != partner.number:
            raise no_partner()
        return partner

    async def _own(self, request: Request, number: str, rest: list[str]) -> Response:
        partner = await self._partner(request, number)
        handlers: dict[tuple[str, ...], dict[str, Work]] = {
            (): {"GET": self._show, "HEAD": self._show, "PATCH": self._change},
            ("submit",): {"POST": self._submit},
            ("sandbox",): {"POST": self._open},
            ("webhook-secret",): {"POST": self._rotate},
            ("access-key",): {"POST": self._renew},
            ("deliveries",): {"POST": self._deliver, "GET": self._deliveries},
            ("go-live",): {"POST": self._ask_live},
            ("calls",): {"GET": self._calls},
        }
        if rest and rest[0] in cooperation.OWNED:
            return await self._cooperation.serve(request, partner, rest)
        if rest and rest[0] in governance.OWNED:
            return await self._governance.serve(request, partner, rest)
        found = handlers.get(tuple(rest))
        if found is None:
            raise not_found()
        handler = found.get(request.method)
        if handler is None:
            raise wrong_method(*found)
        return await handler(request, partner)

    async def _show(self, request: Request, partner: Partner) -> Response:
        request.query()
        return answer(await self._told(partner))

    async def _change(self, request: Request, partner: Partner) -> Response:
        order = convert(await request.json_body(), orders.ApplicationChange)
        given = msgspec.to_builtins(order)
        answers = given.pop("answers", {})
        if "webhook_url" in given:
            read_target(given["webhook_url"], self._rules, sandbox=True, param="webhook_url")
        await check_offered(self._host, partner.tenant, given.get("scopes", ()))
        done = await fill_in(self._pool, partner.tenant, partner.id, given, answers)
        return answer(await self._told(done))

    async def _submit(self, request: Request, partner: Partner) -> Response:
        await _nothing(request)
        # A scene may have ended since it was asked for.
        await check_offered(self._host, partner.tenant, partner.scopes)
        return answer(await self._told(await submit(self._pool, partner.tenant, partner.id)))

    async def _open(self, request: Request, partner: Partner) -> Response:
        order = convert(await request.json_body(), orders.Keys)
        sandbox = await self._try_at(partner)
        done, keys = await open_sandbox(
            self._pool, self._seal, partner.tenant, partner.id, sandbox, order.jwks
        )
        assert done.sandbox_app is not None, "it was just made"
        app = await get_app(self._pool, sandbox.id, done.sandbox_app)
        people = await lend_people(self._pool, self._host, sandbox, done, app)
        told = await self._told(done)
        return answer({
            **told, "client_id": keys.client_id, "client_scopes": list(keys.scopes),
            "private_jwk": keys.private, "webhook_secret": keys.secret,
            "people": [asdict(each) for each in people],
        })  # fmt: skip

    async def _rotate(self, request: Request, partner: Partner) -> Response:
        await _nothing(request)
        done, secret = await rotate_hook(self._pool, self._seal, partner.tenant, partner.id)
        return answer({**await self._told(done), "webhook_secret": secret})

    async def _renew(self, request: Request, partner: Partner) -> Response:
        await _nothing(request)
        key = await renew_access(self._pool, partner.tenant, partner.id)
        return answer({**await self._told(partner), "access_key": key})

    async def _deliver(self, request: Request, partner: Partner) -> Response:
        order = convert(await request.json_body(), orders.Delivery)
        run = await ask_run(
            self._pool, partner.tenant, partner.id, kind="delivery", who=partner.number,
            fault=order.fault,
        )  # fmt: skip
        return answer(run_told(run, chinese=wants_chinese(request)))

    async def _deliveries(self, request: Request, partner: Partner) -> Response:
        request.query()
        runs = await list_runs(self._pool, partner.tenant, partner.id, "delivery")
        chinese = wants_chinese(request)
        return page([run_told(run, chinese=chinese) for run in runs], None, has_more=False)

    async def _ask_live(self, request: Request, partner: Partner) -> Response:
        order = convert(await request.json_body(), orders.LiveKeys)
        done = await ask_live(self._pool, partner.tenant, partner.id, order.jwks)
        return answer(await self._told(done))

    async def _calls(self, request: Request, partner: Partner) -> Response:
        query = request.query("limit", "cursor", "app")
        where = query.get("app", "sandbox")
        if where not in ("sandbox", "live"):
            raise Invalid("app is sandbox or live", code="invalid.choice", param="app")
        tenant, app = partner.sandbox, partner.sandbox_app
        if where == "live":
            tenant, app = partner.tenant, partner.live_app
        limit, cursor = limit_of(query), query.get("cursor", str(2**62))
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 19):
            raise Invalid("this is no cursor", code="cursor.bad", param="cursor")
        if tenant is None or app is None:
            return page([], None, has_more=False)
        before = min(int(cursor), 2**62)
        async with reading(self._pool, tenant) as connection:
            rows = await store.list_calls(connection, tenant, app, before, limit + 1)
        more, rows = len(rows) > limit, rows[:limit]
        data = [{**dict(row), "at": format_time(row["at"])} for row in rows]
        for each in data:
            del each["id"]
        return page(data, str(rows[-1]["id"]) if more else None, has_more=more)

    async def _runs(self, request: Request, rest: list[str]) -> Response:
        partner, chinese = await self._partner(request), wants_chinese(request)
        match rest, request.method:
            case [], "POST":
                await _nothing(request)
                run = await ask_run(
                    self._pool, partner.tenant, partner.id, kind="conformance", who=partner.number
                )
                return answer(run_told(run, chinese=chinese))
            case [], "GET":
                request.query()
                runs = await list_runs(self._pool, partner.tenant, partner.id, "conformance")
                return page([run_told(each, chinese=chinese) for each in runs], None,
                            has_more=False)  # fmt: skip
            case [], _:
                raise wrong_method("GET", "POST")
            case [number], "GET":
                request.query()
                run = await read_run(self._pool, partner.tenant, partner.id, _run_of(number))
                return answer(run_told(run, chinese=chinese))
            case [_], _:
                raise wrong_method("GET")
        raise not_found()

    async def act(self, request: Request, caller: Caller) -> Response:
        """What a run has asked for, by the partner's sandbox application with its own token; or
        what the live one returns."""
        if request.path[1] == "returns":
            return await self._cooperation.take(request, caller, request.path[2])
        if request.method != "POST":
            raise wrong_method("POST")
        run = request.path[2]
        key, body = key_of(request), await request.json_body()
        order = convert(body, orders.Act)
        banks = [tenant.id for tenant in await list_tenants(self._pool)]
        calls = await take_act(
            self._pool, banks, _run_of(run), order.event, key, msgspec.json.encode(order).decode(),
            sandbox=caller.tenant, app=caller.app.id,
        )  # fmt: skip
        return answer({"event": order.event, "amount": order.amount, "replayed": calls > 1})

    async def _try_at(self, partner: Partner) -> Tenant:
        """The tenant where a partner of this bank tries."""
        tenants = {tenant.id: tenant for tenant in await list_tenants(self._pool)}
        own = tenants[partner.tenant]
        if own.sandbox:
            return own
        found = next((t for t in tenants.values() if t.ref == self._sandbox and t.sandbox), None)
        if found is None:
            raise NotFound("the bank has no sandbox", code="partner.no_sandbox")
        return found

    async def _told(self, partner: Partner) -> dict[str, Any]:
        refs = {tenant.id: tenant.ref for tenant in await list_tenants(self._pool)}
        stages = await read_stages(self._pool, partner.tenant, partner.id)
        return partner_told(partner, stages.get(partner.id, []), refs)


async def _nothing(request: Request) -> None:
    """A body without fields, or none at all."""
    if body := await request.body():
        convert(body, orders.Nothing)


def _run_of(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise run_not_found() from None
