"""What the bank itself knows of a customer, so that nobody is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from enscene.engagement.applications import store
from enscene.shelf import LENDS, standard_shelf
from enscene.shelf.customer_facts import read_customer_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`facts` are what rules of eligibility ask for. `owed` is what is lent to the customer over
    all scenes, `promised` what was approved and is not opened yet; minor units. What is not known
    is None."""

    name: str
    owed: int
    promised: int
    income: int | None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        found: int | None = self.facts.get("age")
        return found


async def know_customer(
    connection: store.Connection,
    tenant: int,
    party: int,
    scene: int,
    now: datetime,
    application: UUID,
) -> Known:
    """All of it, from the bank's own rows. `application` is left out of what is promised."""
    row = await store.read_party(connection, tenant, party)
    contracts = await store.read_open_contracts(connection, tenant, party)
    return Known(
        name=row["name"],
        owed=sum(
            owed_of(_life(c["life"]), c["amount"] or 0)
            for c in contracts
            if is_credit(c["product"])
        ),
        promised=await store.read_promised(
            connection, tenant, party, application, credit_products(), now
        ),
        income=_income(row["profile"] or {}),
        facts=await read_customer_facts(connection, tenant, party, scene),
    )


def credit_products() -> list[str]:
    """The shelf's products that lend."""
    return [p.id for p in standard_shelf().products.values() if p.kind in LENDS]


def is_credit(product: str) -> bool:
    known = standard_shelf().products.get(product)
    return known is not None and known.kind in LENDS


def owed_of(life: Mapping[str, Any] | None, amount: int) -> int:
    """Principal that is owed; of a line the whole, since it may be drawn at any time."""
    if life is None or life.get("line"):
        return amount
    loans = [draw["loan"] for draw in life.get("draws", ())]
    if not loans:
        return amount
    return sum(loan["undue"] + sum(due[1] for due in loan.get("dues", ())) for loan in loans)


def _life(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)


def _income(profile: Mapping[str, Any]) -> int | None:
    income = profile.get("monthly_income_minor")
    return income if isinstance(income, int) else None
