"""Who takes part in a scene; more are enrolled from a list."""

from __future__ import annotations

import csv
import io

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers import Enrolment
from enscene.kernel.errors import Invalid
from enscene.operations import store as operations_store
from enscene.scenes.administer import enrol, link
from enscene.web.console import Console, Visit, member
from enscene.web.pages.scene import View, open_view

PEOPLE_MOST = 500


def routes(console: Console) -> list[Route]:
    """The routes of this page."""

    async def show(visit: Visit) -> Response:
        return await _page(await open_view(visit))

    async def add(visit: Visit) -> Response:
        view = await open_view(visit)
        role = visit.field("role")
        orders = read_people(view, role, visit.field("people"), visit.field("bound_to"))
        async with operations_store.writing(console.pool, visit.tenant) as connection:
            scene = view.card.id
            await enrol(connection, visit.tenant, scene, view.pack, orders, visit.who)
            for name, target in visit.fields("link.").items():
                known = view.pack.links.get(name)
                if known is not None and known.source == role and target:
                    pairs = [(order.ref, target) for order in orders]
                    await link(connection, visit.tenant, scene, view.pack, name, pairs, visit.who)
        running = await console.host.scene(visit.tenant, view.card.ref)
        running.roster.drop([order.ref for order in orders])
        return visit.go(f"/scenes/{view.card.ref}/people?role={role}")

    return [
        Route("/scenes/{ref}/people", member(console, show), methods=["GET"]),
        Route("/scenes/{ref}/people", member(console, add, "scene_team"), methods=["POST"]),
    ]


async def _page(view: View) -> Response:
    visit = view.visit
    role = visit.ask("role")
    everybody = await view.read("parties", None, PEOPLE_MOST)
    if role not in view.pack.parties:
        role = _missing(view, {row["role"] for row in everybody})
    return view.page(
        "people.html",
        "people",
        role=role,
        roles={row["role"]: row["parties"] for row in await view.read("roles")},
        rows=[row for row in everybody if row["role"] == role],
        everybody=everybody,
        links=[item for item in view.pack.links.values() if item.source == role],
    )


def _missing(view: View, present: set[str]) -> str:
    """The first role that nobody has yet, what others are bound or linked to first."""
    targets = {item.target for item in view.pack.links.values()}
    targets |= {party.bound_to for party in view.pack.parties.values() if party.bound_to}
    order = sorted(view.pack.parties, key=lambda name: name not in targets)
    return next((name for name in order if name not in present), order[0])


def read_people(view: View, role: str, text: str, bound_to: str) -> list[Enrolment]:
    """Lines of `reference, name`. Raises: Invalid."""
    party = view.pack.parties.get(role)
    if party is None:
        raise Invalid("the scene has no such role", code="scene.no_role", param="role")
    orders = []
    for row in csv.reader(io.StringIO(text.replace("，", ","))):
        words = [word.strip() for word in row]
        if not words or not words[0]:
            continue
        name = words[1] if len(words) > 1 else words[0]
        bound = (bound_to or None) if party.bound_to else None
        orders.append(Enrolment(words[0], role, party.is_a, name, bound))
    if not orders:
        raise Invalid("there is nobody in the list", code="people.empty", param="people")
    if len(orders) > PEOPLE_MOST:
        raise Invalid(f"at most {PEOPLE_MOST} at once", code="people.too_many", param="people")
    return orders
