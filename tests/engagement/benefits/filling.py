"""Money for the pool, asked for by one and approved by another."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from enscene.engagement.benefits import PoolOrder, decide_pool_order, propose_pool_order

MAKER, CHECKER = "lin@bank", "mei@bank"


async def ask(pool: Any, tenant: int, amount: str, currency: str = "CNY") -> PoolOrder:
    return await propose_pool_order(
        pool, tenant, amount, currency, "spring", str(uuid4()), MAKER
    )  # fmt: skip


async def fill(pool: Any, tenant: int, amount: str, currency: str = "CNY") -> PoolOrder:
    order = await ask(pool, tenant, amount, currency)
    return await decide_pool_order(pool, tenant, order.id, approve=True, who=CHECKER)
