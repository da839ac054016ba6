"""Trainings with attendance and results, and experts who can be asked: tabs of working together."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import list_scenes
from enscene.operations.knowledge import (
    AUDIENCES,
    Course,
    add_expert,
    ask_expert,
    end_expert,
    enter_person,
    find_experts,
    list_records,
    list_trainings,
    plan_training,
    read_training,
    record_result,
)
from enscene.operations.projects import list_projects
from enscene.operations.voices import Asked, list_voices, read_voice
from enscene.shelf.product import KINDS
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

TRAININGS, EXPERTS = "/teamwork/trainings", "/teamwork/experts"
COURSE = ("scene", "title", "held_on", "audience", "places", "skill")
EXPERT = ("name", "login", "vertical", "knows")
QUESTIONS = 20


def routes(console: Console) -> list[Route]:
    """The routes of these pages: staff read, the scene team writes, approvers ask too."""
    one = f"{TRAININGS}/{{training}}"
    return [
        Route(TRAININGS, member(console, show_trainings, *STAFF), methods=["GET"]),
        Route(TRAININGS, member(console, plan, "scene_team"), methods=["POST"]),
        Route(one, member(console, show_training, *STAFF), methods=["GET"]),
        Route(f"{one}/{{act}}", member(console, act, "scene_team"), methods=["POST"]),
        Route(EXPERTS, member(console, show_experts, *STAFF), methods=["GET"]),
        Route(EXPERTS, member(console, add, "scene_team"), methods=["POST"]),
        Route(f"{EXPERTS}/{{expert}}/ask", member(console, ask, "scene_team", "approver"),
              methods=["POST"]),
        Route(f"{EXPERTS}/{{expert}}/end", member(console, end, "scene_team"), methods=["POST"]),
    ]  # fmt: skip


def _told(visit: Visit, error: EnsceneError | None) -> dict[str, str | None]:
    said = visit.t.problem(error.code, error.facts, error.detail) if error else ""
    return {"said": said, "wrong": visit.t.field("knowledge", error.param) if error else ""}


def _count(text: str) -> int:
    """-1 for anything that is no small whole number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1


async def show_trainings(visit: Visit) -> Response:
    """Trainings of all scenes, what people have of them, and a form for another."""
    return await _trainings(visit)


async def _trainings(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    return visit.page(
        "knowledge_trainings.html", 200 if error is None else status_of(error),
        tab="trainings", trainings=await list_trainings(pool, tenant), kinds=KINDS,
        records=await list_records(pool, tenant), audiences=AUDIENCES,
        scenes=[each for each in await list_scenes(pool, tenant) if each.state != "retired"],
        typed={name: visit.field(name) if error else "" for name in COURSE}, **_told(visit, error),
    )  # fmt: skip


async def plan(visit: Visit) -> Response:
    """Plan a training; nothing is lost of what was typed when it cannot be."""
    scene, title, held_on, audience, places, skill = map(visit.field, COURSE)
    course = Course(scene, title, held_on, audience, _count(places), skill or None)
    try:
        number = await plan_training(visit.console.pool, visit.tenant, course, visit.who)
    except EnsceneError as error:
        return await _trainings(visit, error)
    return visit.go(f"{TRAININGS}/{number}")


async def show_training(visit: Visit) -> Response:
    """One training with its people. Raises: NotFound."""
    return await _training(visit)


async def _training(visit: Visit, error: EnsceneError | None = None) -> Response:
    training = await read_training(visit.console.pool, visit.tenant, _number(visit, "training"))
    clock = await visit.read_clock()
    return visit.page(
        "knowledge_training.html", 200 if error is None else status_of(error),
        training=training, held=training.held_on <= local_day(clock["now"], clock["zone"]),
        own=visit.who.partition("@")[0], zone=clock["zone"],
        typed=visit.field("name") if error else "", **_told(visit, error),
    )  # fmt: skip


async def act(visit: Visit) -> Response:
    """Give somebody a place, or record a result; what is refused is said on the page."""
    pool, tenant, training = visit.console.pool, visit.tenant, _number(visit, "training")
    try:
        match visit.path("act"):
            case "people":
                await enter_person(pool, tenant, training, visit.field("name"), visit.who)
            case "results":
                result, score = visit.field("result"), visit.field("score")
                await record_result(
                    pool, tenant, training, visit.field("name"), visit.who,
                    attended=result != "absent",
                    passed={"passed": True, "failed": False}.get(result),
                    score=_count(score) if score else None,
                )  # fmt: skip
            case _:
                raise NotFound("there is no such page", code="training.not_found")
    except NotFound:
        raise
    except EnsceneError as error:
        return await _training(visit, error)
    return visit.go(f"{TRAININGS}/{training}")


async def show_experts(visit: Visit) -> Response:
    """Who knows a vertical; asked for a project, by it."""
    return await _experts(visit)


async def _experts(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    wanted = visit.ask("q")
    found = await find_experts(pool, tenant)
    known = {each.vertical: visit.t.known(f"sectors.{each.vertical}") or each.vertical
             for each in found}  # fmt: skip
    words = wanted.lower().split()
    shown = [
        each for each in found
        if all(word in f"{each.name} {each.vertical} {known[each.vertical]} {each.knows}".lower()
               for word in words)
    ]  # fmt: skip
    project = visit.field("project") or visit.ask("project")
    return visit.page(
        "knowledge_experts.html", 200 if error is None else status_of(error),
        tab="experts", experts=shown, known=known, q=wanted, every=len(found), project=project,
        projects=await list_projects(pool, tenant), sectors=visit.t.keys("sectors."),
        scenes=[each for each in await list_scenes(pool, tenant) if each.state != "draft"],
        questions=await list_voices(pool, tenant, Asked(kind="question"), QUESTIONS),
        zone=(await visit.read_clock())["zone"],
        typed={name: visit.field(name) if error else "" for name in EXPERT}, **_told(visit, error),
    )  # fmt: skip


async def add(visit: Visit) -> Response:
    """Say who knows a vertical."""
    name, login, vertical, knows = map(visit.field, EXPERT)
    try:
        await add_expert(
            visit.console.pool, visit.tenant, name, login or None, vertical, knows, visit.who
        )
    except EnsceneError as error:
        return await _experts(visit, error)
    return visit.go(EXPERTS)


async def ask(visit: Visit) -> Response:
    """Ask an expert; the question waits as a voice."""
    pool, tenant, expert = visit.console.pool, visit.tenant, _number(visit, "expert")
    try:
        voice = await ask_expert(
            pool, tenant, expert, visit.field("says"), visit.who,
            scene=visit.field("scene") or None, project=visit.field("project") or None,
        )  # fmt: skip
    except NotFound:
        raise
    except EnsceneError as error:
        return await _experts(visit, error)
    return visit.go(f"/voices/{(await read_voice(pool, tenant, voice)).ref}")


async def end(visit: Visit) -> Response:
    """They are asked no more."""
    await end_expert(visit.console.pool, visit.tenant, _number(visit, "expert"))
    return visit.go(EXPERTS)


def _number(visit: Visit, what: str) -> UUID:
    try:
        return UUID(visit.path(what))
    except ValueError:
        raise NotFound(f"there is no such {what}", code=f"{what}.not_found") from None
