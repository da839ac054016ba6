"""What the bank itself knows of a customer, so that nobody is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from enscene.engagement.applications import store
from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Invalid
from enscene.shelf import LENDS, standard_shelf

SPENT_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`owed` is what is lent to the customer over all scenes, `promised` what was approved and is
    not opened yet; minor units. What is not known is None."""

    name: str
    kind: str
    age: int | None
    months_served: int | None
    monthly_spend: int
    overdue_days: int
    owed: int
    promised: int
    income: int | None

    def for_rules(self) -> dict[str, Any]:
        """As rules of eligibility ask for it."""
        return {
            "kind": self.kind,
            "age": self.age,
            "months_served": self.months_served,
            "monthly_spend": self.monthly_spend,
            "overdue_days": self.overdue_days,
        }


async def know_customer(
    connection: store.Connection,
    tenant: int,
    party: int,
    now: datetime,
    zone: str,
    application: UUID,
) -> Known:
    """All of it, from the bank's own rows. `application` is left out of what is promised."""
    row = await store.read_party(connection, tenant, party)
    profile: Mapping[str, Any] = row["profile"] or {}
    today = local_day(now, zone)
    since = _day(profile.get("customer_since")) or local_day(row["created_at"], zone)
    contracts = await store.read_open_contracts(connection, tenant, party)
    lives = [(c["amount"] or 0, _life(c["life"])) for c in contracts if is_credit(c["product"])]
    return Known(
        name=row["name"],
        kind=row["kind"],
        age=_age(profile, today),
        months_served=max(0, (today.year - since.year) * 12 + today.month - since.month),
        monthly_spend=await store.read_spent(connection, tenant, party, now - SPENT_WITHIN),
        overdue_days=max((days_overdue(life, today) for _, life in lives), default=0),
        owed=sum(owed_of(life, amount) for amount, life in lives),
        promised=await store.read_promised(
            connection, tenant, party, application, credit_products(), now
        ),
        income=_income(profile),
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


def days_overdue(life: Mapping[str, Any] | None, today: date) -> int:
    """Days since the oldest instalment that was not paid fell due."""
    first = [
        due[0] for draw in (life or {}).get("draws", ()) for due in draw["loan"].get("dues", ())
    ]
    return max(0, (today - date.fromisoformat(min(first))).days) if first else 0


def _life(text: str | None) -> Mapping[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)


def _age(profile: Mapping[str, Any], today: date) -> int | None:
    born = _day(profile.get("born"))
    if born is not None:
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    year = profile.get("birth_year")
    # Without the day, the younger of the two ages that it may be.
    return today.year - int(year) - 1 if isinstance(year, int) else None


def _income(profile: Mapping[str, Any]) -> int | None:
    income = profile.get("monthly_income_minor")
    return income if isinstance(income, int) else None


def _day(text: Any) -> date | None:
    try:
        return None if text is None else parse_day(text)
    except Invalid:
        return None
