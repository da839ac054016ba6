"""What customers of one cycle brought, those whom the lot left open against those it held out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from enscene.engagement.campaigns import Campaign
from enscene.engagement.experiments import Sums, check_ratio, compare_groups
from enscene.engagement.experiments.compare_groups import LEAST
from enscene.engagement.results import store
from enscene.engagement.results.campaign_experiment import (
    Lots,
    brought_by,
    read_met,
    values_of,
)


async def read_difference(
    connection: store.Connection, tenant: int, salt: str, campaign: Campaign, lots: Lots,
    began: datetime, ends: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Of the customers whom the campaign met from `began` until before `ends`: how many were `open` and
    `held`, what one of the held brought until then (`control`) and how much more one of the others did
    (`value`, `low`, `high`; minor units). None where a group is too small to compare. `uneven`: the
    groups are not as the lot makes them, and the difference means nothing."""
    met = await read_met(connection, tenant, campaign.ref, began, ends)
    opened = [row for row in met.opened if row[2] < ends]
    rows = brought_by(met.first, met.customers, values_of(campaign), opened)
    sides = {customer: lots.side(salt, campaign.ref, customer) for customer in rows}
    treated, control = (
        Sums.over(pair for customer, pair in rows.items() if sides[customer] is side)
        for side in (True, False)
    )
    found: dict[str, Any] = {
        "currency": campaign.body.currency, "open": treated.count, "held": control.count,
        "uneven": min(lots.shares) > 0
        and not check_ratio((treated.count, control.count), lots.shares).holds,
    }  # fmt: skip
    if min(treated.count, control.count) >= LEAST:
        of = compare_groups(treated, control)
        found |= {name: round(getattr(of, name), 1) for name in ("control", "value", "low", "high")}
    return found
