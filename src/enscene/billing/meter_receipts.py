"""Every receipt of data that was served becomes readings: what is audited is what is billed.

One reading for each level; and the receipt is told the prices of its fields, by the plan that held
when they were read, so that both say the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from enscene.billing import store
from enscene.billing.billing import Billing
from enscene.billing.plan import Plan, in_force
from enscene.kernel.clock import local_day
from enscene.metering import Reading, read_reading, take_readings
from enscene.tenants import Tenant

AT_ONCE = 500
_DIGITS = 6


async def meter_receipts(billing: Billing, tenants: Sequence[Tenant]) -> int:
    """Take the readings of all receipts that have none; how many receipts there were.

    The receipt's number names its readings, so that whoever is killed between the two, or comes at
    the same time, counts nothing twice.
    """
    by_id = {tenant.id: tenant for tenant in tenants}
    done = 0
    while by_id:
        async with store.reading(billing.pool, list(by_id)) as connection:
            rows = await store.read_unmetered(connection, list(by_id), AT_ONCE)
        found: dict[int, list[Reading]] = defaultdict(list)
        levels_of: dict[int, dict[int, tuple[str, list[str]]]] = defaultdict(dict)
        for tenant, number, app, scene, party, what, levels, records in rows:
            levels_of[tenant][number] = (app, levels)
            for level, fields in sorted(Counter(levels).items()):
                if fields * records:
                    found[tenant].append(
                        read_reading(
                            number, level=level, fields=fields, records=records, app=app,
                            scene=scene, party=party, what=what,
                        )
                    )  # fmt: skip
        for tenant, readings in found.items():
            await take_readings(billing.writer(by_id[tenant].shard), tenant, readings)
        for tenant, known in levels_of.items():
            await _mark(billing, tenant, known)
        done += len(rows)
        if len(rows) < AT_ONCE:
            break
    return done


async def _mark(billing: Billing, tenant: int, known: dict[int, tuple[str, list[str]]]) -> None:
    async with store.writing(billing.pool, tenant) as connection:
        zone, now = await store.read_now(connection, tenant)
        today = local_day(now, zone)
        plans = await store.read_plans(connection, tenant)
        marks = []
        for number, (app, levels) in known.items():
            # An application that pays for itself is told its own price.
            plan = _holds(plans, app, today) or _holds(plans, "", today)
            prices = [] if plan is None else [price_of(plan, level, today) for level in levels]
            version, currency = (None, None) if plan is None else (plan.version, plan.body.currency)
            marks.append((number, version, currency, "{" + ",".join(prices) + "}"))
        await store.mark_metered(connection, tenant, marks)


def _holds(plans: Sequence[Plan], payer: str, day: date) -> Plan | None:
    own = [plan for plan in plans if plan.payer == payer]
    spans = in_force(own, day, day + timedelta(1))
    return spans[0][2] if spans else None


def price_of(plan: Plan, level: str, day: date) -> str:
    """What one record of one field of a level costs, the first step of each charge: `0.05`."""
    total = sum(
        (
            Fraction(charge.tiers[0].price) / charge.per
            for charge in plan.body.charges
            if charge.meter == f"data.{level}" and (charge.starts is None or charge.starts <= day)
        ),
        Fraction(0),
    )
    exact = Decimal(total.numerator) / Decimal(total.denominator)
    return f"{round(exact, _DIGITS).normalize():f}"
