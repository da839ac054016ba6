"""Who answers for what in a scene: its six parties, and what departments have to do for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations.copying import BEFORE_LIVE
from enscene.operations.teamwork import (
    CELLS,
    DEPARTMENTS,
    MODES,
    PARTIES,
    add_to_scene,
    choose_standard,
    end_task,
    fill_party,
    hand_task,
    read_division,
    read_standard,
    take_task,
    where_of,
)
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.scene import open_view
from enscene.web.problems import status_of

AT = "/teamwork/scenes"
TASK = ("what", "department", "owner", "due_on", "result")


def routes(console: Console) -> list[Route]:
    """The routes of this page: staff read, the scene team writes."""
    one = f"{AT}/{{ref}}"
    return [
        Route(one, member(console, show, *STAFF), methods=["GET"]),
        Route(f"{one}/{{act}}", member(console, act, "scene_team"), methods=["POST"]),
        Route(f"{one}/tasks/{{task}}/{{act}}", member(console, move, "scene_team"),
              methods=["POST"]),
    ]  # fmt: skip


async def show(visit: Visit) -> Response:
    """The parties of a scene. Raises: NotFound."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None, party: str = "") -> Response:
    view = await open_view(visit)
    division = await read_division(visit.console.pool, visit.tenant, view.card.ref)
    standard = read_standard()
    usual = standard.modes[division.mode] if division.mode else {}
    own = {(side.party, cell): side.cells[cell].zh for side in division.sides for cell in side.own}
    typed = {f"{side}.{cell}": own.get((side, cell), "") for side in PARTIES for cell in CELLS}
    if error and party:
        typed |= {f"{party}.{cell}": visit.field(cell) for cell in CELLS}
    return view.page(
        "teamwork_scene.html", "parties", 200 if error is None else status_of(error),
        division=division, standard=standard, modes=MODES, cells=CELLS, typed=typed, failed=party,
        before_live=view.card.state in BEFORE_LIVE,
        usual=usual, word=lambda words: getattr(words, visit.language),
        **task_form(visit, error if not party else None), said=told_of(visit, error),
        wrong=visit.t.field("teamwork", error.param) if error else "",
    )  # fmt: skip


def told_of(visit: Visit, error: EnsceneError | None) -> str:
    """What was refused, in words; empty for nothing."""
    return visit.t.problem(error.code, error.facts, error.detail) if error else ""


def task_form(visit: Visit, error: EnsceneError | None) -> dict[str, Any]:
    """What the list of tasks and its form ask for."""
    return {
        "departments": read_standard().departments, "department_names": DEPARTMENTS,
        "task": {name: visit.field(name) if error else "" for name in TASK},
    }  # fmt: skip


async def act(visit: Visit) -> Response:
    """Choose the standard, fill a party, add a task; what is refused is said on the page."""
    pool, tenant, ref, who = visit.console.pool, visit.tenant, visit.path("ref"), visit.who
    party = ""
    try:
        match visit.path("act"):
            case "choose":
                await choose_standard(pool, tenant, ref, visit.field("mode"), who)
            case "parties":
                party = visit.field("party")
                cells: dict[str, str] = {cell: visit.field(cell) for cell in CELLS}
                await fill_party(pool, tenant, ref, party, cells, who)
            case "tasks":
                await add_to_scene(
                    pool, tenant, ref, visit.field("what"), visit.field("department"),
                    visit.field("owner"), visit.field("due_on"), who,
                )  # fmt: skip
            case _:
                raise NotFound("there is no such page", code="scene.not_found")
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error, party if party in PARTIES else "")
    return visit.go(f"{AT}/{ref}{f'#{party}' if party else ''}")


async def move(visit: Visit) -> Response:
    """Take, hand on or end a task of the scene."""
    try:
        await move_task(visit, scene=visit.path("ref"))
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/{visit.path('ref')}#tasks")


async def move_task(visit: Visit, *, scene: str | None = None, team: str | None = None) -> None:
    """What is done with the task of the path, which is of this scene or team.

    Raises: NotFound, Conflict, Invalid.
    """
    pool, tenant, who = visit.console.pool, visit.tenant, visit.who
    try:
        task = UUID(visit.path("task"))
    except ValueError:
        raise NotFound("there is no such task", code="teamwork.no_task") from None
    if await where_of(pool, tenant, task) != (scene, team):
        raise NotFound("there is no such task", code="teamwork.no_task")
    match visit.path("act"):
        case "take":
            await take_task(pool, tenant, task, who)
        case "hand":
            await hand_task(
                pool, tenant, task, visit.field("department"), visit.field("owner"), who
            )
        case "end":
            await end_task(pool, tenant, task, visit.field("result"), who)
        case _:
            raise NotFound("there is no such button", code="teamwork.no_task")
