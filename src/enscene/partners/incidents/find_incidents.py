"""Find incidents: one of a partner's, all of a partner."""

from __future__ import annotations

from uuid import UUID

from enscene.partners import store
from enscene.partners.incidents import store as incidents_sql
from enscene.partners.incidents.incident import Incident, Step, incident_not_found

LISTED = 100


async def read_incident(
    connection: store.Connection, tenant: int, partner: UUID, incident: UUID, *, lock: bool = False
) -> Incident:
    """Raises: NotFound, for another partner's too."""
    row = await incidents_sql.read(connection, tenant, incident, lock=lock)
    if row is None or row["partner"] != partner:
        raise incident_not_found()
    [found] = await _with_steps(connection, tenant, [row])
    return found


async def get_incident(pool: store.Pool, tenant: int, partner: UUID, incident: UUID) -> Incident:
    """The same, in a transaction of its own. Raises: NotFound."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await read_incident(connection, tenant, partner, incident)


async def list_incidents(pool: store.Pool, tenant: int, partner: UUID) -> list[Incident]:
    """Those of a partner: open ones first, then the newest."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await incidents_sql.list_incidents(connection, tenant, partner, LISTED)
        return await _with_steps(connection, tenant, rows)


async def count_open(pool: store.Pool, tenant: int) -> dict[UUID, int]:
    """How many are open, by partner."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await incidents_sql.count_open(connection, tenant)


async def _with_steps(
    connection: store.Connection, tenant: int, rows: list[store.Row]
) -> list[Incident]:
    steps: dict[UUID, list[Step]] = {}
    for row in await incidents_sql.list_steps(connection, tenant, [row["id"] for row in rows]):
        steps.setdefault(row["incident"], []).append(Step(*list(row)[1:-1]))
    return [Incident(**dict(row), steps=tuple(steps.get(row["id"], ()))) for row in rows]
