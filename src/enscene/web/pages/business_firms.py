"""Firms by list, in the operator's console: checked line by line, asked by one, begun by another."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import Conflict, EnsceneError, Invalid
from enscene.operations.firms import (
    LINES_MOST,
    Fault,
    FirmList,
    FirmOrder,
    ask_list,
    decide_list,
    go_on,
    list_id,
    list_lines,
    list_lists,
    read_list,
    take_up,
)
from enscene.tenants import LEVELS, Level
from enscene.tenants.plans import read_plans
from enscene.web.console import Console, Visit, member
from enscene.web.pages.business import AT, ROLE, sight
from enscene.web.problems import status_of
from enscene.web.read_upload import file_of

FIRMS = f"{AT}/firms"
FORM_BYTES = 2 * 1024 * 1024
TYPED = ("parent", "level", "title", "plan", "manager", "pack", "lines")
LINES_SHOWN = 200
LINE_STATES = ("failed", "waiting", "done", "known")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    ask_for = member(console, ask, ROLE, form_bytes=FORM_BYTES)
    return [
        Route(FIRMS, member(console, show, ROLE), methods=["GET"]),
        Route(FIRMS, ask_for, methods=["POST"]),
        Route(f"{FIRMS}/{{list}}", member(console, show_one, ROLE), methods=["GET"]),
        Route(f"{FIRMS}/{{list}}", member(console, act, ROLE), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """The lists, and a form for one more."""
    return await _page(visit, dict.fromkeys(TYPED, "") | {"plan": "joint"})


async def ask(visit: Visit) -> Response:
    """Ask for a list; what was typed stays, and every line that is wrong is told."""
    typed = {name: visit.field(name) for name in TYPED}
    faults: list[Fault] = []
    try:
        if sent := visit.field("file"):
            typed["lines"] = _text(file_of(sent))
        parent = (await sight(visit)).find(typed["parent"])
        level: Level = next((each for each in LEVELS if each == typed["level"]), "sub_tenant")
        order = FirmOrder(
            title=typed["title"], plan=typed["plan"], level=level, manager=typed["manager"],
            pack=typed["pack"],
        )  # fmt: skip
        packs = (await visit.console.templates()).packs
        number, faults = await ask_list(
            visit.console.pool, parent, order, typed["lines"], packs, visit.who
        )
    except EnsceneError as error:
        return await _page(visit, typed, error=error)
    if number is None:
        return await _page(visit, typed, faults=faults)
    found = await read_list(visit.console.pool, [parent.id], number)
    return visit.go(f"{FIRMS}/{found.ref}")


def _text(raw: bytes) -> str:
    """A file of a spreadsheet: UTF-8, or GB 18030 as Chinese ones write it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("this is no CSV", code="firms.head", param="lines")


async def show_one(visit: Visit) -> Response:
    """How far it is, and its lines."""
    return await _one(visit)


async def act(visit: Visit) -> Response:
    """Decide on it, go on where it was stopped, or try again what failed."""
    pool, seen = visit.console.pool, await sight(visit)
    ids = [each.id for each in seen.tenants]
    number = list_id(visit.path("list"))
    try:
        found = await read_list(pool, ids, number)
        match visit.field("do"):
            case "approve":
                await decide_list(pool, ids, number, visit.who, approve=True)
                await _run(visit, found)
            case "refuse":
                await decide_list(pool, ids, number, visit.who, approve=False)
            case "again":
                await take_up(pool, found)
                await _run(visit, found)
            case "go_on":
                if found.state != "running":
                    raise Conflict("there is nothing to go on with", code="firms.nothing")
                await _run(visit, found)
            case _:
                raise Invalid("nothing was asked", code="firms.nothing", param="do")
    except EnsceneError as error:
        return await _one(visit, error)
    return visit.go(f"{FIRMS}/{found.ref}")


async def _run(visit: Visit, found: FirmList) -> None:
    """In the background of this process; once at a time for one list."""
    pool, packs = visit.console.pool, (await visit.console.templates()).packs
    decided = await read_list(pool, [found.tenant], found.id)

    async def make() -> None:
        while await go_on(pool, decided, packs):
            pass

    visit.console.background.begin(f"firms {found.id}", make)


async def _page(
    visit: Visit, typed: dict[str, str], *, error: EnsceneError | None = None,
    faults: list[Fault] | None = None,
) -> Response:  # fmt: skip
    seen = await sight(visit)
    names = {tenant.id: tenant for tenant in seen.tenants}
    packs = (await visit.console.templates()).packs
    status = 200 if error is None else status_of(error)
    return visit.page(
        "business_firms.html", 422 if faults else status,
        sight=seen, names=names, lists=await list_lists(visit.console.pool, list(names)),
        typed=typed, faults=faults or [], wrong=error.param if error else None,
        said=_said(visit, error), plans=read_plans(), levels=LEVELS[1:], most=LINES_MOST,
        parents=[each for each in seen.tenants if each.state == "open" and each.level < 3],
        packs=sorted(packs.values(), key=lambda pack: visit.word(pack, "title")),
    )  # fmt: skip


async def _one(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, seen = visit.console.pool, await sight(visit)
    names = {tenant.id: tenant for tenant in seen.tenants}
    found = await read_list(pool, list(names), list_id(visit.path("list")))
    state = visit.ask("state") if visit.ask("state") in LINE_STATES else ""
    packs = (await visit.console.templates()).packs
    return visit.page(
        "business_list.html", 200 if error is None else status_of(error),
        sight=seen, names=names, found=found, state=state, states=LINE_STATES,
        plans=read_plans(), pack=packs.get(found.order.pack), most=LINES_SHOWN,
        lines=await list_lines(pool, found, state, LINES_SHOWN), said=_said(visit, error),
        running=visit.console.background.is_running(f"firms {found.id}"),
    )  # fmt: skip


def _said(visit: Visit, error: EnsceneError | None) -> str:
    return visit.t.problem(error.code, error.facts, error.detail) if error else ""
