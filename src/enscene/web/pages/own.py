"""What a partner sees: the scenes it takes part in, and its own pages there."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.web.console import Console, Visit, member
from enscene.web.h5_token import issue_h5_token


async def show_own(visit: Visit) -> Response:
    """The partner's scenes with the pages that are made for it."""
    scenes = []
    for row in await _scenes(visit):
        running = await visit.console.host.catalogue.read(visit.tenant, row["ref"])
        pages = [page for page in running.pack.pages.values() if page.who == row["role"]]
        scenes.append({"row": row, "pack": running.pack, "pages": pages})
    return visit.page("own.html", scenes=scenes)


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [Route("/own", member(console, open_own, "partner"), methods=["POST"])]


async def open_own(visit: Visit) -> Response:
    """Open one of the partner's own pages. Raises: NotFound."""
    ref, name = visit.field("scene"), visit.field("page")
    roles = {row["role"] for row in await _scenes(visit) if row["ref"] == ref}
    if not roles:
        raise NotFound("there is no such scene", code="scene.not_found")
    running = await visit.console.host.catalogue.read(visit.tenant, ref)
    page = running.pack.pages.get(name)
    user = visit.session.user
    if page is None or page.who not in roles or user.party is None:
        raise NotFound("there is no such page", code="h5.no_page")
    token = await issue_h5_token(visit.console.pool, visit.tenant, ref, user.party)
    address = f"/h5/{user.tenant_ref}/{ref}/{name}?lang={visit.language}#{token}"
    return RedirectResponse(address, 303)


async def _scenes(visit: Visit) -> list[operations_store.Row]:
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        return await operations_store.read(
            connection, "my_scenes", visit.tenant, visit.session.user.party
        )
