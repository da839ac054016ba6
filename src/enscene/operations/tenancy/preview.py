"""What an ask would come to if it were approved now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from enscene.kernel.clock import local_day
from enscene.operations.tenancy.ask import Ask
from enscene.operations.tenancy.end_tenant import Standing, what_stands
from enscene.tenants import Tenant, get_tenant
from enscene.tenants.plans import ServicePlan, dropped_steps, list_steps, read_plans, steps_of
from enscene.tenants.quotas import WHATS, What, read_quotas
from enscene.tenants.store import Pool, admitted
from enscene.tenants.users import User, list_users


@dataclass(frozen=True, slots=True)
class LimitChange:
    """A limit before and after (None: no limit), and how much is used of it now."""

    what: What
    before: int | None
    after: int | None
    used: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Of a plan: the limits, the steps that it drops by title and those that it adds as (kind,
    title, due); of an end what stands against it; of help the person as it is."""

    limits: tuple[LimitChange, ...] = ()
    drops: tuple[str, ...] = ()
    adds: tuple[tuple[str, str, date], ...] = ()
    stands: Standing | None = None
    person: User | None = None


async def preview_of(pool: Pool, ask: Ask) -> Preview:
    """As things stand now."""
    tenant = await get_tenant(pool, ask.tenant)
    plan = read_plans().get(str(ask.wanted.get("plan", "")))
    if ask.act == "open":
        return _opened(plan, tenant)
    if ask.act == "plan":
        return await _changed(pool, tenant, plan)
    if ask.act == "close":
        async with admitted(pool, tenant.id, readonly=True) as connection:
            return Preview(stands=await what_stands(connection, tenant))
    people = {each.login: each for each in await list_users(pool, tenant.id)}
    return Preview(person=people.get(ask.about))


def _opened(plan: ServicePlan | None, parent: Tenant) -> Preview:
    if plan is None:
        return Preview()
    today = local_day(datetime.now(UTC), parent.zone)
    limits = tuple(LimitChange(what, None, plan.limits.get(what), 0) for what in WHATS)
    return Preview(limits, adds=tuple(steps_of(plan, today)))


async def _changed(pool: Pool, tenant: Tenant, plan: ServicePlan | None) -> Preview:
    if plan is None:
        return Preview()
    today = local_day(datetime.now(UTC), tenant.zone)
    steps = dropped_steps(tenant, await list_steps(pool, [tenant.id]))
    return Preview(
        tuple(
            LimitChange(each.what, each.most, plan.limits.get(each.what), each.used)
            for each in await read_quotas(pool, tenant.id)
        ),
        tuple(step.title for step in steps),
        tuple(steps_of(plan, today)),
    )
