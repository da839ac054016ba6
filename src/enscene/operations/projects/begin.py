"""A step begins, and its money becomes an outlay of the scene."""

from __future__ import annotations

from datetime import date
from typing import Any

from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.operations.projects import store
from enscene.operations.projects.gates import Step
from enscene.operations.scene_account import release_stage


async def locked(connection: operations_store.Connection, tenant: int, ref: str) -> Any:
    """The project's row, which nobody else changes meanwhile. Raises: NotFound."""
    row = await store.lock_project(connection, tenant, ref)
    if row is None:
        raise NotFound(f"there is no project {ref[:60]!r}", code="project.not_found")
    return row


async def begin(
    connection: operations_store.Connection, tenant: int, row: Any, step: Step, day: date,
    asked_by: str, approved_by: str,
) -> None:  # fmt: skip
    """Within the transaction that opened the gate before it."""
    minor = await store.begin_step(connection, tenant, row["id"], step, day)
    if minor:
        await release_stage(
            connection, tenant, row["scene"] or 0, day, minor, row["currency"],
            f"{row['name']} · {step}", row["id"], step, asked_by, approved_by,
        )  # fmt: skip
