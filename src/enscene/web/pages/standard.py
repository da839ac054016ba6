"""The technical standard in the operator's console: which scenes deviate since when, and the stack."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.operations.standard import DEVIATIONS, check_standard
from enscene.shelf import standard_shelf
from enscene.web.console import Console, Visit, member
from enscene.web.pages.operator import ROLE, sight_of_visit

SHOWN_MOST = 500


def routes(console: Console) -> list[Route]:
    """The route of this page."""
    return [Route("/operator/standard", member(console, show, ROLE), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """All scenes in sight, checked now."""
    sight = await sight_of_visit(visit)
    found = await check_standard(
        visit.console.pool, sight.tenants, await visit.console.templates(), standard_shelf()
    )
    return visit.page(
        "operator_standard.html",
        sight=sight,
        found=found,
        kinds=DEVIATIONS,
        names={tenant.ref: tenant.name for tenant in sight.tenants},
        shown=sorted(found.deviations, key=lambda each: each.is_note)[:SHOWN_MOST],
    )
