"""Usage and invoices as people read them, for the console and for a partner in the portal."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from enscene.billing import Invoice, Line
from enscene.billing.pdf import invoice_pdf
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.money import parse_money
from enscene.metering import after_month, month_of, read_usage
from enscene.partners.find_partner import list_partners
from enscene.tenants import Tenant
from enscene.tenants.apps import list_apps
from enscene.web.language import Texts
from enscene.web.meter_words import MeterWords
from enscene.web.render import called, money, number

CHART_WIDTH, CHART_HEIGHT = 310, 48
"""Of a month's chart, in units of its drawing."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: `name` is the application's as usage tells it, empty for the tenant itself; `title`
    is the firm's name where it is a partner's."""

    name: str
    title: str
    is_partner: bool = False

    @property
    def of(self) -> str:
        """What an address ends with so that it is about this payer."""
        return f"?payer={quote(self.name, safe='')}" if self.name else ""

    @property
    def more(self) -> str:
        """The same where something is asked for already."""
        return f"&payer={quote(self.name, safe='')}" if self.name else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the chart; places in units of the drawing."""

    day: date
    quantity: int
    x: float
    height: float


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter in a month: its sum, its highest day, and every day of the month."""

    meter: str
    quantity: int
    readings: int
    highest: int
    columns: Sequence[Column]
    column_width: float

    @property
    def days(self) -> list[tuple[date, int]]:
        """The days on which something was used."""
        return [(each.day, each.quantity) for each in self.columns if each.quantity]


async def list_payers(pool: Any, tenant: Tenant, language: str) -> list[Payer]:
    """The tenant, its partners by the names of their firms, then its other applications."""
    firms = {each.live_app: each.name for each in await list_partners(pool, tenant.id)}
    apps = [
        Payer(app.name, called(firms.get(app.id, app.title), language), app.id in firms)
        for app in await list_apps(pool, tenant.id)
    ]
    apps.sort(key=lambda payer: (not payer.is_partner, payer.title))
    return [Payer("", called(tenant.name, language)), *apps]


def payer_among(payers: Iterable[Payer], name: str) -> Payer:
    """Raises: NotFound."""
    for payer in payers:
        if payer.name == name:
            return payer
    raise NotFound("there is no such application", code="plan.payer")


async def read_meters(pool: Any, tenant: int, first: date, app: str = "") -> list[MeterRow]:
    """What a month used by meter and day; of one application, or of all (empty)."""
    days: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    readings: dict[str, int] = defaultdict(int)
    until = after_month(first)
    for used in await read_usage(pool, tenant, first, until, None, app):
        days[used.meter][used.at] += used.quantity
        readings[used.meter] += used.readings
    return [
        _row(meter, by_day, readings[meter], first, until) for meter, by_day in sorted(days.items())
    ]


def _row(
    meter: str, by_day: Mapping[date, int], readings: int, first: date, until: date
) -> MeterRow:
    count, most = (until - first).days, max(by_day.values())
    step = CHART_WIDTH / count
    columns = [
        Column(day, by_day.get(day, 0), round(n * step, 1),
               round(by_day.get(day, 0) * CHART_HEIGHT / most, 1) if most else 0.0)
        for n in range(count) for day in (first + timedelta(days=n),)
    ]  # fmt: skip
    return MeterRow(meter, sum(by_day.values()), readings, most, columns, round(step - 1.5, 1))


def invoice_month(text: str) -> date:
    """The month in an invoice's address. Raises: NotFound."""
    try:
        return month_of(text)
    except Invalid:
        raise NotFound("there is no such invoice", code="invoice.not_found") from None


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def reading_after(text: str) -> int:
    """The number of the last reading of the page before. Raises: Invalid."""
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Invalid("after is the number of a reading", code="invalid.number", param="after")
    return int(text or "0")


async def invoice_paper(
    tenant: Tenant,
    payer: Payer,
    invoice: Invoice,
    lines: Sequence[tuple[int, Line]],
    words: Mapping[str, MeterWords],
    language: str,
) -> Response:
    """The invoice as a PDF, in the language of the page."""

    def written(meter: str, quantity: int) -> str:
        return words[meter].written(quantity)

    body = await asyncio.to_thread(
        invoice_pdf, tenant, invoice, lines, language, written, payer.title if payer.name else ""
    )
    name = f'attachment; filename="invoice-{tenant.ref}-{invoice.name}.pdf"'
    return Response(body, media_type="application/pdf", headers={"content-disposition": name})


def line_name(line: Line, words: Mapping[str, MeterWords], t: Texts) -> str:
    """What a line is called: its kind, and the title that the plan gave it; the meter's name where
    the form made a name of its code."""
    kind = t(f"billing.kinds.{line.kind}")
    if line.name == line.kind:
        return kind
    title = called(line.title, t.language) or t.known(f"billing.item_names.{line.name}")
    if not title and line.meter and line.name == line.meter.replace(".", "_").lower():
        title = words[line.meter].name
    return f"{kind} · {title or line.name}"


def line_says(line: Line, words: Mapping[str, MeterWords], currency: str, t: Texts) -> list[str]:
    """How a line came about, in short sentences."""
    detail = line.detail
    if "now" in detail:
        now = detail["now"]["amount"]
        before, after = money(now - line.amount, currency), money(now, currency)
        return [t("billing.says.adjusted", before=before, now=after)]
    days = (line.until - line.first).days
    if line.gives_back:
        return [t("billing.says.given_back", days=days)]
    if "steps" in detail and line.meter:
        return _metered(detail, words[line.meter], currency, t)
    if "price" in detail:
        price = money_text(detail["price"], currency)
        period = t(f"billing.periods.{detail.get('period', 'month')}")
        said = t("billing.says.pieces", count=number(line.quantity), price=price, period=period)
        return [said] if "period" in detail else [said, t("billing.says.days", days=days)]
    if "days" in detail:
        return [t("billing.says.days", days=days)]
    return []


def _metered(detail: Mapping[str, Any], own: MeterWords, currency: str, t: Texts) -> list[str]:
    said = []
    if detail["free"]:
        said.append(t("billing.says.free", quantity=own.written(detail["free"])))
    for step in detail["steps"]:
        price = price_each(step["price"], detail["per"], own, currency, t)
        said.append(t("billing.says.step", quantity=own.written(step["quantity"]), price=price))
        if money_text(step["flat"], currency) != money(0, currency):
            said.append(t("billing.says.flat", price=money_text(step["flat"], currency)))
    return said


def price_each(text: str, per: int, own: MeterWords, currency: str, t: Texts) -> str:
    """A price with what it is for: `¥0.10 each`, `¥1.00 per 1,000`."""
    price = money_text(text, currency)
    if per == 1 and own.currency is None:
        return t("billing.each", price=price)
    return t("billing.per_many", price=price, per=own.written(per))


def money_text(text: str, currency: str) -> str:
    """An amount of a plan as people read it."""
    return money(parse_money(text, currency), currency)
