"""Money that came from outside: payments of invoices and prepaid credits, who entered them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from enscene.billing import store
from enscene.billing.accounts import OUTSIDE, account_of
from enscene.kernel.errors import Invalid
from enscene.tenants import Tenant

RECEIPT_MOST = 64


@dataclass(frozen=True, slots=True)
class Received:
    """Minor units. `month` is the invoice that was paid (`2026-11`), empty for credits; `receipt`
    the bank's own number of the transfer, empty where an application told of it."""

    at: datetime
    amount: int
    kind: Literal["credits", "payment"]
    who: str
    month: str
    receipt: str


async def list_received(pool: Any, tenant: Tenant, payer: str, limit: int) -> list[Received]:
    """What a payer has paid, newest first."""
    return [_received(*row) for row in await _read(pool, tenant, payer, None, limit)]


async def is_entered(pool: Any, tenant: Tenant, payer: str, receipt: str) -> bool:
    """Whether credits of a payer were entered with that receipt before, however long ago."""
    return bool(await _read(pool, tenant, payer, receipt, 1))


def check_receipt(receipt: str) -> None:
    """Raises: Invalid("billing.receipt")."""
    if not (receipt.isprintable() and 1 <= len(receipt) <= RECEIPT_MOST):
        raise Invalid(
            "the number of the transfer, as the bank's account shows it", code="billing.receipt",
            param="receipt", facts={"most": RECEIPT_MOST},
        )  # fmt: skip


async def _read(pool: Any, tenant: Tenant, payer: str, receipt: str | None, limit: int) -> Any:
    name = account_of(OUTSIDE, payer)
    async with store.reading(pool, [tenant.id]) as connection:
        return await store.read_received(
            connection, tenant.id, tenant.currency, name, receipt, limit
        )


def _received(at: datetime, amount: int, flow: str, who: str | None, facts: str | None) -> Received:
    told = msgspec.json.decode(facts) if facts else {}
    kind: Literal["credits", "payment"] = "payment" if flow == "billing.pay" else "credits"
    return Received(at, amount, kind, who or "", told.get("invoice", ""), told.get("receipt", ""))
