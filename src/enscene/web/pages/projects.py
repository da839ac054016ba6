"""Projects: how far what is to become a scene has come, what its gates ask for and have released."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import list_scenes
from enscene.operations.indicators import read_catalogue
from enscene.operations.planning import list_entries
from enscene.operations.projects import (
    DEPARTMENTS,
    LEVELS,
    STEPS,
    USED_FROM,
    Plan,
    PlannedStep,
    PlannedTarget,
    approve_project,
    ask_gate,
    close_risk,
    decide_gate,
    enter_risk,
    format_value,
    list_projects,
    measurable,
    plan_project,
    read_project,
    tie_scene,
)
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

AT = "/projects"
TARGET_ROWS = 4


def routes(console: Console) -> list[Route]:
    """The routes of these pages: the scene team plans and asks, approvers decide."""
    one = f"{AT}/{{ref}}"
    return [
        Route(AT, member(console, show_all, *STAFF), methods=["GET"]),
        Route(AT, member(console, plan, "scene_team"), methods=["POST"]),
        Route(one, member(console, show, *STAFF), methods=["GET"]),
        Route(f"{one}/{{act:path}}", member(console, act, "scene_team", "approver"),
              methods=["POST"]),
    ]  # fmt: skip


async def show_all(visit: Visit) -> Response:
    """All projects, and a form for another."""
    return await _list(visit)


async def _list(visit: Visit, error: EnsceneError | None = None) -> Response:
    found = await list_projects(visit.console.pool, visit.tenant)
    stopped = [each for each in found if each.is_stopped]
    candidates = [each for each in await list_entries(visit.console.pool, visit.tenant, {})
                  if each.state == "candidate"]  # fmt: skip
    chosen = next((each for each in candidates if each.ref == visit.ask("entry")), None)
    begun = {} if chosen is None else {
        "entry": chosen.ref, "ref": chosen.ref, "name": chosen.content.name,
        "owner": chosen.content.owner,
    }  # fmt: skip
    names = ["ref", "name", "owner", "entry"]
    names += [f"{step}.{what}" for step in STEPS for what in ("amount", "owner", "department")]
    names += [f"target{n}.{what}" for n in range(TARGET_ROWS)
              for what in ("step", "indicator", "month", "least")]  # fmt: skip
    return visit.page(
        "projects.html", 200 if error is None else status_of(error),
        projects=found, stopped=stopped, candidates=candidates, steps=STEPS, departments=read_catalogue().owners,
        usual=DEPARTMENTS, used=STEPS[STEPS.index(USED_FROM):], indicators=measurable(),
        rows=range(TARGET_ROWS), clock=await visit.read_clock(),
        typed={name: visit.field(name) if error else begun.get(name, "") for name in names},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=visit.t.field("projects", error.param) if error else "",
    )  # fmt: skip


async def plan(visit: Visit) -> Response:
    """Write a plan down; nothing is lost of what was typed when it cannot be."""
    steps: dict[str, PlannedStep] = {
        step: PlannedStep(
            visit.field(f"{step}.amount").strip() or "0", visit.field(f"{step}.owner"),
            visit.field(f"{step}.department"),
        )
        for step in STEPS
    }  # fmt: skip
    targets = [
        PlannedTarget(*(visit.field(f"target{n}.{what}")
                        for what in ("step", "indicator", "month", "least")))
        for n in range(TARGET_ROWS)
        if visit.field(f"target{n}.least").strip()
    ]  # fmt: skip
    order = Plan(visit.field("ref"), visit.field("name"), visit.field("owner"), "", steps, targets,
                 visit.field("entry"))  # fmt: skip
    try:
        ref = await plan_project(visit.console.pool, visit.tenant, order, visit.who)
    except EnsceneError as error:
        return await _list(visit, error)
    return visit.go(f"{AT}/{ref}")


async def show(visit: Visit) -> Response:
    """One project. Raises: NotFound."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    project = await read_project(visit.console.pool, visit.tenant, visit.path("ref"))
    scenes = []
    if project.scene is None:
        taken = {p.scene for p in await list_projects(visit.console.pool, visit.tenant)}
        scenes = [c for c in await list_scenes(visit.console.pool, visit.tenant)
                  if c.id not in taken]  # fmt: skip
    names = ("reason", "level", "what", "owner", "answer")
    return visit.page(
        "project.html", 200 if error is None else status_of(error),
        project=project, levels=LEVELS, scenes=scenes, departments=read_catalogue().owners,
        indicators=measurable(), clock=await visit.read_clock(),
        told=lambda name, value: format_value(value, measurable()[name], project.currency),
        typed={name: visit.field(name) if error else "" for name in names},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
    )  # fmt: skip


async def act(visit: Visit) -> Response:
    """What is done with a project; what is refused is said on its page."""
    pool, tenant, ref, who = visit.console.pool, visit.tenant, visit.path("ref"), visit.who
    words = visit.path("act").split("/")
    decides = words[0] in ("approve", "pass", "refuse")
    if not visit.session.allows("approver" if decides else "scene_team") and words[0] != "risks":
        raise NotFound("there is no such page", code="project.not_found")
    try:
        match words:
            case ["approve"]:
                await approve_project(pool, tenant, ref, who)
            case ["ask"]:
                await ask_gate(pool, tenant, ref, visit.field("reason"), who)
            case ["pass" | "refuse" as verdict]:
                await decide_gate(pool, tenant, ref, who, let_pass=verdict == "pass")
            case ["scene"]:
                await tie_scene(pool, tenant, ref, visit.field("scene"))
            case ["risks"]:
                await enter_risk(
                    pool, tenant, ref, visit.field("level"), visit.field("what"),
                    visit.field("owner"), who,
                )  # fmt: skip
            case ["risks", risk, "close"]:
                await close_risk(pool, tenant, ref, _number(risk), visit.field("answer"), who)
            case _:
                raise NotFound("there is no such page", code="project.not_found")
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/{ref}")


def _number(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such risk", code="project.no_risk") from None
