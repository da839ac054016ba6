"""One customer in the console: for whoever reads every decision, and for managers who serve them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement import store
from enscene.engagement.applications import MANAGER
from enscene.kernel.errors import Forbidden, NotFound
from enscene.operations import store as operations_store
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.customer_view import view_customer
from enscene.work import is_served_by

READERS = (*STAFF, MANAGER)


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [Route("/customers/{ref}", member(console, show, *READERS), methods=["GET"])]


async def may_look(connection: Any, visit: Visit, customer: int) -> bool:
    """Who reads every decision reads of every customer; a manager, of those served."""
    if visit.session.allows(*STAFF):
        return True
    return await is_served_by(connection, visit.tenant, customer, visit.who)


async def show(visit: Visit) -> Response:
    """The customer over all scenes. Raises: NotFound, Forbidden (a manager who serves others)."""
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        row = await store.read_customer(connection, visit.tenant, visit.path("ref")[:128])
        if row is None or row["kind"] != "person":
            raise NotFound("there is no such customer", code="customer.not_found")
        if not await may_look(connection, visit, row["id"]):
            raise Forbidden("the customer is another's", code="customer.not_own")
        clock = await operations_store.read_clock(connection, visit.tenant)
    return visit.page("customer.html", view=await view_customer(visit, row), zone=clock["zone"])
