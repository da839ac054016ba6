"""What prices would have come to: a month that was really used, reckoned by a plan not yet held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from enscene.billing import store
from enscene.billing.billing import Billing, reckon, usage_of
from enscene.billing.plan import Plan, PlanBody
from enscene.billing.rate import Line, rate_month
from enscene.metering import after_month


@dataclass(frozen=True, slots=True)
class Estimate:
    """`lines` and `total` by the plan that is tried; `total_now` by the prices that held then, None
    where none did. Minor units of the plan's currency."""

    month: date
    lines: Sequence[Line]
    total: int
    total_now: int | None


async def estimate_month(
    billing: Billing, tenant: int, payer: str, body: PlanBody, month: date
) -> Estimate:
    """A whole month by the plan, as if it and each of its charges had held from the first day:
    quarters and years begin in it, and coupons of certain days are left out. Writes nothing.

    Raises: Invalid.
    """
    body.check()
    tried = msgspec.structs.replace(
        body,
        charges=[msgspec.structs.replace(charge, starts=None) for charge in body.charges],
        coupons=[each for each in body.coupons if each.first is None and each.until is None],
    )
    until = after_month(month)
    plan = Plan(tenant, 1, month, tried, "approved", "", None, payer)
    async with store.reading(billing.pool, [tenant]) as connection:
        usage = await usage_of(connection, tenant, payer, month)
        plans = [each for each in await store.read_plans(connection, tenant) if each.payer == payer]
        held = await reckon(connection, tenant, payer, plans, month)
    lines = rate_month([(month, until, plan)], usage, (until - month).days)
    has_prices = any(each.state == "approved" and each.starts < until for each in plans)
    total_now = sum(line.amount for line in held) if has_prices else None
    return Estimate(month, lines, sum(line.amount for line in lines), total_now)
