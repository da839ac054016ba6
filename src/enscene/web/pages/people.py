"""Who takes part in a scene; more are enrolled from a list."""

from __future__ import annotations

import csv
import io

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers import Enrolment, check_enrolment
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.operations import store as operations_store
from enscene.scenes.administer import enrol, link
from enscene.web.console import Console, Visit, member
from enscene.web.pages.scene import View, open_view
from enscene.web.problems import status_of

PEOPLE_MOST = 500


def routes(console: Console) -> list[Route]:
    """The routes of this page."""

    async def show(visit: Visit) -> Response:
        return await _page(await open_view(visit))

    async def add(visit: Visit) -> Response:
        view = await open_view(visit)
        try:
            return await enrol_all(view)
        except EnsceneError as error:
            return await _page(view, error)

    async def enrol_all(view: View) -> Response:
        visit, role = view.visit, view.visit.field("role")
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


async def _page(view: View, error: EnsceneError | None = None) -> Response:
    """The page; what was typed stays where it could not be done, and the reason stands by it."""
    visit = view.visit
    role = visit.field("role") if error else visit.ask("role")
    said = typed = ""
    if error is not None:
        typed = visit.field("people")
        said = visit.t.problem(error.code, error.facts, error.detail)
        if "line" in error.facts:
            said = visit.t("people.line", number=error.facts["line"], said=said)
    everybody = await view.read("parties", None, PEOPLE_MOST)
    if role not in view.pack.parties:
        role = _missing(view, {row["role"] for row in everybody})
    return view.page(
        "people.html",
        "people",
        status=status_of(error) if error else 200,
        said=said,
        typed=typed,
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
    rows = csv.reader(io.StringIO(text.replace("，", ",")))
    for row in rows:
        words = [word.strip() for word in row]
        if not words or not words[0]:
            continue
        name = words[1] if len(words) > 1 else words[0]
        bound = (bound_to or None) if party.bound_to else None
        order = Enrolment(words[0], role, party.is_a, name, bound)
        try:
            check_enrolment(order)
        except Invalid as error:
            error.facts["line"] = rows.line_num
            raise
        orders.append(order)
    if not orders:
        raise Invalid("there is nobody in the list", code="people.empty", param="people")
    if len(orders) > PEOPLE_MOST:
        raise Invalid(f"at most {PEOPLE_MOST} at once", code="people.too_many", param="people")
    return orders
