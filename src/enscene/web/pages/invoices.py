"""Usage and invoices in the console, of the tenant or of an application that pays for itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.billing import (
    Income,
    Line,
    list_proofs,
    list_received,
    read_income,
    trace_line,
)
from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid
from enscene.kernel.money import parse_money
from enscene.metering import after_month, month_of
from enscene.tenants import Tenant, get_tenant
from enscene.web.billing_view import (
    Payer,
    invoice_month,
    invoice_paper,
    line_name,
    line_says,
    list_payers,
    month_before,
    payer_among,
    read_meters,
    reading_after,
)
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.meter_words import MeterWords, read_meter_words
from enscene.web.problems import status_of

READERS, BANK = ("approver", "auditor", "partner"), ("approver", "auditor")
LISTED, TRACED, PROVED, RECEIVED, EARNED_MONTHS = 24, 50, 14, 20, 12
TYPED = ("amount", "receipt")


@dataclass(slots=True)
class Earned:
    """What partners pay the bank in a month; minor units. `paid` is of the bank's share."""

    month: date
    total: int = 0
    share: int = 0
    paid: int = 0
    payers: set[str] = field(default_factory=set)


def routes(console: Console) -> list[Route]:
    """The routes of these pages. Whoever may approve enters what was paid."""
    one = "/invoices/{month}"
    return [
        Route("/invoices", member(console, show, *READERS), methods=["GET"]),
        Route("/invoices/credits", member(console, add_credits, "approver"), methods=["POST"]),
        Route(one, member(console, show_one, *READERS), methods=["GET"]),
        Route(f"{one}/pay", member(console, pay, "approver"), methods=["POST"]),
        Route(f"{one}/pdf", member(console, paper, *READERS), methods=["GET"]),
        Route(f"{one}/lines/{{n:int}}", member(console, trace, *READERS), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """What a payer used in a month, its invoices and what it has prepaid."""
    return await _page(visit)


async def add_credits(visit: Visit) -> Response:
    """Enter what a payer has paid ahead, by the number of the transfer."""
    payer = await _payer(visit, visit.field("payer"))
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    billing, receipt = visit.console.billing, visit.field("receipt")
    try:
        if not receipt:
            raise Invalid("the receipt is missing", code="billing.receipt", param="receipt")
        minor = parse_money(visit.field("amount").replace(",", ""), tenant.currency, param="amount")
        await billing.buy_credits(
            tenant, minor, receipt, visit.who, payer=payer.name, receipt=receipt
        )
    except EnsceneError as error:
        return await _page(visit, error, payer)
    return visit.go(f"/invoices{payer.of}#credits")


async def show_one(visit: Visit) -> Response:
    """An invoice, line by line."""
    return await _one(visit, await _payer(visit, visit.ask("payer")))


async def pay(visit: Visit) -> Response:
    """Enter that what is due has come in."""
    payer = await _payer(visit, visit.field("payer"))
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    month, receipt = invoice_month(visit.path("month")), visit.field("receipt")
    try:
        if not receipt:
            raise Invalid("the receipt is missing", code="billing.receipt", param="receipt")
        await visit.console.billing.pay(tenant, month, visit.who, payer=payer.name, receipt=receipt)
    except Invalid as error:
        return await _one(visit, payer, error=error)
    return visit.go(f"/invoices/{month:%Y-%m}{payer.of}")


async def trace(visit: Visit) -> Response:
    """The same, with the days and readings of one line."""
    pool, month = visit.console.pool, invoice_month(visit.path("month"))
    payer = await _payer(visit, visit.ask("payer"))
    tenant, n = await get_tenant(pool, visit.tenant), int(visit.path("n"))
    found = await trace_line(
        visit.console.billing, tenant, month, n, payer=payer.name,
        after=reading_after(visit.ask("after")), limit=TRACED,
    )  # fmt: skip
    return await _one(visit, payer, trace=found, traced=n)


async def paper(visit: Visit) -> Response:
    """The invoice as a PDF, in the language of the page."""
    payer = await _payer(visit, visit.ask("payer"))
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    month = invoice_month(visit.path("month"))
    invoice, lines = await visit.console.billing.invoice(visit.tenant, month, payer.name)
    words = await _words(visit, lines)
    return await invoice_paper(tenant, payer, invoice, lines, words, visit.language)


async def _page(
    visit: Visit, error: EnsceneError | None = None, payer: Payer | None = None
) -> Response:
    pool, clock = visit.console.pool, await visit.read_clock()
    this_month = local_day(clock["now"], clock["zone"]).replace(day=1)
    asked = visit.ask("month")
    first = month_of(asked) if asked else this_month
    payers = await _payers(visit)
    payer = payer or await _payer(visit, visit.ask("payer"))
    tenant, billing = await get_tenant(pool, visit.tenant), visit.console.billing
    meters = await read_meters(pool, visit.tenant, first, payer.name)
    words = await read_meter_words(
        visit.console, visit.tenant, visit.t, [row.meter for row in meters]
    )
    return visit.page(
        "invoices.html", 200 if error is None else status_of(error), month=first,
        before=month_before(first), after=after_month(first), meters=meters, words=words,
        payer=payer, payers=payers, tenant=tenant, zone=tenant.zone, currency=tenant.currency,
        invoices=await billing.invoices(
            visit.tenant, before=date.max, limit=LISTED, payer=payer.name
        ),
        credits=await billing.credits(tenant, payer.name),
        received=await list_received(pool, tenant, payer.name, RECEIVED),
        proofs=[] if payer.name else await list_proofs(pool, visit.tenant, PROVED),
        earned=await _earned(visit, tenant, this_month) if _is_bank(visit) else [],
        enters=visit.session.allows("approver"), bank=_is_bank(visit), tab="invoices",
        prices=visit.session.allows(*STAFF),
        fault=None if error is None else (error.param, _told(visit, error)),
        typed={name: visit.field(name) for name in TYPED},
    )  # fmt: skip


async def _one(visit: Visit, payer: Payer, **more: Any) -> Response:
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    month, error = invoice_month(visit.path("month")), more.pop("error", None)
    invoice, lines = await visit.console.billing.invoice(visit.tenant, month, payer.name)
    words = await _words(visit, lines)
    shown = {"trace": None, "traced": 0, **more}
    return visit.page(
        "invoice.html", 200 if error is None else status_of(error), invoice=invoice, payer=payer,
        lines=[(n, line, line_name(line, words, visit.t),
                line_says(line, words, invoice.currency, visit.t)) for n, line in lines],
        words=words, zone=tenant.zone, enters=visit.session.allows("approver"),
        fault="" if error is None else _told(visit, error), typed=visit.field("receipt"), **shown,
    )  # fmt: skip


async def _earned(visit: Visit, tenant: Tenant, this_month: date) -> list[Earned]:
    """What applications that pay for themselves bring the bank, the newest month first."""
    first = this_month
    for _ in range(EARNED_MONTHS):
        first = month_before(first)
    rows: Sequence[Income] = await read_income(
        visit.console.pool, [tenant], first, after_month(this_month)
    )
    found: dict[date, Earned] = defaultdict(lambda: Earned(date.min))
    for row in rows:
        if not row.payer:
            continue
        earned = found[row.month]
        earned.month = row.month
        earned.total += row.total
        earned.share += row.shares["bank"]
        earned.paid += row.shares["bank"] if row.state == "paid" else 0
        earned.payers.add(row.payer)
    return [found[month] for month in sorted(found, reverse=True)]


def _is_bank(visit: Visit) -> bool:
    return visit.session.allows(*BANK)


async def _payers(visit: Visit) -> list[Payer]:
    """Whose bills may be read: somebody of a scene's partner reads the tenant's alone."""
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    payers = await list_payers(visit.console.pool, tenant, visit.language)
    return payers if _is_bank(visit) else payers[:1]


async def _payer(visit: Visit, name: str) -> Payer:
    if name and not _is_bank(visit):
        raise Forbidden(
            "your roles do not allow this", code="console.forbidden", facts={"roles": BANK}
        )
    return payer_among(await _payers(visit), name)


def _told(visit: Visit, error: EnsceneError) -> str:
    return visit.t.problem(error.code, error.facts, error.detail)


async def _words(visit: Visit, lines: Sequence[tuple[int, Line]]) -> dict[str, MeterWords]:
    meters = [line.meter for _, line in lines if line.meter]
    return await read_meter_words(visit.console, visit.tenant, visit.t, meters)
