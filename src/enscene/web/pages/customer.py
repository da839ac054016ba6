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
from enscene.web.contacts_view import view_contacts
from enscene.web.customer_view import view_customer
from enscene.web.identity_view import view_who
from enscene.web.said_view import view_said
from enscene.web.spectrum_view import view_spectrum
from enscene.work import find_browsing, is_served_by, list_looks, note_look

READERS, AUDITOR = (*STAFF, MANAGER), "auditor"
TIES = ("scene_team", "approver", MANAGER)
"""Who says that two customers are one: not who audits it."""
LOOKS = 5


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [
        Route("/customers/{ref}", member(console, show, *READERS), methods=["GET"]),
        Route("/customers/{ref}/spectrum", member(console, spectrum, *READERS), methods=["GET"]),
        Route("/looks", member(console, looks, AUDITOR), methods=["GET"]),
    ]


async def may_look(connection: Any, visit: Visit, customer: int) -> bool:
    """Who reads every decision reads of every customer; a manager, of those served."""
    if visit.session.allows(*STAFF):
        return True
    return await is_served_by(connection, visit.tenant, customer, visit.who)


async def show(visit: Visit) -> Response:
    """The customer over all scenes; that somebody looked is kept, and that somebody was not let.

    Raises: NotFound, Forbidden (a manager who serves others).
    """
    row, clock, seen = await _look(visit)
    view = await view_customer(visit, row)
    seen = seen if visit.session.allows(AUDITOR) else []
    return visit.page(
        "customer.html", view=view, zone=clock["zone"], seen=seen,
        decided=await view_said(visit, row["ref"]), who=await view_who(visit, row, clock),
        contacts=await view_contacts(visit, row["id"]), may_tie=visit.session.allows(*TIES),
    )  # fmt: skip


async def spectrum(visit: Visit) -> Response:
    """What the customer likes: the page that the customer sees. It is a look like any other.

    Raises: NotFound, Forbidden (a manager who serves others).
    """
    row, clock, _ = await _look(visit)
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        view = await view_spectrum(
            visit.console, connection, visit.tenant, row["id"], clock["now"], visit.t
        )
    return visit.page(
        "customer_spectrum.html", view=view, zone=clock["zone"], ref=row["ref"],
        name=row["name"] or row["ref"],
    )  # fmt: skip


async def _look(visit: Visit) -> tuple[Any, Any, Any]:
    """The customer, the clock, and who looked before; that somebody looks is kept."""
    async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
        row = await store.read_customer(connection, visit.tenant, visit.path("ref")[:128])
        if row is None or row["kind"] != "person":
            raise NotFound("there is no such customer", code="customer.not_found")
        allowed = await may_look(connection, visit, row["id"])
        seen = await list_looks(connection, visit.tenant, customer=row["id"], limit=LOOKS)
        await note_look(connection, visit.tenant, visit.who, row["id"], allowed=allowed)
        clock = await operations_store.read_clock(connection, visit.tenant)
    if not allowed:
        raise Forbidden("the customer is another's", code="customer.not_own")
    return row, clock, seen


async def looks(visit: Visit) -> Response:
    """Who looked at whom, for the auditor; whoever tries one customer after another stands above."""
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        found = await list_looks(connection, visit.tenant)
        browsing = await find_browsing(connection, visit.tenant)
        clock = await operations_store.read_clock(connection, visit.tenant)
    return visit.page("looks.html", looks=found, browsing=browsing, zone=clock["zone"])
