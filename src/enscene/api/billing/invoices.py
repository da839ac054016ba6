"""Invoices for programs: lists, one with its lines, a line's readings, the PDF."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api.http import Request, Response
from enscene.api.language import wants_chinese
from enscene.api.lists import answer, limit_of
from enscene.billing import Billing, Invoice, Line, trace_line
from enscene.billing.pdf import invoice_pdf
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.money import format_money
from enscene.metering import month_of
from enscene.tenants import get_tenant
from enscene.tenants.apps import find_app

Payer = Annotated[str, Meta(max_length=48)]
"""The name of the application that pays for itself; empty: the tenant does."""


class IssueOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/invoices`."""

    month: Annotated[str, Meta(min_length=7, max_length=7)]
    payer: Payer = ""


async def listed(query: dict[str, str], billing: Billing, tenant: int, payer: str) -> Response:
    """The newest first; `before` is the last month of the page before."""
    before = month_of(query["before"], param="before") if "before" in query else date.max
    limit = limit_of(query)
    found = await billing.invoices(tenant, before=before, limit=limit + 1, payer=payer)
    data = [told(each) for each in found[:limit]]
    return answer({"data": data, "has_more": len(found) > limit})


async def show(billing: Billing, tenant: int, month: date, payer: str) -> Response:
    """One invoice with its lines."""
    invoice, lines = await billing.invoice(tenant, month, payer)
    shown = [told_line(n, line, invoice.currency) for n, line in lines]
    return answer({**told(invoice), "lines": shown})


async def as_pdf(
    request: Request,
    query: dict[str, str],
    billing: Billing,
    tenant: int,
    month: date,
    payer: str,
) -> Response:
    """The same on paper, in the language that is asked for."""
    given = query.get("language")
    if given not in (None, "zh", "en"):
        raise Invalid("language is zh or en", code="invalid.choice", param="language")
    language = given or ("zh" if wants_chinese(request) else "en")
    own = await get_tenant(billing.pool, tenant)
    invoice, lines = await billing.invoice(tenant, month, payer)
    title = (await find_app(billing.pool, f"{own.ref}.{payer}")).title if payer else ""
    body = await asyncio.to_thread(invoice_pdf, own, invoice, lines, language, None, title)
    name = f'attachment; filename="invoice-{own.ref}-{invoice.name}.pdf"'
    return Response(
        body, 200, ((b"content-type", b"application/pdf"), (b"content-disposition", name.encode()))
    )


async def trace(
    query: dict[str, str], billing: Billing, tenant: int, month: date, n: str, payer: str
) -> Response:
    """The readings that a line consists of; `after` is the number of the last one before."""
    after = query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise Invalid("after is the number of a reading", code="invalid.number", param="after")
    if not (n.isascii() and n.isdigit() and len(n) <= 6):
        raise NotFound("the invoice has no such line", code="invoice.no_line")
    own = await get_tenant(billing.pool, tenant)
    found = await trace_line(
        billing, own, month, int(n), payer=payer, after=int(after), limit=limit_of(query)
    )
    return answer({
        "line": told_line(int(n), found.line, own.currency),
        "days": [{"day": day.isoformat(), "quantity": quantity, "readings": readings}
                 for day, quantity, readings in found.days],
        "data": [
            {"seq": each.seq, "at": format_time(each.at), "app": each.app,
             "operation": each.operation, "scene": each.scene, "party": each.party,
             "quantity": each.quantity, "source": each.source, "id": each.id}
            for each in found.readings
        ],
        "has_more": found.more,
    })  # fmt: skip


def told(invoice: Invoice) -> dict[str, Any]:
    """An invoice for programs."""
    currency = invoice.currency
    return {
        "id": invoice.id,
        "month": invoice.id,
        "payer": invoice.payer,
        "currency": currency,
        "state": invoice.state,
        **{name: format_money(getattr(invoice, name), currency)
           for name in ("total", "credit", "due")},
        "shares": {party: format_money(minor, currency) for party, minor in invoice.shares.items()},
        "seq": invoice.seq,
        "issued_at": format_time(invoice.issued_at),
        "paid_at": None if invoice.paid_at is None else format_time(invoice.paid_at),
    }  # fmt: skip


def told_line(n: int, line: Line, currency: str) -> dict[str, Any]:
    """A line for programs. `adjusts`: it belongs to a month that was closed before."""
    return {
        "n": n,
        "kind": line.kind,
        "name": line.name,
        "meter": line.meter,
        "first": line.first.isoformat(),
        "until": line.until.isoformat(),
        "adjusts": line.adjusts,
        "quantity": line.quantity,
        "amount": format_money(line.amount, currency),
        "shares": {party: format_money(minor, currency) for party, minor in line.shares.items()},
        "detail": line.detail,
    }
