"""Plans: what a tenant has chosen, as data; and the steps that a plan promises."""

from enscene.tenants.plans.change_plan import change_plan, dropped_steps
from enscene.tenants.plans.open_tenant import check_manager, open_tenant, steps_of
from enscene.tenants.plans.plan import ServicePlan, find_plan, read_plans
from enscene.tenants.plans.steps import Step, finish_step, list_steps, plan_step

__all__ = [
    "ServicePlan",
    "Step",
    "change_plan",
    "check_manager",
    "dropped_steps",
    "find_plan",
    "finish_step",
    "list_steps",
    "open_tenant",
    "plan_step",
    "read_plans",
    "steps_of",
]
