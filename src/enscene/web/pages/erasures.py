"""Persons who asked to be forgotten: what stands against it, who looked, who decided; legal holds."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers import find_parties
from enscene.customers.erasure import (
    check_erasure,
    confirm_refusal,
    give_back_erasure,
    lift_legal_hold,
    list_erasures,
    list_legal_holds,
    read_erasure,
    set_legal_hold,
    what_stands,
)
from enscene.engagement import erase_customer
from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import store as operations_store
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of


def routes(console: Console) -> list[Route]:
    """The routes of these pages. Auditors look; the scene team looks at a request first or an
    approver does; only an approver decides."""
    looks = ("scene_team", "approver")
    base = "/erasures"
    return [
        Route(base, member(console, show, *STAFF), methods=["GET"]),
        Route(f"{base}/holds", member(console, hold, *looks), methods=["POST"]),
        Route(f"{base}/holds/{{hold}}", member(console, lift, "approver"), methods=["POST"]),
        Route(f"{base}/{{erasure}}/check", member(console, check, *looks), methods=["POST"]),
        Route(f"{base}/{{erasure}}/decide", member(console, decide, "approver"), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """Everybody who asked, what waits first."""
    return await _page(visit)


async def check(visit: Visit) -> Response:
    """The first person's word, with a reason."""
    try:
        async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
            await check_erasure(
                connection, visit.tenant, _id(visit, "erasure"), visit.who, visit.field("verdict"),
                visit.field("why"),
            )  # fmt: skip
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/erasures")


async def decide(visit: Visit) -> Response:
    """The second person: so be it, or somebody looks again."""
    number, pool = _id(visit, "erasure"), visit.console.pool
    try:
        async with operations_store.writing(pool, visit.tenant) as connection:
            found = await read_erasure(connection, visit.tenant, number)
            if visit.field("decision") != "agree":
                await give_back_erasure(connection, visit.tenant, number, visit.who)
                return visit.go("/erasures")
            if found.verdict == "refuse":
                await confirm_refusal(connection, visit.tenant, number, visit.who)
                return visit.go("/erasures")
        await erase_customer(
            pool, visit.console.host, visit.tenant, number, visit.who,
            noted_in=visit.console.settings.erased,
        )  # fmt: skip
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/erasures")


async def hold(visit: Visit) -> Response:
    """The law or an authority has everything of a customer kept."""
    try:
        async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
            ref = visit.field("customer")[:64]
            found = (await find_parties(connection, visit.tenant, {ref})).get(ref)
            if found is None or found[1] != "person":
                return await _page(
                    visit, NotFound("there is no such customer", code="erasure.no_customer")
                )
            await set_legal_hold(connection, visit.tenant, found[0], visit.field("why"), visit.who)
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/erasures")


async def lift(visit: Visit) -> Response:
    """Another person lets it go."""
    try:
        async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
            await lift_legal_hold(connection, visit.tenant, _id(visit, "hold"), visit.who)
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/erasures")


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    clock = await visit.read_clock()
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        found = await list_erasures(connection, visit.tenant)
        stands = {
            each.id: await what_stands(connection, visit.tenant, each.party, each.ref)
            for each in found
            if each.state in ("asked", "checked")
        }
        holds = await list_legal_holds(connection, visit.tenant)
    found.sort(key=lambda each: (each.state not in ("asked", "checked"), -each.number))
    return visit.page(
        "erasures.html",
        200 if error is None else status_of(error),
        found=found,
        stands=stands,
        holds=holds,
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        typed={name: visit.field(name) if error else "" for name in ("customer", "why")},
        looks=visit.session.allows("scene_team") or visit.session.allows("approver"),
        decides=visit.session.allows("approver"),
        zone=clock["zone"],
    )


def _id(visit: Visit, name: str) -> UUID:
    try:
        return UUID(visit.path(name))
    except ValueError:
        raise NotFound("there is no such erasure", code="erasure.unknown") from None
