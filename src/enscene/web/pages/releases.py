"""Releases in the operator's console: what is new, on what scenes run, and bringing it to all."""

from __future__ import annotations

import os
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import Conflict, EnsceneError, Invalid
from enscene.operations.releases import (
    PLATFORM,
    Release,
    begin_roll_out,
    go_on,
    list_releases,
    list_versions,
    make_release,
    read_release,
    release_id,
)
from enscene.scenes.language import Pack
from enscene.tenants.figures import Sight, sight_of
from enscene.web.console import Console, Visit, member
from enscene.web.problems import status_of
from enscene.work.tickets import list_tickets, plan_ticket, ticket_id

ROLE = "operator"
TYPED = ("what", "version", "zh", "en")
SHOWN_MOST = 500


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    one = "/operator/releases/{release}"
    return [
        Route("/operator/releases", member(console, show, ROLE), methods=["GET"]),
        Route("/operator/releases", member(console, tell, ROLE), methods=["POST"]),
        Route(one, member(console, show_one, ROLE), methods=["GET"]),
        Route(one, member(console, act, ROLE), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """What was told, on what the scenes run, and a form that tells."""
    return await _list(visit)


async def tell(visit: Visit) -> Response:
    """Tell what is new in a version."""
    try:
        what, version = visit.field("what"), visit.field("version")
        if what != PLATFORM:
            version = (await visit.console.templates()).get(what).version
        made = await make_release(
            visit.console.pool, visit.tenant, what, version, visit.field("zh"), visit.field("en"),
            visit.who,
        )  # fmt: skip
    except EnsceneError as error:
        return await _list(visit, error)
    found, _ = await read_release(visit.console.pool, visit.tenant, made)
    return visit.go(f"/operator/releases/{found.ref}")


async def show_one(visit: Visit) -> Response:
    """Its notes, its wishes, and scene by scene what came of it."""
    return await _one(visit)


async def act(visit: Visit) -> Response:
    """Tie a wish to it, begin to bring it over, or go on where that was stopped."""
    pool, sight = visit.console.pool, await _sight(visit)
    number = release_id(visit.path("release"))
    try:
        found, _ = await read_release(pool, visit.tenant, number)
        match visit.field("do"):
            case "tie":
                ref, _, ticket = visit.field("ticket").partition("/")
                said = f"{found.what} {found.version}"
                tenant = sight.find(ref)
                await plan_ticket(pool, tenant.id, ticket_id(ticket), number, visit.who, said)
            case "begin":
                pack = await _pack(visit, found)
                await begin_roll_out(pool, visit.tenant, number, pack, sight.tenants, visit.who)
                _run(visit, number, pack, sight)
            case "go_on":
                if found.begun_at is None or found.ended_at is not None:
                    raise Conflict("there is nothing to go on with", code="release.begun")
                _run(visit, number, await _pack(visit, found), sight)
            case _:
                raise Invalid("nothing was asked", code="release.text", param="do")
    except EnsceneError as error:
        return await _one(visit, error)
    return visit.go(f"/operator/releases/{found.ref}")


def _run(visit: Visit, number: UUID, pack: Pack | None, sight: Sight) -> None:
    """In the background of this process; once at a time for one release."""
    pool, tenant = visit.console.pool, visit.tenant

    async def bring() -> None:
        while await go_on(pool, tenant, number, pack, sight.tenants):
            pass

    visit.console.background.begin(f"release {number}", bring)


async def _pack(visit: Visit, found: Release) -> Pack | None:
    if found.what == PLATFORM:
        return None
    return (await visit.console.templates()).get(found.what)


async def _sight(visit: Visit) -> Sight:
    named = visit.console.settings.operator or os.environ.get("ENSCENE_OPERATOR") or None
    return await sight_of(visit.console.pool, visit.tenant, named)


async def _list(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, sight = visit.console.pool, await _sight(visit)
    packs = (await visit.console.templates()).packs
    versions = await list_versions(pool, sight.tenants)
    return visit.page(
        "releases.html", 200 if error is None else status_of(error), sight=sight,
        found=await list_releases(pool, visit.tenant), packs=packs, platform=PLATFORM,
        rows=[
            (pack, [each for each in versions if each.pack == pack.id])
            for pack in packs.values()
        ],
        typed={name: visit.field(name) if error else "" for name in TYPED},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=error.param if error else None,
    )  # fmt: skip


async def _one(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, sight = visit.console.pool, await _sight(visit)
    number = release_id(visit.path("release"))
    found, targets = await read_release(pool, visit.tenant, number)
    names = {tenant.id: tenant for tenant in sight.tenants}
    tickets = await list_tickets(pool, list(names))
    return visit.page(
        "release.html", 200 if error is None else status_of(error), sight=sight, found=found,
        targets=targets[:SHOWN_MOST], names=names, platform=PLATFORM,
        tied=[each for each in tickets if each.release == number],
        wishes=[
            each for each in tickets
            if each.release is None and each.kind == "wish" and each.state in ("open", "waiting")
        ],
        running=visit.console.background.is_running(f"release {number}"),
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
    )  # fmt: skip
