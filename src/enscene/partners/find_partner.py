"""Find partners: by number, by their access key, all of a bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.errors import Unauthenticated
from enscene.partners import store
from enscene.partners.partner import Partner, access_of, not_found, partner_of
from enscene.tenants import list_tenants

LISTED = 500
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage that a partner went through. `days` is how long it was in it, until now for the
    last one; to a tenth."""

    stage: str
    at: datetime
    days: float
    who: str
    why: str


async def read_partner(
    connection: store.Connection, tenant: int, partner: UUID, *, lock: bool = False
) -> Partner:
    """Raises: NotFound."""
    row = await store.read(connection, tenant, partner, lock=lock)
    if row is None:
        raise not_found()
    return partner_of(row)


async def get_partner(pool: store.Pool, tenant: int, partner: UUID) -> Partner:
    """The same, in a transaction of its own. Raises: NotFound."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await read_partner(connection, tenant, partner)


async def partner_of_access(pool: store.Pool, key: str) -> Partner:
    """Whoever holds the access key. Raises: Unauthenticated("partner.access")."""
    found = access_of(key)
    row = None
    if found is not None:
        tenant, digest = found
        async with store.admitted(pool, tenant, readonly=True) as connection:
            row = await store.read_by_access(connection, tenant, digest)
    if row is None:
        raise Unauthenticated(
            "the access key is not known",
            code="partner.access",
            hint="send Authorization: Bearer epk_…, as it was told when you signed up",
        )
    return partner_of(row)


async def partner_behind(pool: store.Pool, tenant: int, app: int) -> Partner | None:
    """The partner whose application it is, live or in the sandbox, of whatever bank; None for an
    application that is nobody's but the tenant's."""
    banks = [each.id for each in await list_tenants(pool)]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, banks)
        row = await store.read_by_app(connection, tenant, app)
    return None if row is None else partner_of(row)


async def list_partners(
    pool: store.Pool, tenant: int, stages: Sequence[str] | None = None
) -> list[Partner]:
    """The partners of a bank, newest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.list_partners(connection, tenant, stages, LISTED)
    return [partner_of(row) for row in rows]


async def read_stages(
    pool: store.Pool, tenant: int, partner: UUID | None = None
) -> dict[UUID, list[StageTime]]:
    """What each partner went through, with its days; of one partner or of all."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_stages(connection, tenant, partner)
    found: dict[UUID, list[StageTime]] = {}
    now = datetime.now(UTC)
    for number, row in enumerate(rows):
        after = rows[number + 1] if number + 1 < len(rows) else None
        ends = now if after is None or after["partner"] != row["partner"] else after["at"]
        spent = round((ends - row["at"]).total_seconds() / DAY_S, 1)
        if row["stage"] == "left":
            spent = 0.0
        told = StageTime(row["stage"], row["at"], max(0.0, spent), row["who"], row["why"])
        found.setdefault(row["partner"], []).append(told)
    return found


def days_of(stages: Sequence[StageTime]) -> dict[str, float]:
    """The days spent in each stage, over all times that it was entered."""
    days: dict[str, float] = {}
    for each in stages:
        days[each.stage] = round(days.get(each.stage, 0.0) + each.days, 1)
    return days
