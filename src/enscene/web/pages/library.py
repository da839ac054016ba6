"""The library of blocks: what each takes and gives, and where it is used."""

from __future__ import annotations

from collections import defaultdict

from starlette.responses import Response
from starlette.routing import Route

from enscene.blocks import LIBRARY
from enscene.operations import store as operations_store
from enscene.web.console import Console, Visit, member


def routes(console: Console) -> list[Route]:
    """The routes of this page."""

    async def show(visit: Visit) -> Response:
        packs = (await console.templates()).packs
        used: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for pack in packs.values():
            for action in pack.actions.values():
                for step in action.steps:
                    if action.name not in used[step.block][pack.id]:
                        used[step.block][pack.id].append(action.name)
        async with operations_store.reading(console.pool, visit.tenant) as connection:
            scenes = await operations_store.read(connection, "uses", visit.tenant)
        running: dict[str, list[str]] = defaultdict(list)
        for scene in scenes:
            known = packs.get(scene["pack"])
            names = {s.block for a in known.actions.values() for s in a.steps} if known else set()
            names |= {name for item in scene["added"] for name in item["step"] if name in LIBRARY}
            for name in names:
                running[name].append(scene["ref"])
        return visit.page("library.html", library=LIBRARY, used=used, running=running, packs=packs)

    return [Route("/library", member(console, show), methods=["GET"])]
