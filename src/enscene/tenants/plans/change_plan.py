"""Another plan for a tenant: limits, project and care follow; what it set itself stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from enscene.commit import admit
from enscene.kernel.clock import local_day
from enscene.tenants.plans import store
from enscene.tenants.plans.open_tenant import check_manager, steps_of
from enscene.tenants.plans.plan import find_plan, read_plans
from enscene.tenants.plans.steps import Step
from enscene.tenants.quotas import store as quotas_store
from enscene.tenants.quotas.quota import WHATS
from enscene.tenants.store import Connection, set_plan
from enscene.tenants.tenant import Tenant


async def change_plan(
    connection: Connection, tenant: Tenant, plan: str, manager: str, who: str
) -> None:
    """Put the tenant on a plan. All four limits are the plan's then; below what is used they stop
    only what is new. What the old plan promised and nobody has done is dropped, what the new one
    promises counts from today; done steps and those that somebody added stay, as do brand, people,
    options and scenes. Raises: Invalid("tenant.plan", "tenant.manager").
    """
    chosen = find_plan(plan)
    manager = check_manager(chosen, manager)
    await admit(connection, [tenant.id])
    await set_plan(connection, tenant.id, plan, manager)
    for what in WHATS:
        await quotas_store.set_limit(connection, tenant.id, what, chosen.limits.get(what), who)
    rows = [Step(*row) for row in await store.read_steps(connection, [tenant.id])]
    for step in dropped_steps(tenant, rows):
        await store.drop_step(connection, tenant.id, step.kind, step.n)
    today = local_day(datetime.now(UTC), tenant.zone)
    await store.insert_steps(connection, tenant.id, steps_of(chosen, today))


def dropped_steps(tenant: Tenant, steps: Sequence[Step]) -> list[Step]:
    """Those that its present plan promised and nobody has done."""
    old = read_plans().get(tenant.plan)
    today = local_day(datetime.now(UTC), tenant.zone)
    promised = set() if old is None else {each[:2] for each in steps_of(old, today)}
    return [each for each in steps if each.done_at is None and (each.kind, each.title) in promised]
