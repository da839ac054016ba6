"""Another limit by four eyes: one asks, somebody else decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from enscene.commit import admit
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, NotFound
from enscene.tenants.quotas import store
from enscene.tenants.quotas.quota import What, check_most, check_what
from enscene.tenants.store import Pool, admitted


@dataclass(frozen=True, slots=True)
class Ask:
    """A limit that was asked for; `most` None: none at all."""

    tenant: int
    what: What
    most: int | None
    asked_by: str
    asked_at: datetime


async def ask_quota(pool: Pool, tenant: int, what: str, most: int | None, who: str) -> None:
    """Ask for another limit; what was asked for before is forgotten. Raises: Invalid."""
    async with admitted(pool, tenant) as connection:
        await store.insert_ask(connection, tenant, check_what(what), check_most(most), who)


async def decide_quota(pool: Pool, tenant: int, what: str, who: str, *, approve: bool) -> None:
    """Approve or reject it. Raises: NotFound("quota.no_ask"), Forbidden("quota.four_eyes")."""
    async with admitted(pool, tenant) as connection:
        asked = await store.lock_ask(connection, tenant, check_what(what))
        if asked is None:
            raise NotFound("nobody has asked for another limit", code="quota.no_ask")
        if not approve:
            await store.drop_ask(connection, tenant, what)
            return
        check_second(asked["asked_by"], who)
        await store.set_limit(connection, tenant, what, asked["most"], who)


@control("quota_second_person")
def check_second(asked_by: str, who: str) -> None:
    """Raises: Forbidden("quota.four_eyes")."""
    if asked_by == who:
        raise Forbidden("a limit is approved by somebody else", code="quota.four_eyes")


async def list_asks(pool: Pool, tenants: Collection[int]) -> list[Ask]:
    """What waits for a decision, oldest first."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        return [Ask(*row) for row in await store.read_asks(connection, tenants)]
