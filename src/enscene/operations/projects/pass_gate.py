"""Pass a gate: one person asks, another lets through what is open, or grants an exception."""

from __future__ import annotations

from typing import Any

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.planning import take_scene
from enscene.operations.projects import store
from enscene.operations.projects.begin import begin, locked
from enscene.operations.projects.gates import STEPS
from enscene.operations.projects.plan import check_other
from enscene.operations.projects.project import Project, read_project
from enscene.operations.scene_account import move_releases

REASON_MOST = 500


async def ask_gate(
    source: operations_store.Source, tenant: int, ref: str, reason: str, who: str
) -> None:
    """Ask that the step under way be passed. `reason` is needed where the gate is shut: it says why
    an exception should be granted.

    Raises: NotFound, Conflict("project.not_under_way", "project.asked", "project.shut"), Invalid.
    """
    said = reason.strip()
    if len(said) > REASON_MOST:
        raise Invalid("at most 500 characters", code="project.reason", param="reason")
    async with operations_store.writing(source, tenant) as connection:
        row = await locked(connection, tenant, ref)
        project = await _under_way(connection, tenant, ref)
        if project.asked is not None:
            raise Conflict("the gate waits for a second person", code="project.asked")
        check_open(project.shut_by, said)
        assert project.present is not None
        clock = await operations_store.read_clock(connection, tenant)
        await store.insert_gate(
            connection, tenant, new_uuid(), row["id"], project.present.step, said, who, clock["now"]
        )


async def decide_gate(
    source: operations_store.Source, tenant: int, ref: str, who: str, *, let_pass: bool
) -> None:
    """A second person passes the gate, by which the next step begins and its money is released, or
    refuses. What shuts it now is looked at again.

    Raises: NotFound, Conflict("project.not_asked", "project.shut"),
    Forbidden("project.second_person").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await locked(connection, tenant, ref)
        project = await _under_way(connection, tenant, ref)
        asked, now = project.asked, project.present
        if asked is None or now is None:
            raise Conflict("nobody asks to pass", code="project.not_asked")
        check_other(asked.asked_by, who)
        clock = await operations_store.read_clock(connection, tenant)
        shut = project.shut_by if let_pass else ()
        if let_pass:
            check_open(shut, asked.reason)
        await store.decide_gate(
            connection, tenant, asked.id, "passed" if let_pass else "refused", list(shut), who,
            clock["now"],
        )  # fmt: skip
        if not let_pass:
            return
        today = local_day(clock["now"], clock["zone"])
        await store.pass_step(connection, tenant, row["id"], now.step, today)
        number = STEPS.index(now.step) + 1
        if number == len(STEPS):
            await store.end_project(connection, tenant, row["id"])
        else:
            await begin(connection, tenant, row, STEPS[number], today, asked.asked_by, who)


@control("project_gate_open")
def check_open(shut_by: tuple[str, ...], reason: str) -> None:
    """A shut gate needs a reason for an exception. Raises: Conflict("project.shut")."""
    if shut_by and not reason:
        raise Conflict(
            "the gate is shut", code="project.shut", facts={"shut_by": list(shut_by)},
            hint="meet what is missing, or ask for an exception with a reason",
        )  # fmt: skip


async def _under_way(connection: Any, tenant: int, ref: str) -> Project:
    project = await read_project(connection, tenant, ref)
    if project.state != "under_way":
        raise Conflict("the project is not under way", code="project.not_under_way")
    return project


async def tie_scene(source: operations_store.Source, tenant: int, ref: str, scene: str) -> None:
    """Say which scene the project has become: targets are judged by its figures, and the money that
    was released is from now on its own. The candidate that it began from becomes the scene's entry in
    the register. Said once.

    Raises: NotFound, Conflict("project.has_scene", "project.scene_taken").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await locked(connection, tenant, ref)
        if row["scene"] is not None:
            raise Conflict("the project has a scene", code="project.has_scene")
        number = await store.find_scene(connection, tenant, scene)
        if number is None:
            raise NotFound(f"there is no scene {scene[:60]!r}", code="scene.not_found")
        if await store.read_of_scene(connection, tenant, number) is not None:
            raise Conflict("the scene is of another project", code="project.scene_taken")
        await store.set_scene(connection, tenant, row["id"], number)
        await move_releases(connection, tenant, row["id"], number)
        if row["entry"] is not None:
            await take_scene(connection, tenant, row["entry"], number, f"project:{ref}")


MOVES_FROM = {"pilot": "pilot", "live": "live"}
"""The step that must be under way, or passed, for a scene to be moved to a state."""


async def check_scene_move(
    connection: operations_store.Connection, tenant: int, scene: int, state: str
) -> None:
    """A scene goes no further than the gates of its project have let it.
    Raises: Conflict("project.scene_waits")."""
    needed = MOVES_FROM.get(state)
    row = None if needed is None else await store.read_of_scene(connection, tenant, scene)
    if row is None or needed is None or row["state"] == "done":
        return
    if row["step"] is None or STEPS.index(row["step"]) < STEPS.index(needed):
        raise Conflict(
            "the project of the scene has not come so far", code="project.scene_waits",
            facts={"project": row["ref"], "step": row["step"]},
        )  # fmt: skip
