"""What the bank knows of a customer when a product is to be judged: nobody is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Invalid
from enscene.shelf import store

MONTH = timedelta(days=30)
WRITTEN_OFF_DAYS = 180
"""So late counts at least who owes what the bank has given up for its books."""


async def read_customer_facts(
    source: store.Source, tenant: int, party: int, scene: int = 0
) -> dict[str, Any]:
    """The facts that rules of eligibility ask for, of a party as it stands on the tenant's day.

    What is not known is absent. Months are whole ones since the bank has known the customer,
    spending is what passed through its accounts in 30 days, the larger of both ways, minor units.
    """
    async with store.reading(source, tenant) as connection:
        now, zone = await store.read_clock(connection, tenant)
        row = await store.read_customer(connection, tenant, party, scene)
        if row is None:
            return {}
        paid, got = await store.read_passed(connection, tenant, party, now - MONTH)
    today = local_day(now, zone)
    facts = facts_of(row["profile"] or {}, today)
    since = _day((row["profile"] or {}).get("customer_since")) or local_day(row["created_at"], zone)
    late = row["overdue_since"]
    overdue_days = 0 if late is None else max(0, (today - late).days)
    if row["written_off"]:
        overdue_days = max(overdue_days, WRITTEN_OFF_DAYS)
    facts |= {
        "kind": row["kind"],
        "months_served": whole_months(since, today),
        "overdue_days": overdue_days,
        "consents": tuple(row["consents"] or ()),
    }
    facts.setdefault("monthly_spend", max(paid, got))
    return facts


def facts_of(profile: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What a party's profile says: `born` or `birth_year`, `segment`, `risk_level`,
    `monthly_spend_minor`. What has not the form it must have is not known."""
    found = {
        "age": age_on(profile, today),
        "segment": _of(profile, "segment", str),
        "risk_level": _of(profile, "risk_level", int),
        "monthly_spend": _of(profile, "monthly_spend_minor", int),
    }
    until = _day(profile.get("risk_until"))
    if until is not None and until < today:
        found["risk_level"] = None  # the check has to be done again
    return {name: value for name, value in found.items() if value is not None}


def age_on(profile: Mapping[str, Any], today: date) -> int | None:
    """Whole years; of a year alone the younger of the two ages that it may be."""
    born = _day(profile.get("born"))
    if born is not None:
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    year = _of(profile, "birth_year", int)
    return None if year is None else today.year - int(year) - 1


def whole_months(since: date, today: date) -> int:
    """Months that are over."""
    months = (today.year - since.year) * 12 + today.month - since.month
    return max(0, months - (today.day < since.day))


def _of(profile: Mapping[str, Any], name: str, kind: type) -> Any:
    value = profile.get(name)
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _day(text: Any) -> date | None:
    try:
        return None if text is None else parse_day(text)
    except Invalid:
        return None
