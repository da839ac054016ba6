"""Make a tenant under a plan: its limits, its project, the calendar of its care."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from enscene.commit import admit
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid
from enscene.tenants.plans import store
from enscene.tenants.plans.plan import ServicePlan, find_plan
from enscene.tenants.quotas import store as quotas_store
from enscene.tenants.store import Connection, Source, within
from enscene.tenants.tenant import Level, Tenant, create_tenant

NAME_MOST = 80


async def open_tenant(
    source: Source,
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
    parent. Days of the project and of care are counted from today. It is there whole or not at all.
    Raises: Invalid("tenant.plan", "tenant.manager"), and what `create_tenant` raises.
    """
    chosen = find_plan(plan)
    manager = check_manager(chosen, manager)
    same = {} if parent is None else {
        "zone": parent.zone, "region": parent.region, "currency": parent.currency
    }  # fmt: skip
    async with within(source) as connection:
        tenant = await create_tenant(
            connection, ref, name, parent=parent, level=level, plan=plan, manager=manager,
            sandbox=sandbox, shard=1 if parent is None else parent.shard, **same,
        )  # fmt: skip
        await admit(connection, [tenant.id])
        for what, most in chosen.limits.items():
            await quotas_store.set_limit(connection, tenant.id, what, most, who)
        await add_steps(connection, tenant, chosen)
    return tenant


def check_manager(plan: ServicePlan, manager: str) -> str:
    """The name without blanks around it. Raises: Invalid("tenant.manager")."""
    manager = manager.strip()
    if len(manager) > NAME_MOST or (plan.manager and not manager):
        raise Invalid(
            f"this plan has a service manager: name one, in at most {NAME_MOST} characters",
            code="tenant.manager",
            param="manager",
        )
    return manager


def steps_of(plan: ServicePlan, today: date) -> list[tuple[str, str, date]]:
    """(kind, title, due) of what a plan promises."""
    planned = [("project", each) for each in plan.project]
    planned += [("care", each) for each in plan.care]
    return [
        (kind, step.title.whole, today + timedelta(days=step.after_days)) for kind, step in planned
    ]


async def add_steps(connection: Connection, tenant: Tenant, plan: ServicePlan) -> None:
    """What the plan promises, with days counted from today."""
    today = local_day(datetime.now(UTC), tenant.zone)
    await store.insert_steps(connection, tenant.id, steps_of(plan, today))
