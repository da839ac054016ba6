"""A tenant: an institution whose data are isolated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import asyncpg

from enscene.commit import admit
from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.money import minor_digits
from enscene.tenants import store

Level: TypeAlias = Literal["bank", "branch", "tenant", "sub_tenant"]
LEVELS: tuple[Level, ...] = ("bank", "branch", "tenant", "sub_tenant")
"""From the highest down. A level may be left out (a bank without branches), never turned round."""
# No dot and no @: they end the tenant's part of a client id and begin it in a login name.
_REF = re.compile(r"[a-z][a-z0-9-]{1,31}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """`ref` is chosen once: it stands in client ids and login names. `zone` is the zone of its
    days. Only a `sandbox` tenant's clock may be moved. `level` is its place in `LEVELS`, `parent`
    the id of the tenant above it (None: it is a bank). `plan` is one of `read_plans`; `manager` is
    who serves it, by name."""

    id: int
    ref: str
    name: str
    shard: int
    zone: str
    region: str
    currency: str
    sandbox: bool
    level: int = 0
    parent: int | None = None
    plan: str = "joint"
    manager: str = ""
    state: Literal["open", "closed"] = "open"

    @property
    def level_name(self) -> Level:
        """What its level is called."""
        return LEVELS[self.level]


async def create_tenant(
    source: store.Source,
    ref: str,
    name: str,
    *,
    zone: str = "Asia/Shanghai",
    region: str = "CN",
    currency: str = "CNY",
    sandbox: bool = False,
    shard: int = 1,
    parent: Tenant | None = None,
    level: Level | None = None,
    plan: str = "joint",
    manager: str = "",
) -> Tenant:
    """Make a tenant below `parent`, for good: it is never moved. Without `level` it stands next
    below its parent. Within a caller's transaction it is made when that commits. Its plan's limits are not set: see `enscene.tenants.plans.open_tenant`.
    Raises: Invalid (ref, zone, currency, level), Conflict("tenant.exists", "tenant.closed").
    """
    check_ref(ref)
    zone_of(zone)
    minor_digits(currency)
    place = place_of(parent, level)
    above = None if parent is None else parent.id
    try:
        async with store.within(source) as connection:
            row = await store.insert(
                connection, shard, ref, name, zone, region, currency, sandbox, place, above, plan,
                manager,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(f"tenant {ref} exists", code="tenant.exists", param="ref") from None
    return Tenant(*row)


def check_ref(ref: str) -> None:
    """Raises: Invalid("tenant.bad_ref")."""
    if not _REF.fullmatch(ref):
        raise Invalid(
            "a tenant's ref is 2 to 32 small letters, digits or hyphens, a letter first",
            code="tenant.bad_ref",
            param="ref",
        )


async def find_tenant(pool: store.Source, ref: str) -> Tenant:
    """The tenant of that ref. Raises: NotFound."""
    row = await store.read_by_ref(pool, ref)
    if row is None:
        raise NotFound(f"there is no tenant {ref[:40]!r}", code="tenant.not_found", param="tenant")
    return Tenant(*row)


async def get_tenant(pool: store.Source, tenant: int) -> Tenant:
    """The tenant of that id. Raises: NotFound."""
    row = await store.read_by_id(pool, tenant)
    if row is None:
        raise NotFound(f"there is no tenant {tenant}", code="tenant.not_found", param="tenant")
    return Tenant(*row)


async def list_tenants(pool: store.Pool) -> list[Tenant]:
    """All tenants, oldest first."""
    return [Tenant(*row) for row in await store.read_all(pool)]


async def line_of(source: store.Pool | store.Connection, tenant: int) -> list[Tenant]:
    """The tenant, then its parent, up to its bank; none if there is no such tenant."""
    return [Tenant(*row) for row in await store.read_line(source, tenant)]


async def list_below(source: store.Pool | store.Connection, tenant: int) -> list[Tenant]:
    """The tenant and all below it, each before its own children."""
    return [Tenant(*row) for row in await store.read_below(source, tenant)]


async def close_tenant(source: store.Source, tenant: Tenant) -> None:
    """Close a tenant that has nothing left: its people are logged out, its applications are refused
    within seconds. Its ledger and its log stay. Raises: Conflict("tenant.in_use").
    """
    async with store.within(source) as connection:
        await admit(connection, [tenant.id])
        below = [each for each in await list_below(connection, tenant.id) if each.state == "open"]
        scenes = await store.count_open_scenes(connection, tenant.id)
        if len(below) > (tenant.state == "open") or scenes:
            raise Conflict(
                "a tenant is closed after all below it, and when its scenes have ended",
                code="tenant.in_use",
                facts={"scenes": scenes, "below": len(below) - 1},
            )
        await store.close(connection, tenant.id)


def place_of(parent: Tenant | None, level: Level | None) -> int:
    """Where in `LEVELS` a tenant below `parent` stands.
    Raises: Invalid("tenant.level"), Conflict("tenant.closed").
    """
    if parent is None:
        place = 0 if level is None else LEVELS.index(level)
        good = place == 0
    else:
        if parent.state == "closed":
            raise Conflict(f"tenant {parent.ref} is closed", code="tenant.closed", param="parent")
        place = parent.level + 1 if level is None else LEVELS.index(level)
        good = parent.level < place < len(LEVELS)
    if not good:
        raise Invalid(
            "a bank has no parent; everything else has one of a higher level",
            code="tenant.level",
            param="level",
            hint="bank, branch, tenant, sub_tenant, in this order; a level may be left out",
        )
    return place
