"""Plans: what a tenant has chosen, as data; and the steps that a plan promises."""

from enscene.tenants.plans.open_tenant import open_tenant
from enscene.tenants.plans.plan import ServicePlan, find_plan, read_plans
from enscene.tenants.plans.steps import Step, finish_step, list_steps, plan_step

__all__ = [
    "ServicePlan",
    "Step",
    "find_plan",
    "finish_step",
    "list_steps",
    "open_tenant",
    "plan_step",
    "read_plans",
]
