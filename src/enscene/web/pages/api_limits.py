"""Limits of calls, by two people, and applications that a rule has blocked."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.operations import list_scenes
from enscene.partners.apis import ask_limit, decide_limit, list_limits
from enscene.partners.find_partner import list_partners
from enscene.partners.monitor import lift_block, list_blocks, read_watch
from enscene.tenants.apps import list_apps
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

ASKERS, DECIDER = ("scene_team", "approver"), "approver"
TYPED = ("target", "rate", "burst", "addresses", "why", "block")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/apis/limits", member(console, show, *STAFF), methods=["GET"]),
        Route("/apis/limits", member(console, change, *ASKERS), methods=["POST"]),
        Route("/apis/blocks", member(console, show_blocks, *STAFF), methods=["GET"]),
        Route("/apis/blocks", member(console, lift, DECIDER), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """What holds, what waits for a second person, and a form that asks."""
    return await _page(visit)


async def change(visit: Visit) -> Response:
    """Ask for another limit, or decide about one."""
    pool, tenant = visit.console.pool, visit.tenant
    kind, _, target = visit.field("target").partition(":")
    try:
        if visit.field("do") == "ask":
            await ask_limit(
                pool, tenant, kind, target, rate=_number(visit, "rate"),
                burst=_number(visit, "burst"),
                addresses=visit.field("addresses").replace(",", " ").split(), who=visit.who,
            )  # fmt: skip
        else:
            visit.need(DECIDER)
            approve = visit.field("do") == "approve"
            await decide_limit(pool, tenant, kind, target, visit.who, approve=approve)
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/apis/limits")


async def show_blocks(visit: Visit) -> Response:
    """Who is blocked, who was, and the rules."""
    return await _blocks(visit)


async def lift(visit: Visit) -> Response:
    """Let an application in again before its time."""
    try:
        block = UUID(visit.field("block"))
    except ValueError:
        raise NotFound("there is no such block", code="block.not_found") from None
    done: Coroutine[Any, Any, None] = lift_block(
        visit.console.pool, visit.tenant, block, who=visit.who, why=visit.field("why")
    )
    try:
        await done
    except NotFound:
        raise
    except EnsceneError as error:
        return await _blocks(visit, error)
    return visit.go("/apis/blocks")


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    in_force, asked = await list_limits(pool, tenant)
    apps, scenes = await list_apps(pool, tenant), await list_scenes(pool, tenant)
    titles = {("app", app.name): app.title for app in apps}
    titles |= {("scene", card.ref): card.name for card in scenes}
    return visit.page(
        "api_limits.html", 200 if error is None else status_of(error),
        in_force=[each for each in in_force if each.kind == "scene"], asked=asked, apps=apps,
        addresses={each.target: each.addresses for each in in_force if each.kind == "app"},
        by={each.target: each for each in in_force if each.kind == "app"},
        scenes=scenes, titles=titles, asks=visit.session.allows(*ASKERS),
        decides=visit.session.allows(DECIDER), zone=(await visit.read_clock())["zone"],
        said="" if error is None else visit.t.problem(error.code, error.facts, error.detail),
        typed={name: visit.field(name) if error else "" for name in TYPED},
    )  # fmt: skip


async def _blocks(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    watch = read_watch()
    return visit.page(
        "api_blocks.html", 200 if error is None else status_of(error),
        blocks=await list_blocks(pool, tenant), watch=watch,
        titles={rule.id: rule.title(visit.language) for rule in watch.rules},
        partners={each.id: each for each in await list_partners(pool, tenant)},
        decides=visit.session.allows(DECIDER), zone=(await visit.read_clock())["zone"],
        said="" if error is None else visit.t.problem(error.code, error.facts, error.detail),
        typed={name: visit.field(name) if error else "" for name in TYPED},
    )  # fmt: skip


def _number(visit: Visit, name: str) -> int:
    text = visit.field(name)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid("a whole number", code="limit.figure", param=name, facts={"most": 100_000})
    return int(text)
