"""Tasks of departments for a scene or a team: given, taken, handed over to others, ended. What lies
between being handed over and taken is the waiting between departments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.teamwork import store
from enscene.operations.teamwork.standard import DEPARTMENTS, Department, link_of
from enscene.operations.teamwork.texts import NAME_MOST, said

HANDS_MOST = 50
TASKS_MOST = 500


@dataclass(frozen=True, slots=True)
class Task:
    """`department` and `owner` are of who has it now (owner empty: nobody by name); `waits` since
    `handed_at` until somebody takes it. `hands` counts how often it was handed on."""

    id: UUID
    what: str
    department: Department
    owner: str
    due_on: date
    state: str
    result: str | None
    handed_at: datetime
    waits: bool
    hands: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """How often tasks of a scene went from one department to another, how long they waited there
    until they were taken, in seconds, and how many wait now."""

    giver: Department
    taker: Department
    times: int
    waited_s: int
    waiting: int

    @property
    def link(self) -> str | None:
        return link_of(self.giver, self.taker)


def department_of(name: str) -> Department:
    """Raises: Invalid("teamwork.department")."""
    if name not in DEPARTMENTS:
        raise Invalid("there is no such department", code="teamwork.department", param="department")
    return name


async def add_task(
    connection: store.Connection, tenant: int, what: str, department: str, owner: str, due_on: date,
    who: str, now: datetime, *, scene: int | None = None, team: UUID | None = None,
) -> UUID:  # fmt: skip
    """Within the caller's transaction. Raises: Invalid, Conflict("teamwork.tasks")."""
    unit = department_of(department)
    if len(owner) > NAME_MOST:
        raise Invalid(
            "at most 80 characters", code="teamwork.text", param="owner", facts={"most": NAME_MOST}
        )
    if await store.count_tasks(connection, tenant, scene, team) >= TASKS_MOST:
        raise Conflict("there are too many tasks", code="teamwork.tasks")
    task = new_uuid()
    await store.insert_task(
        connection, tenant, task, scene, team, said(what, "what"), due_on, who, now
    )
    await store.insert_hand(connection, tenant, task, 0, unit, owner.strip(), who, now)
    return task


def day_of(text: str) -> date:
    """Raises: Invalid (`due_on`)."""
    return parse_day(text, param="due_on")


async def _locked(connection: store.Connection, tenant: int, task: UUID) -> Any:
    row = await store.lock_task(connection, tenant, task)
    if row is None:
        raise NotFound("there is no such task", code="teamwork.no_task")
    if row["state"] != "open":
        raise Conflict("the task has ended", code="teamwork.task_ended")
    return row


async def take_task(source: operations_store.Source, tenant: int, task: UUID, who: str) -> None:
    """Take it for the department that has it; taking it twice is once. The owner is whoever takes.

    Raises: NotFound, Conflict("teamwork.task_ended", "teamwork.task_taken").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, task)
        if row["taken_at"] is not None:
            if row["owner"] == who:
                return
            raise Conflict("somebody has taken it", code="teamwork.task_taken")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.take_hand(connection, tenant, task, row["number"], row["owner"] or who, now)


async def hand_task(
    source: operations_store.Source, tenant: int, task: UUID, department: str, owner: str, who: str
) -> None:
    """Hand it to another department or person; it waits there until somebody takes it.

    Raises: NotFound, Conflict("teamwork.task_ended", "teamwork.hands"), Invalid.
    """
    unit = department_of(department)
    name = said(owner, "owner", NAME_MOST) if owner.strip() else ""
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, task)
        if row["number"] + 1 >= HANDS_MOST:
            raise Conflict("it was handed on too often", code="teamwork.hands")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.insert_hand(
            connection, tenant, task, row["number"] + 1, unit, name, who, now
        )  # fmt: skip


async def end_task(
    source: operations_store.Source, tenant: int, task: UUID, result: str, who: str
) -> None:
    """Say what came of it. Raises: NotFound, Conflict("teamwork.task_ended"), Invalid."""
    text = said(result, "result")
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, task)
        now = (await operations_store.read_clock(connection, tenant))["now"]
        if row["taken_at"] is None:
            await store.take_hand(connection, tenant, task, row["number"], row["owner"] or who, now)
        await store.end_task(connection, tenant, task, "done", text, who, now)


async def list_tasks(
    connection: store.Connection, tenant: int, *, scene: int | None = None, team: UUID | None = None
) -> tuple[Task, ...]:
    """Open ones first, by their day."""
    clock = await operations_store.read_clock(connection, tenant)
    today = local_day(clock["now"], clock["zone"])
    return tuple(
        Task(
            row["id"], row["what"], row["department"], row["owner"], row["due_on"], row["state"],
            row["result"], row["at"], row["state"] == "open" and row["taken_at"] is None,
            row["number"], row["state"] == "open" and row["due_on"] < today,
        )
        for row in await store.read_tasks(connection, tenant, scene, team)
    )  # fmt: skip


async def read_handed(connection: store.Connection, tenant: int, scene: int) -> tuple[Handed, ...]:
    """Those that waited longest first."""
    now = (await operations_store.read_clock(connection, tenant))["now"]
    return tuple(Handed(*row) for row in await store.read_handed(connection, tenant, scene, now))


async def where_of(
    source: operations_store.Source, tenant: int, task: UUID
) -> tuple[str | None, str | None]:
    """Reference of the scene, or of the team, that a task is of. Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        row = await store.read_where(connection, tenant, task)
    if row is None:
        raise NotFound("there is no such task", code="teamwork.no_task")
    return row[0], row[1]
