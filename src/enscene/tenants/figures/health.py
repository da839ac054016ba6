"""How the installation is: the database, those who read the log, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from enscene.commit import admit
from enscene.tenants.figures import store
from enscene.tenants.store import Pool
from enscene.tenants.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Wait:
    """Deliveries of a tenant that are due, the oldest since `since`."""

    tenant: Tenant
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """`readers` are (name, shard, numbers of the log still before it); `runs` conformance runs that
    nobody has begun. `bytes` is the size of the database."""

    version: str
    bytes: int
    connections: int
    connections_most: int
    readers: Sequence[tuple[str, int, int]]
    deliveries: Sequence[Wait]
    runs: int


async def read_health(pool: Pool, tenants: Sequence[Tenant]) -> Health:
    """For who runs the installation: it tells of what all tenants share."""
    by_id = {tenant.id: tenant for tenant in tenants}
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, by_id)
        database = await store.read_database(connection)
        readers = [(name, shard, behind) for name, shard, behind in
                   await store.read_readers(connection)]  # fmt: skip
        waits = [
            Wait(by_id[tenant], count, since)
            for tenant, count, since in await store.read_deliveries(connection, by_id)
        ]
        runs = await store.count_runs(connection, by_id)
    version, size, used, most = database
    return Health(version, size, used, most, readers, waits, runs)
