"""Look at applications."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application, application_of
from enscene.kernel.errors import NotFound


async def read_application(
    connection: store.Connection,
    tenant: int,
    application: UUID,
    *,
    customer: int | None = None,
    scene: int | None = None,
    lock: bool = False,
) -> Application:
    """One application; with `customer` or `scene`, only if it is theirs. Raises: NotFound."""
    row = await store.read_application(connection, tenant, application, lock=lock)
    if row is None or customer not in (None, row["customer"]) or scene not in (None, row["scene"]):
        raise NotFound("there is no such application", code="application.not_found")
    return application_of(row)


async def list_applications(
    connection: store.Connection,
    tenant: int,
    *,
    scene: int | None = None,
    customer: int | None = None,
    state: str | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Application]:
    """The newest first."""
    rows = await store.list_applications(connection, tenant, scene, customer, state, before, limit)
    return [application_of(row) for row in rows]
