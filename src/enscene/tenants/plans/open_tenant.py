"""Make a tenant under a plan: its limits, its project, the calendar of its care."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid
from enscene.tenants.plans import store
from enscene.tenants.plans.plan import find_plan
from enscene.tenants.quotas import store as quotas_store
from enscene.tenants.store import Pool, admitted
from enscene.tenants.tenant import Level, Tenant, create_tenant

NAME_MOST = 80


async def open_tenant(
    pool: Pool,
    ref: str,
    name: str,
    *,
    plan: str,
    who: str,
    parent: Tenant | None = None,
    level: Level | None = None,
    manager: str = "",
    sandbox: bool = False,
) -> Tenant:
    """Make a tenant with what its plan says. It is in the zone, region, currency and shard of its
    parent. Days of the project and of care are counted from today.
    Raises: Invalid("tenant.plan", "tenant.manager"), and what `create_tenant` raises.
    """
    chosen = find_plan(plan)
    manager = manager.strip()
    if chosen.manager and not 1 <= len(manager) <= NAME_MOST:
        raise Invalid(
            "this plan has a service manager: name one", code="tenant.manager", param="manager"
        )
    same = {} if parent is None else {
        "zone": parent.zone, "region": parent.region, "currency": parent.currency
    }  # fmt: skip
    tenant = await create_tenant(
        pool, ref, name, parent=parent, level=level, plan=plan, manager=manager, sandbox=sandbox,
        shard=1 if parent is None else parent.shard, **same,
    )  # fmt: skip
    today = local_day(datetime.now(UTC), tenant.zone)
    planned = [("project", each) for each in chosen.project]
    planned += [("care", each) for each in chosen.care]
    async with admitted(pool, tenant.id) as connection:
        for what, most in chosen.limits.items():
            await quotas_store.set_limit(connection, tenant.id, what, most, who)
        await store.insert_steps(
            connection,
            tenant.id,
            [
                (kind, step.title.whole, today + timedelta(days=step.after_days))
                for kind, step in planned
            ],
        )
    return tenant
