"""What operators ask for tenants: made, put on another plan, closed, helped; decided by another."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Forbidden
from enscene.operations.tenancy import (
    Ask,
    Decided,
    TenantOrder,
    ask_close,
    ask_help,
    ask_open,
    ask_plan,
    decide_ask,
    faults_in,
    list_asks,
    preview_of,
)
from enscene.operations.tenancy.ask import ask_id
from enscene.tenants import LEVELS, Tenant
from enscene.tenants.figures import Sight
from enscene.tenants.plans import read_plans
from enscene.web.console import Console, Visit, member
from enscene.web.pages.operator import ROLE, sight_of_visit, tenant_page
from enscene.web.problems import status_of

ASKS, NEW = "/operator/asks", "/operator/new"
TYPED = ("parent", "level", "ref", "name", "plan", "manager", "pack")
DECIDED_MOST = 20


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    one = "/operator/tenants/{ref}"
    return [
        Route(NEW, member(console, show_new, ROLE), methods=["GET"]),
        Route(NEW, member(console, ask_new, ROLE), methods=["POST"]),
        Route(ASKS, member(console, show, ROLE), methods=["GET"]),
        Route(f"{ASKS}/{{ask}}", member(console, decide, ROLE), methods=["POST"]),
        Route(f"{one}/plan", member(console, plan, ROLE), methods=["POST"]),
        Route(f"{one}/close", member(console, close, ROLE), methods=["POST"]),
        Route(f"{one}/people", member(console, people, ROLE), methods=["POST"]),
    ]


async def show_new(visit: Visit) -> Response:
    """A form for a new tenant, below the one that the address names."""
    typed = dict.fromkeys(TYPED, "") | {"plan": "joint", "parent": visit.ask("parent")}
    return await _form(visit, await sight_of_visit(visit), typed)


async def ask_new(visit: Visit) -> Response:
    """Ask for it; what was typed stays, and what is wrong is told beside its field."""
    sight = await sight_of_visit(visit)
    typed = {name: visit.field(name) for name in TYPED}
    packs = (await visit.console.templates()).packs
    pool = visit.console.pool
    try:
        parent = sight.find(typed["parent"]) if typed["parent"] else None
        if parent is None and not sight.whole:
            raise Forbidden("choose whom it is below", code="tenancy.parent", param="parent")
        level = next((each for each in LEVELS if each == typed["level"]), None)
        order = TenantOrder(
            ref=typed["ref"], name=typed["name"], plan=typed["plan"], level=level,
            manager=typed["manager"], pack=typed["pack"],
        )  # fmt: skip
        faults = await faults_in(pool, order, parent, packs)
        if not faults:
            await ask_open(pool, visit.tenant, order, parent, packs, visit.who)
    except EnsceneError as error:
        faults = [error]
    return await _form(visit, sight, typed, faults) if faults else visit.go(ASKS)


async def _form(
    visit: Visit, sight: Sight, typed: dict[str, str], faults: list[EnsceneError] | None = None
) -> Response:
    faults = faults or []
    told = {each.param if each.param in TYPED else "": _said(visit, each) for each in faults}
    packs = (await visit.console.templates()).packs
    return visit.page(
        "operator_new.html", status_of(faults[0]) if faults else 200,
        sight=sight, typed=typed, faults=told, plans=read_plans(), levels=LEVELS,
        parents=[each for each in sight.tenants if each.state == "open" and each.level < 3],
        packs=sorted(packs.values(), key=lambda pack: visit.word(pack, "title")),
    )  # fmt: skip


async def show(visit: Visit) -> Response:
    """What waits with what it would come to, and what was decided."""
    return await _page(visit)


async def decide(visit: Visit) -> Response:
    """A second operator agrees, or not; a first password is told on this page and nowhere else."""
    sight = await sight_of_visit(visit)
    try:
        done = await decide_ask(
            visit.console.pool, sight, visit.tenant, ask_id(visit.path("ask")), visit.who,
            approve=visit.field("decision") == "approve",
            packs=(await visit.console.templates()).packs,
        )  # fmt: skip
    except EnsceneError as error:
        return await _page(visit, error=error)
    return await _page(visit, told=done) if done.password else visit.go(ASKS)


async def _page(
    visit: Visit, *, error: EnsceneError | None = None, told: Decided | None = None
) -> Response:
    pool = visit.console.pool
    sight = await sight_of_visit(visit)
    names = {tenant.id: tenant for tenant in sight.tenants}
    found = await list_asks(pool, [*names, visit.tenant])
    waiting = [each for each in found if each.state == "asked"]
    return visit.page(
        "operator_asks.html", 200 if error is None else status_of(error),
        sight=sight, names=names, plans=read_plans(), told=told,
        waiting=[(each, await preview_of(pool, each), _may(visit, sight, each)) for each in waiting],
        decided=[each for each in found if each.state != "asked"][:DECIDED_MOST],
        zone=(await visit.read_clock())["zone"], said=_said(visit, error) if error else "",
    )  # fmt: skip


def _may(visit: Visit, sight: Sight, ask: Ask) -> bool:
    """Whether whoever looks may approve it: as somebody else, from above."""
    return ask.asked_by != visit.who and (
        sight.whole or ask.act == "open" or ask.tenant != visit.tenant
    )


async def plan(visit: Visit) -> Response:
    """Ask for another plan."""
    tenant = await _theirs(visit)
    try:
        await ask_plan(
            visit.console.pool, tenant, visit.field("plan"), visit.field("manager"), visit.who
        )
    except EnsceneError as error:
        return await _again(visit, "plan", error)
    return visit.go(ASKS)


async def close(visit: Visit) -> Response:
    """Ask for its end."""
    tenant = await _theirs(visit)
    try:
        await ask_close(visit.console.pool, tenant, visit.who)
    except EnsceneError as error:
        return await _again(visit, "close", error)
    return visit.go(ASKS)


async def people(visit: Visit) -> Response:
    """Ask to help the tenant's people, who cannot help themselves."""
    tenant = await _theirs(visit)
    try:
        await ask_help(
            visit.console.pool, tenant, visit.field("act"), visit.field("login").lower(),
            visit.field("name"), visit.who,
        )  # fmt: skip
    except EnsceneError as error:
        return await _again(visit, "people", error)
    return visit.go(ASKS)


async def _theirs(visit: Visit) -> Tenant:
    sight = await sight_of_visit(visit)
    tenant = sight.find(visit.path("ref"))
    if tenant.id == visit.tenant and not sight.whole:
        raise Forbidden("one's own tenant is looked after from above", code="tenancy.own")
    return tenant


async def _again(visit: Visit, form: str, error: EnsceneError) -> Response:
    """The page of the tenant with what was typed, and what was wrong with it."""
    fault: dict[str, Any] = {"form": form, "said": _said(visit, error), "param": error.param}
    return await tenant_page(visit, fault, status_of(error))


def _said(visit: Visit, error: EnsceneError) -> str:
    return visit.t.problem(error.code, error.facts, error.detail)
