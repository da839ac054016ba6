"""The norms that the bank stands under, what holds each, and uses of data that were refused."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers.authorizations import find_forbidden, read_limits
from enscene.customers.authorizations.store import admitted
from enscene.operations import store as operations_store
from enscene.operations.norms import judge_norms, read_norms
from enscene.tenants.apps import list_apps
from enscene.web.api_groups import scene_names
from enscene.web.console import Console, Visit, member

LISTED = 50


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [Route("/norms", member(console, show, "approver", "auditor"), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """The matrix as it stands now, and the newest refusals."""
    pool, tenant = visit.console.pool, visit.tenant
    norms = read_norms()
    # Beside the loop: every pack is read.
    judged = await asyncio.to_thread(judge_norms, norms, visit.console.settings.facts)
    async with admitted(pool, tenant, readonly=True) as connection:
        refused = await find_forbidden(connection, tenant, limit=LISTED)
    async with operations_store.reading(pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
    return visit.page(
        "norms.html",
        version=norms.version,
        judged=judged,
        counts={s: sum(each.status == s for each in judged) for s in ("held", "partly", "broken")},
        refused=refused,
        app_titles={app.name: app.title for app in await list_apps(pool, tenant)},
        scene_names=await scene_names(pool, tenant),
        limits={limit.id: limit for limit in read_limits().limits},
        zone=clock["zone"],
    )
