"""Limits: one of a tenant counts for all below it together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from enscene.commit import admit
from enscene.kernel.controls import control
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid, Refused
from enscene.tenants.quotas import store
from enscene.tenants.store import Connection, Pool, admitted
from enscene.tenants.tenant import Tenant, line_of, list_below

What: TypeAlias = Literal["scenes", "users", "apps", "calls_day"]
WHATS: tuple[What, ...] = ("scenes", "users", "apps", "calls_day")
MOST = 10**12


@dataclass(frozen=True, slots=True)
class Quota:
    """`most` of it may be used by `tenant` and all below it together (None: no limit); `used` is
    how much is. Users and applications count even while they are blocked; scenes until retired."""

    tenant: int
    what: What
    most: int | None
    used: int

    @property
    def share(self) -> int:
        """How much of the limit is used, in per cent, at most 100; 0 without a limit."""
        if self.most is None:
            return 0
        return min(100, self.used * 100 // self.most) if self.most else 100


def check_what(what: str) -> What:
    """Raises: Invalid("quota.what")."""
    if what not in WHATS:
        raise Invalid(
            f"a limit is of {', '.join(WHATS)}", code="quota.what", param="what", hint="scenes=5"
        )
    return what


def check_most(most: int | None) -> int | None:
    """Raises: Invalid("quota.most")."""
    if most is not None and not 0 <= most <= MOST:
        raise Invalid("a limit is 0 or more", code="quota.most", param="most")
    return most


def exceeded(tenant: Tenant, what: What, most: int, used: int, **facts: object) -> EnsceneError:
    """What is said when a limit is reached: whose it is, how much it is, how much is used."""
    return Refused(
        f"the limit of {tenant.level_name} {tenant.ref} is reached: {used} of {most} {what}",
        code="quota.exceeded",
        hint="ask whoever operates the platform for another limit, or end what is not needed",
        facts={
            "what": what, "limit": most, "used": used, "level": tenant.level_name,
            "whose": tenant.ref, **facts,
        },
    )  # fmt: skip


@control("quota")
def refuse_more(tenant: Tenant, what: What, most: int, used: int, **facts: object) -> None:
    """Raises: Refused("quota.exceeded")."""
    raise exceeded(tenant, what, most, used, **facts)


def closed(tenant: Tenant) -> EnsceneError:
    """What is said of a tenant that is closed."""
    return Forbidden(f"tenant {tenant.ref} is closed", code="tenant.closed")


async def check_quota(connection: Connection, tenant: int, what: What) -> None:
    """That one more may be made, in a transaction that has admitted the tenant alone. Limits are
    held until it ends: of two at once the second one is counted after the first.
    Raises: Refused("quota.exceeded"), Forbidden("tenant.closed").
    """
    line = await line_of(connection, tenant)
    for each in line:
        if each.state == "closed":
            raise closed(each)
    await admit(connection, [each.id for each in line])
    by_id = {each.id: each for each in line}
    for owner, most in await store.lock_limits(connection, by_id, what):
        below = [each.id for each in await list_below(connection, owner)]
        await admit(connection, below)
        used = await store.count_used(connection, below, what)
        if used >= most:
            refuse_more(by_id[owner], what, most, used)
    await admit(connection, [tenant])


async def read_quotas(pool: Pool, tenant: int) -> list[Quota]:
    """All four of a tenant, with what is used of them."""
    below = [each.id for each in await list_below(pool, tenant)]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, below)
        limits = {what: most for _, what, most in await store.read_limits(connection, [tenant])}
        return [
            Quota(tenant, what, limits.get(what), await store.count_used(connection, below, what))
            for what in WHATS
        ]


async def read_limits(pool: Pool, tenants: Collection[int]) -> dict[tuple[int, What], int]:
    """The limits of many tenants, by tenant and what."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        rows = await store.read_limits(connection, tenants)
    return {(tenant, what): most for tenant, what, most in rows}


async def set_quota(pool: Pool, tenant: int, what: str, most: int | None, who: str) -> None:
    """Set a limit, or take it away (None). Below what is used it stops only what is new.
    Raises: Invalid."""
    async with admitted(pool, tenant) as connection:
        await store.set_limit(connection, tenant, check_what(what), check_most(most), who)
