"""SQL of projects: their plans, risks, gates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.operations.store import Connection, Row

_PROJECT = """id, ref, name, owner, currency, scene, entry, state, planned_by, planned_at, approved_by,
 approved_at"""


async def insert_project(connection: Connection, tenant: int, *values: Any) -> bool:
    """id, ref, name, owner, currency, who, at. Whether the reference was free."""
    done = await connection.execute(
        "insert into project (tenant, id, ref, name, owner, currency, planned_by, planned_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant, ref) do nothing",
        tenant, *values,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def insert_steps(
    connection: Connection, tenant: int, project: UUID, rows: Sequence[tuple[str, str, str, int]]
) -> None:
    """step, owner, department, minor."""
    await connection.executemany(
        "insert into project_step (tenant, project, step, owner, department, minor) "
        "values ($1, $2, $3, $4, $5, $6)", [(tenant, project, *row) for row in rows],
    )  # fmt: skip


async def insert_targets(
    connection: Connection, tenant: int, project: UUID, rows: Sequence[tuple[str, str, date, int]]
) -> None:
    """step, indicator, month, least."""
    await connection.executemany(
        "insert into project_target (tenant, project, step, indicator, month, least) "
        "values ($1, $2, $3, $4, $5, $6)", [(tenant, project, *row) for row in rows],
    )  # fmt: skip


async def lock_project(connection: Connection, tenant: int, ref: str) -> Row | None:
    """A project; nobody else changes it meanwhile."""
    return await connection.fetchrow(
        f"select {_PROJECT} from project where tenant = $1 and ref = $2 for update", tenant, ref
    )


async def approve_project(
    connection: Connection, tenant: int, project: UUID, who: str, at: datetime
) -> None:
    await connection.execute(
        "update project set state = 'under_way', approved_by = $3, approved_at = $4 "
        "where tenant = $1 and id = $2", tenant, project, who, at,
    )  # fmt: skip


async def end_project(connection: Connection, tenant: int, project: UUID) -> None:
    await connection.execute(
        "update project set state = 'done' where tenant = $1 and id = $2", tenant, project
    )


async def set_scene(connection: Connection, tenant: int, project: UUID, scene: int) -> None:
    await connection.execute(
        "update project set scene = $3 where tenant = $1 and id = $2", tenant, project, scene
    )


async def read_of_scene(connection: Connection, tenant: int, scene: int) -> Row | None:
    """ref, state and the step that is under way, of the project of a scene."""
    return await connection.fetchrow(
        "select p.ref, p.state, s.step from project p left join project_step s "
        "on s.tenant = p.tenant and s.project = p.id and s.began_on is not null and s.passed_on is null "
        "where p.tenant = $1 and p.scene = $2", tenant, scene,
    )  # fmt: skip


async def begin_step(
    connection: Connection, tenant: int, project: UUID, step: str, day: date
) -> int:
    """Its money, in minor units."""
    minor: int = await connection.fetchval(
        "update project_step set began_on = $4 where tenant = $1 and project = $2 and step = $3 "
        "returning minor", tenant, project, step, day,
    )  # fmt: skip
    return minor


async def pass_step(
    connection: Connection, tenant: int, project: UUID, step: str, day: date
) -> None:
    await connection.execute(
        "update project_step set passed_on = $4 where tenant = $1 and project = $2 and step = $3",
        tenant, project, step, day,
    )  # fmt: skip


async def insert_gate(connection: Connection, tenant: int, *values: Any) -> None:
    """id, project, step, reason, who, at."""
    await connection.execute(
        "insert into project_gate (tenant, id, project, step, reason, asked_by, asked_at) "
        "values ($1, $2, $3, $4, $5, $6, $7)", tenant, *values,
    )  # fmt: skip


async def decide_gate(connection: Connection, tenant: int, *values: Any) -> None:
    """id, state, what shut it, who, at."""
    await connection.execute(
        "update project_gate set state = $3, shut_by = $4, decided_by = $5, decided_at = $6 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def insert_risk(connection: Connection, tenant: int, *values: Any) -> None:
    """id, project, level, what, owner, who, at."""
    await connection.execute(
        "insert into project_risk (tenant, id, project, level, what, owner, entered_by, entered_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)", tenant, *values,
    )  # fmt: skip


async def close_risk(connection: Connection, tenant: int, *values: Any) -> None:
    """id, who, at, answer."""
    await connection.execute(
        "update project_risk set closed_by = $3, closed_at = $4, answer = $5 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def read_projects(connection: Connection, tenant: int, ref: str | None) -> list[Row]:
    """The latest first."""
    found: list[Row] = await connection.fetch(
        f"select {_PROJECT}, (select s.ref from scene s where s.tenant = $1 and s.id = project.scene) "
        "as scene_ref, (select e.ref from scene_entry e where e.tenant = $1 and e.id = project.entry) "
        "as entry_ref from project where tenant = $1 and ($2::text is null or ref = $2) "
        "order by planned_at desc, id", tenant, ref,
    )  # fmt: skip
    return found


async def read_steps(connection: Connection, tenant: int, projects: Sequence[UUID]) -> list[Row]:
    found: list[Row] = await connection.fetch(
        "select project, step, owner, department, minor, began_on, passed_on from project_step "
        "where tenant = $1 and project = any($2)", tenant, projects,
    )  # fmt: skip
    return found


async def read_targets(connection: Connection, tenant: int, projects: Sequence[UUID]) -> list[Row]:
    found: list[Row] = await connection.fetch(
        "select project, step, indicator, month, least from project_target "
        "where tenant = $1 and project = any($2) order by month, indicator", tenant, projects,
    )  # fmt: skip
    return found


async def read_risks(connection: Connection, tenant: int, projects: Sequence[UUID]) -> list[Row]:
    found: list[Row] = await connection.fetch(
        "select project, id, level, what, owner, entered_by, entered_at, closed_by, closed_at, answer "
        "from project_risk where tenant = $1 and project = any($2) order by entered_at, id",
        tenant, projects,
    )  # fmt: skip
    return found


async def read_gates(connection: Connection, tenant: int, projects: Sequence[UUID]) -> list[Row]:
    found: list[Row] = await connection.fetch(
        "select project, id, step, state, reason, shut_by, asked_by, asked_at, decided_by, decided_at "
        "from project_gate where tenant = $1 and project = any($2) order by asked_at, id",
        tenant, projects,
    )  # fmt: skip
    return found


async def find_scene(connection: Connection, tenant: int, ref: str) -> int | None:
    """The number of a scene."""
    found: int | None = await connection.fetchval(
        "select id from scene where tenant = $1 and ref = $2", tenant, ref
    )
    return found
