"""A partner's own entries in the bank's app, and the orders that came of them."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.partners.bring_in import find_orders, list_entries, list_terms
from enscene.web.console import Console
from enscene.web.portal.visit import PortalVisit, partner


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [Route("/portal/{tenant}/outside", partner(console, show), methods=["GET"])]


async def show(visit: PortalVisit) -> Response:
    """Entries with their state, terms that were agreed, the last orders."""
    place = (visit.pool, visit.tenant.id)
    terms = await list_terms(*place, visit.partner.id)
    return await visit.page(
        "portal_outside.html", entries=await list_entries(*place, visit.partner.id),
        terms=[each for each in terms if each.state == "agreed"],
        orders=await find_orders(*place, partner=visit.partner.id),
    )  # fmt: skip
