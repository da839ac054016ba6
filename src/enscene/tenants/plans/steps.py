"""The delivery project of a tenant and the calendar of its care."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid
from enscene.tenants.plans import store
from enscene.tenants.store import Pool, admitted

TITLE_MOST, NOTE_MOST = 80, 500


@dataclass(frozen=True, slots=True)
class Step:
    """`title` is in both languages, or in the one in which somebody wrote it."""

    tenant: int
    kind: Literal["project", "care"]
    n: int
    title: str
    due: date
    done_at: datetime | None
    done_by: str | None
    note: str


async def list_steps(pool: Pool, tenants: Collection[int]) -> list[Step]:
    """All steps of these tenants, by day."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        return [Step(*row) for row in await store.read_steps(connection, tenants)]


async def plan_step(pool: Pool, tenant: int, kind: str, title: str, due: date) -> None:
    """One more step. Raises: Invalid("step.text")."""
    title = title.strip()
    if kind not in ("project", "care") or not 1 <= len(title) <= TITLE_MOST:
        raise Invalid(
            f"a step is of the project or of care, its title has 1 to {TITLE_MOST} characters",
            code="step.text",
            param="title",
        )
    async with admitted(pool, tenant) as connection:
        await store.insert_steps(connection, tenant, [(kind, title, due)])


async def finish_step(pool: Pool, tenant: int, kind: str, n: int, who: str, note: str = "") -> None:
    """Say that a step is done, and what came of it. Raises: Invalid, Conflict("step.done")."""
    if len(note) > NOTE_MOST:
        raise Invalid(f"a note has at most {NOTE_MOST} characters", code="step.text", param="note")
    async with admitted(pool, tenant) as connection:
        if not await store.finish_step(connection, tenant, kind, n, who, note):
            raise Conflict("there is no such step to be done", code="step.done")
