"""Task teams of several units: formed in one step, with one joint figure, and closed again."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import list_scenes
from enscene.operations.projects import measurable
from enscene.operations.teamwork import (
    KINDS,
    TRIANGLE,
    Charter,
    Member,
    add_to_team,
    close_team,
    list_teams,
    note_in_team,
    open_team,
    read_team,
)
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.teamwork import move_task, task_form, told_of
from enscene.web.problems import status_of

AT = "/teamwork/teams"
CHARTER = ("ref", "kind", "name", "goal", "unit", "scene", "indicator", "month", "least")
MEMBER_ROWS = 8


def routes(console: Console) -> list[Route]:
    """The routes of these pages: staff read, the scene team writes."""
    one = f"{AT}/{{ref}}"
    return [
        Route(AT, member(console, show_all, *STAFF), methods=["GET"]),
        Route(AT, member(console, form, "scene_team"), methods=["POST"]),
        Route(one, member(console, show, *STAFF), methods=["GET"]),
        Route(f"{one}/{{act}}", member(console, act, "scene_team"), methods=["POST"]),
        Route(f"{one}/tasks/{{task}}/{{act}}", member(console, move, "scene_team"),
              methods=["POST"]),
    ]  # fmt: skip


async def show_all(visit: Visit) -> Response:
    """All teams, and a form for another."""
    return await _list(visit)


async def _list(visit: Visit, error: EnsceneError | None = None) -> Response:
    names = [*CHARTER, *(f"member{row}.{part}" for row in range(MEMBER_ROWS)
                         for part in ("name", "unit", "role"))]  # fmt: skip
    return visit.page(
        "teamwork_teams.html", 200 if error is None else status_of(error),
        teams=await list_teams(visit.console.pool, visit.tenant), kinds=KINDS, triangle=TRIANGLE,
        scenes=[each for each in await list_scenes(visit.console.pool, visit.tenant)
                if each.state not in ("draft", "retired")],
        indicators=measurable(), rows=range(MEMBER_ROWS), tab="teams",
        typed={name: visit.field(name) if error else "" for name in names},
        said=told_of(visit, error), wrong=visit.t.field("teamwork", error.param) if error else "",
    )  # fmt: skip


async def form(visit: Visit) -> Response:
    """Form a team; nothing is lost of what was typed when it cannot be."""
    members = []
    for row in range(MEMBER_ROWS):
        name, unit, role = (visit.field(f"member{row}.{part}") for part in ("name", "unit", "role"))
        if name or unit or role:
            members.append(Member(name, unit, _role(visit, role)))
    ref, kind, name, goal, unit, scene, indicator, month, least = map(visit.field, CHARTER)
    charter = Charter(ref, kind, name, goal, unit, scene, indicator, month, least, members)
    try:
        await open_team(visit.console.pool, visit.tenant, charter, visit.who)
    except EnsceneError as error:
        return await _list(visit, error)
    return visit.go(f"{AT}/{charter.ref}")


def _role(visit: Visit, typed: str) -> str:
    """A role of a triangle is picked by its name in the reader's language."""
    return next((each for each in TRIANGLE if visit.t(f"teamwork.roles.{each}") == typed), typed)


async def show(visit: Visit) -> Response:
    """One team. Raises: NotFound."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    team = await read_team(visit.console.pool, visit.tenant, visit.path("ref"))
    return visit.page(
        "teamwork_team.html", 200 if error is None else status_of(error),
        team=team, triangle=TRIANGLE, indicators=measurable(), clock=await visit.read_clock(),
        typed={name: visit.field(name) if error else "" for name in ("says", "link", "outcome")},
        **task_form(visit, error), said=told_of(visit, error), wrong=visit.t.field("teamwork", error.param) if error else "",
    )  # fmt: skip


async def act(visit: Visit) -> Response:
    """Note, give a task, close; what is refused is said on the page."""
    pool, tenant, ref, who = visit.console.pool, visit.tenant, visit.path("ref"), visit.who
    try:
        match visit.path("act"):
            case "notes":
                await note_in_team(
                    pool, tenant, ref, visit.field("says"), visit.field("link"), who
                )  # fmt: skip
            case "tasks":
                await add_to_team(
                    pool, tenant, ref, visit.field("what"), visit.field("department"),
                    visit.field("owner"), visit.field("due_on"), who,
                )  # fmt: skip
            case "close":
                await close_team(pool, tenant, ref, visit.field("outcome"), who)
            case _:
                raise NotFound("there is no such page", code="teamwork.no_team")
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/{ref}")


async def move(visit: Visit) -> Response:
    """Take, hand on or end a task of the team."""
    try:
        await move_task(visit, team=visit.path("ref"))
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/{visit.path('ref')}#tasks")
