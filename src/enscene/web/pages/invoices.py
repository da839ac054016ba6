"""Usage and invoices in the console, and an invoice on paper."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from starlette.responses import Response
from starlette.routing import Route

from enscene.billing import Billing, Line, list_proofs, trace_line
from enscene.billing.pdf import invoice_pdf
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid, NotFound
from enscene.metering import after_month, month_of, read_usage
from enscene.operations import store as operations_store
from enscene.tenants import get_tenant
from enscene.web.console import Console, Visit, member
from enscene.web.meter_words import MeterWords, read_meter_words

READERS = ("approver", "auditor", "partner")
LISTED, TRACED, PROVED = 24, 50, 14


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter in a month: its sum, and each day's share of the highest day, in tenths."""

    meter: str
    quantity: int
    readings: int
    highest: int
    days: list[tuple[date, int]]


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/invoices", member(console, show, *READERS), methods=["GET"]),
        Route("/invoices/{month}", member(console, show_one, *READERS), methods=["GET"]),
        Route("/invoices/{month}/pdf", member(console, paper, *READERS), methods=["GET"]),
        Route("/invoices/{month}/lines/{n:int}", member(console, trace, *READERS), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """What was used in a month, and the invoices."""
    pool = visit.console.pool
    async with operations_store.reading(pool, visit.tenant) as connection:
        clock = await operations_store.read_clock(connection, visit.tenant)
    now: datetime = clock["now"]
    asked = visit.ask("month")
    first = month_of(asked) if asked else local_day(now, clock["zone"]).replace(day=1)
    tenant = await get_tenant(pool, visit.tenant)
    billing, meters = Billing(pool), await _meters(visit, first)
    return visit.page(
        "invoices.html",
        month=first,
        before=_month_before(first),
        after=after_month(first),
        meters=meters,
        words=await read_meter_words(visit, [row.meter for row in meters]),
        invoices=await billing.invoices(visit.tenant, before=date.max, limit=LISTED),
        credits=await billing.credits(tenant),
        proofs=await list_proofs(pool, visit.tenant, PROVED),
        currency=tenant.currency,
        zone=tenant.zone,
    )


async def show_one(visit: Visit) -> Response:
    """An invoice, line by line."""
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    invoice, lines = await Billing(visit.console.pool).invoice(visit.tenant, _month(visit))
    return visit.page(
        "invoice.html", invoice=invoice, lines=lines, words=await _words(visit, lines),
        zone=tenant.zone, trace=None, traced=0,
    )  # fmt: skip


async def trace(visit: Visit) -> Response:
    """The same, with the days and readings of one line."""
    pool, month = visit.console.pool, _month(visit)
    billing, tenant = Billing(pool), await get_tenant(pool, visit.tenant)
    n, after = int(visit.path("n")), visit.ask("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise Invalid("after is the number of a reading", code="invalid.number", param="after")
    invoice, lines = await billing.invoice(visit.tenant, month)
    found = await trace_line(billing, tenant, month, n, after=int(after), limit=TRACED)
    return visit.page(
        "invoice.html", invoice=invoice, lines=lines, words=await _words(visit, lines),
        zone=tenant.zone, trace=found, traced=n,
    )  # fmt: skip


async def paper(visit: Visit) -> Response:
    """The invoice as a PDF, in the language of the page."""
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    invoice, lines = await Billing(visit.console.pool).invoice(visit.tenant, _month(visit))
    words = await _words(visit, lines)

    def written(meter: str, quantity: int) -> str:
        return words[meter].written(quantity)

    body = await asyncio.to_thread(invoice_pdf, tenant, invoice, lines, visit.language, written)
    name = f'attachment; filename="invoice-{tenant.ref}-{invoice.id}.pdf"'
    return Response(body, media_type="application/pdf", headers={"content-disposition": name})


def _month(visit: Visit) -> date:
    try:
        return month_of(visit.path("month"))
    except Invalid:
        raise NotFound("there is no such invoice", code="invoice.not_found") from None


def _month_before(first: date) -> date:
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


async def _words(visit: Visit, lines: Sequence[tuple[int, Line]]) -> dict[str, MeterWords]:
    return await read_meter_words(visit, [line.meter for _, line in lines if line.meter])


async def _meters(visit: Visit, first: date) -> list[MeterRow]:
    days: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    readings: dict[str, int] = defaultdict(int)
    for used in await read_usage(visit.console.pool, visit.tenant, first, after_month(first)):
        days[used.meter][used.at] += used.quantity
        readings[used.meter] += used.readings
    return [
        MeterRow(meter, sum(by_day.values()), readings[meter], max(by_day.values()),
                 sorted(by_day.items()))
        for meter, by_day in sorted(days.items())
    ]  # fmt: skip
