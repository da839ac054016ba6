"""Outside scenes in the bank's app: opened, their orders seen, and paid at the bank's cashier."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.partners.bring_in import (
    Led,
    Tile,
    entry_id,
    find_orders,
    list_tiles,
    open_visit,
    order_id,
    read_own_order,
)
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
)


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    base = "/bank/{tenant}/outside"
    one = f"{base}/orders/{{order}}"
    return [
        Route(base, customer(console, show), methods=["GET"]),
        Route(f"{base}/orders", customer(console, orders), methods=["GET"]),
        Route(one, customer(console, show_order), methods=["GET"]),
        Route(f"{one}/pay", customer(console, pay), methods=["POST"]),
        Route(f"{base}/{{entry}}/open", customer(console, enter), methods=["POST"]),
    ]


def with_origins(response: Response, tiles: Iterable[Tile]) -> Response:
    """A page with tiles: its forms lead on to these origins, and to no other."""
    origins = " ".join(sorted({tile.entry.origin for tile in tiles}))
    response.headers["content-security-policy"] = f"{_POLICY}form-action 'self' {origins}"
    response.headers["x-frame-options"] = "DENY"
    return response


async def show(visit: BankVisit) -> Response:
    """All that is open."""
    tiles = await list_tiles(visit.console.pool, visit.tenant.id)
    return with_origins(await visit.page("bank_outside.html", tiles=tiles), tiles)


async def enter(visit: BankVisit) -> Response:
    """Go there, with a code that is good once. Raises: NotFound."""
    led = await open_visit(
        visit.console.pool, visit.tenant.id, entry_id(visit.path("entry")), visit.customer,
        visit.language,
    )  # fmt: skip
    if led.entry.shown == "frame":
        return await _framed(visit, led)
    response = RedirectResponse(led.address, 303)
    response.headers["referrer-policy"] = "no-referrer"
    return response


async def _framed(visit: BankVisit, led: Led) -> Response:
    response = await visit.page("bank_outside_frame.html", led=led)
    policy = f"{_POLICY}form-action 'self'; frame-src {led.entry.origin}"
    response.headers["content-security-policy"] = policy
    response.headers["x-frame-options"] = "DENY"
    return response


async def orders(visit: BankVisit) -> Response:
    """The customer's orders of all outside scenes."""
    rows = await find_orders(visit.console.pool, visit.tenant.id, customer=visit.customer)
    return await visit.page("bank_outside_orders.html", rows=rows)


async def show_order(visit: BankVisit) -> Response:
    """One of them, to be paid if it is not."""
    return await _order(visit)


async def _order(visit: BankVisit, status: int = 200) -> Response:
    tenant = visit.tenant.id
    line = await read_own_order(
        visit.console.pool, tenant, order_id(visit.path("order")), visit.customer
    )
    balance = await visit.console.host.contracts.balance(
        tenant, visit.customer, line.order.currency
    )
    return await visit.page("bank_outside_order.html", status, line=line, balance=balance)


async def pay(visit: BankVisit) -> Response:
    """Pay it from the account; what stands against it is said on the page."""
    order = order_id(visit.path("order"))
    try:
        await visit.console.cashier.pay(visit.tenant.id, order, visit.customer)
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _order(visit, 422)
    return visit.go(f"/outside/orders/{visit.path('order')}")
