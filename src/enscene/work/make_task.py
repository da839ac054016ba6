"""Make a task, route it, take it, end it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.work import capacity_store, store
from enscene.work.capacity import read_line
from enscene.work.route_task import NO_LINE, Need, route_task
from enscene.work.task import KINDS, Task, task_of

LISTED = 100
OPEN = ("open", "taken")
HANDS_MOST = 50


async def make_task(
    connection: store.Connection,
    tenant: int,
    kind: str,
    *,
    scene: int,
    customer: int,
    reason: str,
    need: Need,
    managers: Sequence[str],
    at: datetime,
    application: UUID | None = None,
    contract: str | None = None,
) -> Task | None:
    """A new task for the manager who has most room, or one that a machine has served already.

    None where the same follow-up is under way.
    """
    assert kind in KINDS, kind
    line = await read_line(connection, tenant, at) if need.is_small else NO_LINE
    route = route_task(need, managers, await store.read_loads(connection, tenant), line)
    row = await store.insert_task(
        connection, tenant, new_uuid(), kind, scene, customer, application, contract,
        need.points, reason, "automatic" if route.automatic else "open", route.staff,
        None, at, route.why, line.wait_s if route.why == "long_wait" else None,
    )  # fmt: skip
    if row is None:
        return None
    task = task_of(row)
    if task.staff is not None:
        await capacity_store.insert_hand(connection, tenant, task.id, None, task.staff, at)
    return task


async def find_waiting(
    connection: store.Connection, tenant: int, scene: int, customer: int, kind: str, reason: str
) -> Task | None:
    """What a customer waits for already, outside any application."""
    row = await store.find_waiting(connection, tenant, scene, customer, kind, reason)
    return None if row is None else task_of(row)


async def list_tasks(
    connection: store.Connection,
    tenant: int,
    *,
    states: Sequence[str] = OPEN,
    staff: str | None = None,
    application: UUID | None = None,
) -> list[Task]:
    """Those that are needed most first."""
    rows = await store.list_tasks(connection, tenant, states, staff, application, LISTED)
    return [task_of(row) for row in rows]


async def read_task(
    connection: store.Connection, tenant: int, task: UUID, *, lock: bool = False
) -> Task:
    """Raises: NotFound."""
    row = await store.read_task(connection, tenant, task, lock=lock)
    if row is None:
        raise NotFound("there is no such task", code="task.not_found")
    return task_of(row)


async def take_task(
    connection: store.Connection, tenant: int, task: UUID, staff: str, at: datetime
) -> Task:
    """Take a task on oneself; taking it twice is once.

    Raises: NotFound, Conflict (somebody else has it, or it is done).
    """
    known = await read_task(connection, tenant, task, lock=True)
    if known.state == "taken" and known.staff == staff:
        return known
    if known.state != "open":
        raise Conflict(
            "somebody else has taken it, or it is done",
            code="task.taken",
            facts={"staff": known.staff or ""},
        )
    if known.staff != staff:
        await capacity_store.insert_hand(connection, tenant, task, known.staff, staff, at)
    row = await store.update_task(connection, tenant, task, state="taken", staff=staff, taken_at=at)
    return task_of(row)


async def hand_task(
    connection: store.Connection, tenant: int, task: UUID, giver: str, taker: str,
    among: Sequence[str], at: datetime,
) -> Task:  # fmt: skip
    """Hand one's own task on to another of those `among` whom it can go to; it waits there until it is
    taken.

    Raises: NotFound, Forbidden (not one's own), Conflict (ended, handed on too often),
    Invalid("task.taker").
    """
    known = await read_task(connection, tenant, task, lock=True)
    if known.staff != giver or known.state not in OPEN:
        raise Forbidden("the task is another's, or has ended", code="task.not_own")
    if taker == giver or taker not in among:
        raise Invalid("another manager", code="task.taker", param="taker")
    if await capacity_store.count_hands(connection, tenant, task) >= HANDS_MOST:
        raise Conflict("it was handed on too often", code="task.hands")
    await capacity_store.insert_hand(connection, tenant, task, giver, taker, at)
    row = await store.update_task(
        connection, tenant, task, state="open", staff=taker, taken_at=None
    )
    return task_of(row)


async def end_task(
    connection: store.Connection, tenant: int, task: UUID, staff: str, result: str, at: datetime
) -> Task:
    """Say what came of it. Raises: NotFound, Forbidden (not one's own), Conflict (ended)."""
    known = await read_task(connection, tenant, task, lock=True)
    if known.staff != staff:
        raise Forbidden("the task is another's", code="task.not_own")
    if known.state not in OPEN:
        raise Conflict("the task has ended", code="task.ended")
    values: dict[str, Any] = {"state": "done", "result": result, "done_at": at}
    if known.replied_at is None:
        values["replied_at"] = at
    return task_of(await store.update_task(connection, tenant, task, **values))
