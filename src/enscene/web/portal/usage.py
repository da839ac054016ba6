"""What a partner's live application used, the prices that hold for it, and its invoices: its own
alone, and no word of how the bank shares what it pays."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.billing import trace_line
from enscene.kernel.clock import local_day
from enscene.kernel.errors import NotFound
from enscene.metering import after_month, month_of
from enscene.operations import store as operations_store
from enscene.tenants.apps import get_app
from enscene.web.billing_view import (
    Payer,
    invoice_month,
    invoice_paper,
    line_name,
    line_says,
    month_before,
    read_meters,
    reading_after,
)
from enscene.web.console import Console
from enscene.web.meter_words import MeterWords, read_meter_words
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.price_words import plan_words, standings_of

LISTED, TRACED = 24, 50


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    path = "/portal/{tenant}/usage"
    return [
        Route(path, partner(console, show), methods=["GET"]),
        Route(f"{path}/{{month}}", partner(console, show_one), methods=["GET"]),
        Route(f"{path}/{{month}}/pdf", partner(console, paper), methods=["GET"]),
        Route(f"{path}/{{month}}/lines/{{n:int}}", partner(console, trace), methods=["GET"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """A month's usage by meter and day, prices, invoices, what is prepaid."""
    payer = await _payer(visit)
    async with operations_store.reading(visit.pool, visit.tenant.id) as connection:
        clock = await operations_store.read_clock(connection, visit.tenant.id)
    today = local_day(clock["now"], clock["zone"])
    asked = visit.request.query_params.get("month", "")[:20]
    first = month_of(asked) if asked else today.replace(day=1)
    values: dict[str, Any] = {
        "month": first, "before": month_before(first), "after": after_month(first),
        "payer": payer, "meters": [], "words": {}, "plans": [], "told": {}, "standing": {},
        "invoices": [], "credits": 0, "currency": visit.tenant.currency,
    }  # fmt: skip
    if payer is not None:
        values |= await _figures(visit, payer, first, today)
    return await visit.page("portal_usage.html", **values)


async def _figures(visit: PortalVisit, payer: Payer, first: date, today: date) -> dict[str, Any]:
    billing, tenant = visit.console.billing, visit.tenant
    meters = await read_meters(visit.pool, tenant.id, first, payer.name)
    plans = [each for each in await billing.plans(tenant.id) if each.payer == payer.name]
    standing = standings_of(plans, today)
    plans = [each for each in plans if standing[each.version] in ("in_force", "upcoming")]
    charged = [charge.meter for plan in plans for charge in plan.body.charges]
    words = await _words(visit, [*charged, *(row.meter for row in meters)])
    return {
        "meters": meters, "words": words, "plans": sorted(plans, key=lambda plan: plan.starts),
        "standing": standing,
        "told": {plan.version: plan_words(plan.body, words, visit.t) for plan in plans},
        "invoices": await billing.invoices(
            tenant.id, before=date.max, limit=LISTED, payer=payer.name
        ),
        "credits": await billing.credits(tenant, payer.name),
    }  # fmt: skip


async def show_one(visit: PortalVisit) -> Response:
    """An invoice, line by line."""
    return await _one(visit, await _known(visit))


async def trace(visit: PortalVisit) -> Response:
    """The same, with the days and readings of one line."""
    payer, n = await _known(visit), int(visit.path("n"))
    after = reading_after(visit.request.query_params.get("after", "")[:20])
    found = await trace_line(
        visit.console.billing, visit.tenant, invoice_month(visit.path("month")), n,
        payer=payer.name, after=after, limit=TRACED,
    )  # fmt: skip
    return await _one(visit, payer, trace=found, traced=n)


async def paper(visit: PortalVisit) -> Response:
    """The invoice as a PDF, in the language of the page."""
    payer, month = await _known(visit), invoice_month(visit.path("month"))
    invoice, lines = await visit.console.billing.invoice(visit.tenant.id, month, payer.name)
    words = await _words(visit, [line.meter for _, line in lines if line.meter])
    return await invoice_paper(visit.tenant, payer, invoice, lines, words, visit.language)


async def _one(visit: PortalVisit, payer: Payer, **more: Any) -> Response:
    month = invoice_month(visit.path("month"))
    invoice, lines = await visit.console.billing.invoice(visit.tenant.id, month, payer.name)
    words = await _words(visit, [line.meter for _, line in lines if line.meter])
    shown = {"trace": None, "traced": 0, **more}
    return await visit.page(
        "portal_invoice.html", invoice=invoice, payer=payer, words=words,
        lines=[(n, line, line_name(line, words, visit.t),
                line_says(line, words, invoice.currency, visit.t)) for n, line in lines],
        **shown,
    )  # fmt: skip


async def _payer(visit: PortalVisit) -> Payer | None:
    """The partner by its live application; None before it has one."""
    known = visit.partner
    if known.live_app is None:
        return None
    app = await get_app(visit.pool, visit.tenant.id, known.live_app)
    return Payer(app.name, known.name, is_partner=True)


async def _known(visit: PortalVisit) -> Payer:
    payer = await _payer(visit)
    if payer is None:
        raise NotFound("there is no such invoice", code="invoice.not_found")
    return payer


async def _words(visit: PortalVisit, meters: list[str]) -> dict[str, MeterWords]:
    return await read_meter_words(visit.console, visit.tenant.id, visit.t, meters)
