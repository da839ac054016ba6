"""What the bank itself knows of a customer, so that nobody is asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from enscene.engagement.applications import store
from enscene.engagement.applications.quote import quote_of
from enscene.shelf import LENDS, standard_shelf
from enscene.shelf.customer_facts import read_customer_facts

LATELY = timedelta(days=90)
"""So long what a customer has said of themselves is compared with what they say now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`facts` are what rules of eligibility ask for. `owed` is what is lent to the customer over
    all scenes, `promised` what was approved and is not opened yet, `burden` what both cost a month;
    minor units. `lines` are the credit lines that stand open, `said` is what the customer has said
    lately in other applications, by field. What is not known is None."""

    name: str
    owed: int
    promised: int
    burden: int
    income: int | None
    lines: frozenset[str] = frozenset()
    said: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        found: int | None = self.facts.get("age")
        return found

    def said_alike(self, name: str) -> Any:
        """What the customer has said of themselves lately, the last time; None where they have
        not, or have said one thing and then another."""
        said = self.said.get(name, ())
        return said[0] if said and all(each == said[0] for each in said) else None


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
    held = [c for c in contracts if is_credit(c["product"])]
    quotes = [
        quote_of(kept)
        for kept in await store.read_promised(
            connection, tenant, party, application, credit_products(), now
        )
    ]
    said = await store.read_said(connection, tenant, party, application, now - LATELY)
    return Known(
        name=row["name"],
        owed=sum(owed_of(_life(c["life"]), c["amount"] or 0) for c in held),
        lines=frozenset(c["product"] for c in held if (_life(c["life"]) or {}).get("line")),
        promised=sum(quote.amount or 0 for quote in quotes),
        burden=sum(_monthly(c) for c in held) + sum(quote.monthly for quote in quotes),
        said={
            name: [f[name]["value"] for f in said if f.get(name, {}).get("from") == "customer"]
            for name in ("born", "income")
        },
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
    """Principal that is owed, and what was given up for the books and not recovered; of a line the
    whole, since it may be drawn at any time."""
    loans = [draw["loan"] for draw in (life or {}).get("draws", ())]
    lost: int = sum(sum(loan.get("lost", ())) for loan in loans)
    if life is None or life.get("line") or not loans:
        return amount + lost
    due: int = sum(sum(due[1] for due in loan.get("dues", ())) for loan in loans)
    undue: int = sum(loan["undue"] for loan in loans)
    return undue + due + lost


def _monthly(contract: Any) -> int:
    """What a credit costs a month: its instalment, or a year's part of what is drawn on a line."""
    agreed = (contract["terms"] or {}).get("instalment_minor")
    life = _life(contract["life"]) or {}
    if agreed is not None and not life.get("line"):
        return int(agreed)
    drawn = owed_of({**life, "line": False}, 0) if life else contract["amount"] or 0
    return -(-drawn // 12)


def _life(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)


def _income(profile: Mapping[str, Any]) -> int | None:
    income = profile.get("monthly_income_minor")
    return income if isinstance(income, int) else None
