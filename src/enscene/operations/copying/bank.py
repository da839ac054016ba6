"""Who copies from whom: the tenants of one bank."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.operations.store import Pool
from enscene.tenants import Tenant, line_of, list_below


@dataclass(frozen=True, slots=True)
class Family:
    """A tenant, and all tenants of its bank, itself among them, by number."""

    own: int
    tenants: dict[int, Tenant]

    def by_ref(self, ref: str) -> Tenant | None:
        """The tenant of the bank with that reference."""
        return next((each for each in self.tenants.values() if each.ref == ref), None)

    def name(self, tenant: int) -> str:
        """What a tenant of the bank is called; "" for anybody else."""
        found = self.tenants.get(tenant)
        return found.name if found is not None else ""

    def ref(self, tenant: int) -> str:
        """Its reference; "" for anybody else."""
        found = self.tenants.get(tenant)
        return found.ref if found is not None else ""


async def family_of(pool: Pool, tenant: int) -> Family:
    """The bank that a tenant is of, from its top down."""
    line = await line_of(pool, tenant)
    whole = await list_below(pool, line[-1].id)
    return Family(tenant, {each.id: each for each in whole})
