"""The simulated rails of the sandbox: test accounts, payments with their steps, the next day."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from enscene.commit import Once, Refusal
from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import format_money
from enscene.partners.open_sandbox import sandbox_app_of
from enscene.partners.rails import (
    ACCOUNTS,
    CSV_TYPE,
    SCOPE,
    PaymentOrder,
    statement_days,
    statement_disposition,
    write_statement,
)
from enscene.tenants import Tenant
from enscene.tenants.apps import App
from enscene.web.console import Console
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.problems import status_of

LISTED, DAYS = 20, 14
TYPED = ("kind", "counter_account", "amount", "currency", "reference")


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/portal/{tenant}/rails"
    return [
        Route(path, partner(console, show), methods=["GET"]),
        Route(path, partner(console, act), methods=["POST"]),
        Route(f"{path}/statements/{{day}}/{{currency}}", partner(console, fetch), methods=["GET"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """The accounts, the payments, the test accounts."""
    return await _page(visit)


async def act(visit: PortalVisit) -> Response:
    """Pay, refund, or let the next day of the sandbox begin."""
    try:
        sandbox, app = await _application(visit)
        if visit.field("do") == "next_day":
            if visit.console.settings.next_day is None:
                raise Conflict("the clock is not moved here", code="clock.not_sandbox")
            await visit.console.settings.next_day(sandbox.id)
        else:
            await _pay(visit, app)
    except EnsceneError as error:
        return await _page(
            visit, status_of(error), error=visit.told(error),
            typed={name: visit.field(name) for name in TYPED},
        )  # fmt: skip
    return visit.go("/rails")


async def fetch(visit: PortalVisit) -> Response:
    """The statement of a day, the same file as the API's."""
    sandbox, app = await _application(visit)
    given = visit.request.path_params
    day = parse_day(given["day"], param="day")
    body = await write_statement(
        visit.pool, visit.console.rails, sandbox.id, app.id, day, given["currency"]
    )
    headers = {
        "content-disposition": statement_disposition(day, given["currency"]),
        "cache-control": "no-store",
    }
    return Response(body, media_type=CSV_TYPE, headers=headers)


async def _application(visit: PortalVisit) -> tuple[Tenant, App]:
    """The partner's application in the sandbox, if it may pay there."""
    found = await sandbox_app_of(visit.pool, visit.partner)
    if found is None or found[1].status != "active":
        facts = {"stage": visit.partner.stage, "wanted": "sandbox"}
        raise Conflict("the sandbox is not open", code="partner.stage", facts=facts)
    sandbox, app = found
    if app.level != "A2":
        raise Forbidden("this needs level A2", code="auth.level", facts={"level": "A2"})
    if not app.covers(SCOPE):
        raise Forbidden(f"it lacks {SCOPE}", code="auth.scope", facts={"scope": SCOPE})
    return sandbox, app


async def _pay(visit: PortalVisit, app: App) -> None:
    kind: Any = visit.field("kind")
    if kind not in ("pay_out", "collect"):
        kind = "refund"
    order = PaymentOrder(
        kind=kind, amount=visit.field("amount"), currency=visit.field("currency").upper(),
        reference=visit.field("reference"), counter_account=visit.field("counter_account") or None,
        of=visit.field("of") or None,
    )  # fmt: skip
    # The key is of the form: whoever presses twice pays once.
    once = Once.of(app.name, "rails/portal", visit.field("key"), request=repr(order).encode())
    told = await visit.console.rails.pay(app, order, once)
    if told.refused:
        why = msgspec.json.decode(told.body, type=Refusal)
        raise Refused(why.detail, code=why.code, param=why.param, facts=why.facts)


async def _page(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    values: dict[str, Any] = {
        "typed": {"kind": "pay_out", "counter_account": ACCOUNTS[0].number, "amount": "10.00",
                  "currency": "CNY", "reference": "order-1"},
        "balances": [], "payments": [], "sandbox_now": None, "sandbox_zone": "", "waits": False,
        "days": [],
    }  # fmt: skip
    blocked = None
    try:
        sandbox, app = await _application(visit)
        rails, now = visit.console.rails, await visit.console.rails.now(sandbox)
        payments = await rails.payments(sandbox.id, app.id, limit=LISTED)
        values |= {
            "balances": await rails.balances(sandbox.id, app.id), "payments": payments,
            "sandbox_now": now, "sandbox_zone": sandbox.zone,
            "days": await statement_days(visit.pool, rails, sandbox.id, app.id, limit=DAYS),
            "waits": any(each.due is not None and each.due <= now for each, _ in payments),
        }  # fmt: skip
    except EnsceneError as error:
        blocked = visit.told(error)
    return await visit.page(
        "portal_rails.html", status, accounts=ACCOUNTS, blocked=blocked, plain=format_money,
        key=new_uuid().hex,
        moves=visit.console.settings.next_day is not None, **{**values, **more},
    )  # fmt: skip
