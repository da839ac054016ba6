"""A tenant: an institution whose data are isolated."""

from __future__ import annotations

import re
from dataclasses import dataclass

import asyncpg

from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.money import minor_digits
from enscene.tenants import store

# No dot and no @: they end the tenant's part of a client id and begin it in a login name.
_REF = re.compile(r"[a-z][a-z0-9-]{1,31}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """`ref` is chosen once: it stands in client ids and login names. `zone` is the zone of its
    days. Only a `sandbox` tenant's clock may be moved."""

    id: int
    ref: str
    name: str
    shard: int
    zone: str
    region: str
    currency: str
    sandbox: bool


async def create_tenant(
    pool: store.Pool,
    ref: str,
    name: str,
    *,
    zone: str = "Asia/Shanghai",
    region: str = "CN",
    currency: str = "CNY",
    sandbox: bool = False,
    shard: int = 1,
) -> Tenant:
    """Make a tenant. Raises: Invalid (ref, zone, currency), Conflict("tenant.exists")."""
    if not _REF.fullmatch(ref):
        raise Invalid(
            "a tenant's ref is 2 to 32 small letters, digits or hyphens, a letter first",
            code="tenant.bad_ref",
            param="ref",
        )
    zone_of(zone)
    minor_digits(currency)
    try:
        row = await store.insert(pool, shard, ref, name, zone, region, currency, sandbox)
    except asyncpg.UniqueViolationError:
        raise Conflict(f"tenant {ref} exists", code="tenant.exists", param="ref") from None
    return Tenant(*row)


async def find_tenant(pool: store.Pool, ref: str) -> Tenant:
    """The tenant of that ref. Raises: NotFound."""
    row = await store.read_by_ref(pool, ref)
    if row is None:
        raise NotFound(f"there is no tenant {ref[:40]!r}", code="tenant.not_found", param="tenant")
    return Tenant(*row)


async def get_tenant(pool: store.Pool, tenant: int) -> Tenant:
    """The tenant of that id. Raises: NotFound."""
    row = await store.read_by_id(pool, tenant)
    if row is None:
        raise NotFound(f"there is no tenant {tenant}", code="tenant.not_found", param="tenant")
    return Tenant(*row)


async def list_tenants(pool: store.Pool) -> list[Tenant]:
    """All tenants, oldest first."""
    return [Tenant(*row) for row in await store.read_all(pool)]
