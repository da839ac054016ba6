"""Close a tenant once nothing stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from enscene.billing import income_on
from enscene.commit import admit
from enscene.kernel.errors import Conflict
from enscene.operations.tenancy import store
from enscene.tenants import Tenant, close_tenant, list_below
from enscene.tenants.store import Connection, count_open_scenes


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands against a tenant's end: its scenes that have not ended, open tenants below it,
    money of customers and partners on its ledger (minor units by currency) and invoices that are
    not paid."""

    scenes: int = 0
    below: int = 0
    money: Mapping[str, int] = field(default_factory=dict)
    invoices: int = 0

    @property
    def clear(self) -> bool:
        """Whether nothing does."""
        return not (self.scenes or self.below or self.money or self.invoices)


async def what_stands(connection: Connection, tenant: Tenant) -> Standing:
    """As it is now; `connection` is in a transaction, which sees the tenant afterwards."""
    await admit(connection, [tenant.id])
    billed = await income_on(connection, [tenant], date.min, date.max)
    below = await list_below(connection, tenant.id)
    return Standing(
        scenes=await count_open_scenes(connection, tenant.id),
        below=sum(each.state == "open" for each in below if each.id != tenant.id),
        money=await store.read_money(connection, tenant.id),
        invoices=sum(each.state != "paid" for each in billed),
    )


async def end_tenant(connection: Connection, tenant: Tenant) -> None:
    """Close it in the caller's transaction; its ledger and its log stay.
    Raises: Conflict("tenant.in_use"), whose facts say what stands against it.
    """
    stands = await what_stands(connection, tenant)
    if not stands.clear:
        raise Conflict(
            "a tenant is closed after all below it, when its scenes have ended, nobody has money "
            "on its ledger and its invoices are paid",
            code="tenant.in_use",
            facts={
                "scenes": stands.scenes, "below": stands.below, "invoices": stands.invoices,
                "currencies": ", ".join(stands.money),
            },
        )  # fmt: skip
    await close_tenant(connection, tenant)
