"""What tenants bring in: the SaaS income line of the operator's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from enscene.billing import store
from enscene.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Income:
    """One invoice as the operator sees it; minor units. `payer` is the application that pays for
    itself, empty where the tenant does."""

    tenant: str
    name: str
    payer: str
    month: date
    currency: str
    total: int
    state: str
    shares: dict[str, int]


async def read_income(
    pool: Any, tenants: Sequence[Tenant], first: date, until: date
) -> list[Income]:
    """The invoices of those months, of all these tenants."""
    async with store.reading(pool, [tenant.id for tenant in tenants]) as connection:
        return await income_on(connection, tenants, first, until)


async def income_on(
    connection: store.Connection, tenants: Sequence[Tenant], first: date, until: date
) -> list[Income]:
    """The same in a transaction that sees them."""
    ids = [tenant.id for tenant in tenants]
    rows = await store.read_income(connection, ids, first, until)
    return [
        Income(ref, name, payer, month, currency, total, state, msgspec.json.decode(shares))
        for ref, name, payer, month, currency, total, state, shares in rows
    ]
