"""Vendors of banks, in the operator's console: admitted by two, with a statement for each month."""

from __future__ import annotations

from datetime import UTC, date, datetime

from starlette.responses import Response
from starlette.routing import Route

from enscene.billing import (
    Statement,
    ask_vendor,
    decide_vendor,
    list_vendors,
    read_statement,
    read_vendor,
    statement_csv,
    statement_pdf,
)
from enscene.kernel.clock import parse_day
from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.tenants import Tenant, list_below
from enscene.tenants.figures import Sight
from enscene.web.console import Console, Visit, member
from enscene.web.pages.business import AT, ROLE, sight
from enscene.web.problems import status_of

VENDORS = f"{AT}/vendors"
TYPED = ("bank", "ref", "name")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    one = f"{VENDORS}/{{bank}}/{{vendor}}"
    return [
        Route(VENDORS, member(console, show, ROLE), methods=["GET"]),
        Route(VENDORS, member(console, ask, ROLE), methods=["POST"]),
        Route(one, member(console, show_one, ROLE), methods=["GET"]),
        Route(one, member(console, decide, ROLE), methods=["POST"]),
        Route(f"{one}/{{form}}", member(console, fetch, ROLE), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """The vendors, and a form for one more."""
    return await _page(visit, dict.fromkeys(TYPED, ""))


async def ask(visit: Visit) -> Response:
    """Ask to admit one; what was typed stays."""
    typed = {name: visit.field(name) for name in TYPED}
    try:
        bank = (await sight(visit)).find(typed["bank"])
        await ask_vendor(visit.console.pool, bank, typed["ref"], typed["name"], visit.who)
    except EnsceneError as error:
        return await _page(visit, typed, error)
    return visit.go(VENDORS)


async def decide(visit: Visit) -> Response:
    """Somebody else admits, or refuses."""
    bank = _bank(await sight(visit), visit)
    approve = visit.field("decision") == "approve"
    try:
        await decide_vendor(
            visit.console.pool, bank.id, visit.path("vendor"), visit.who, approve=approve
        )
    except EnsceneError as error:
        return await _page(visit, dict.fromkeys(TYPED, ""), error)
    return visit.go(VENDORS)


async def show_one(visit: Visit) -> Response:
    """A vendor's statement of a month."""
    seen = await sight(visit)
    bank = _bank(seen, visit)
    return visit.page(
        "business_vendor.html", sight=seen, bank=bank, found=await _statement(visit, bank)
    )


async def fetch(visit: Visit) -> Response:
    """The statement as a file: `csv`, or `pdf` in the language of the page."""
    bank = _bank(await sight(visit), visit)
    found = await _statement(visit, bank)
    match visit.path("form"):
        case "csv":
            content, kind = statement_csv(found), "text/csv; charset=utf-8"
        case "pdf":
            content, kind = statement_pdf(found, visit.language), "application/pdf"
        case _:
            raise NotFound("there is no such file", code="vendor.not_found")
    name = f"{found.vendor.ref}-{found.id}.{visit.path('form')}"
    disposition = f'attachment; filename="{name}"'
    return Response(content, media_type=kind, headers={"content-disposition": disposition})


async def _statement(visit: Visit, bank: Tenant) -> Statement:
    pool = visit.console.pool
    vendor = await read_vendor(pool, bank.id, visit.path("vendor"))
    return await read_statement(pool, vendor, await list_below(pool, bank.id), _month(visit))


def _month(visit: Visit) -> date:
    """The month that is asked for, or the last that is over. Raises: Invalid."""
    if text := visit.ask("month"):
        return parse_day(f"{text}-01", param="month")
    today = datetime.now(UTC).date()
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


def _bank(seen: Sight, visit: Visit) -> Tenant:
    bank = seen.find(visit.path("bank"))
    if bank.parent is not None:
        raise Forbidden("vendors are a bank's", code="vendor.bank")
    return bank


async def _page(visit: Visit, typed: dict[str, str], error: EnsceneError | None = None) -> Response:
    seen = await sight(visit)
    banks = {each.id: each for each in seen.tenants if each.parent is None}
    return visit.page(
        "business_vendors.html", 200 if error is None else status_of(error), sight=seen,
        banks=banks, found=await list_vendors(visit.console.pool, list(banks)), typed=typed,
        wrong=error.param if error else None,
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
    )  # fmt: skip
