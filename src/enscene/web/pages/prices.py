"""Prices of the tenant and of the applications that pay for themselves: what holds, what comes,
what waits for a second person, and the form that proposes."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.billing import Estimate, Plan, PlanBody, estimate_month
from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.metering import after_month
from enscene.tenants import Tenant, get_tenant
from enscene.web.billing_view import (
    line_name,
    line_says,
    list_payers,
    month_before,
    payer_among,
    read_meters,
)
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.meter_words import MeterWords, read_all_meters, read_meter_words
from enscene.web.price_form import (
    Draft,
    Faults,
    blank_draft,
    change_rows,
    draft_of,
    field_of,
    read_draft,
    read_plan,
)
from enscene.web.price_words import plan_words, standings_of
from enscene.web.problems import status_of

TEAM, APPROVER = "scene_team", "approver"
HISTORY_SHOWN = 50
EVERYBODY = "*"
"""What is asked for where the prices of all are; no application is called so."""


def routes(console: Console) -> list[Route]:
    """The routes of these pages. The team proposes and an approver decides, as on the shelf."""
    return [
        Route("/prices", member(console, show, *STAFF), methods=["GET"]),
        Route("/prices/new", member(console, ask, TEAM), methods=["GET"]),
        Route("/prices/new", member(console, propose, TEAM), methods=["POST"]),
        Route("/prices/{version:int}/{verdict}", member(console, decide, APPROVER),
              methods=["POST"]),
    ]  # fmt: skip


async def show(visit: Visit) -> Response:
    """The plans of one payer, or of all."""
    console = visit.console
    billing, tenant = console.billing, await get_tenant(console.pool, visit.tenant)
    payers = {each.name: each for each in await list_payers(console.pool, tenant, visit.language)}
    plans = await billing.plans(visit.tenant)
    asked = visit.request.query_params.get("payer")
    if asked == EVERYBODY:
        asked = None
    if asked is not None:
        payer_among(payers.values(), asked)
        plans = [plan for plan in plans if plan.payer == asked]
    clock = await visit.read_clock()
    standing = standings_of(plans, local_day(clock["now"], clock["zone"]))
    words = await read_meter_words(
        console, visit.tenant, visit.t, [c.meter for plan in plans for c in plan.body.charges]
    )
    place = {name: n for n, name in enumerate(payers)}
    shown = sorted(plans, key=lambda plan: (place.get(plan.payer, len(place)), -plan.version))

    def of(*names: str) -> list[Plan]:
        return [plan for plan in shown if standing[plan.version] in names]

    return visit.page(
        "prices.html", tenant=tenant, payers=payers, payer=asked, standing=standing,
        waiting=of("proposed"), in_force=of("in_force", "upcoming"),
        history=of("over", "rejected")[:HISTORY_SHOWN], clock=clock, tab="prices",
        told={plan.version: plan_words(plan.body, words, visit.t) for plan in plans},
        proposes=visit.session.allows(TEAM), decides=visit.session.allows(APPROVER),
    )  # fmt: skip


async def ask(visit: Visit) -> Response:
    """An empty form, or one like a plan that is there."""
    meters = await _meters(visit, [])
    draft = blank_draft()
    like = visit.ask("like")
    if like:
        plan = await _plan(visit, like)
        meters = await _meters(visit, [charge.meter for charge in plan.body.charges])
        draft = draft_of(plan.body, meters)
        draft["payer"] = plan.payer
    else:
        draft["payer"] = visit.ask("payer")
    clock = await visit.read_clock()
    first = after_month(local_day(clock["now"], clock["zone"]).replace(day=1))
    draft["starts"] = first.isoformat()
    return await _form(visit, draft, meters)


async def propose(visit: Visit) -> Response:
    """Add or take away a row, try the prices on the last month, or propose them."""
    draft, do = read_draft(visit.form), visit.field("do")
    meters = await _meters(visit, [row["meter"] for row in draft["charges"]])
    if change_rows(draft, do):
        return await _form(visit, draft, meters, changed=do)
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    body, starts, faults = read_plan(draft, tenant.currency, meters)
    if body is None or starts is None:
        return await _form(visit, draft, meters, faults)
    billing = visit.console.billing
    try:
        if do == "try":
            return await _form(visit, draft, meters, estimate=await _estimate(visit, draft, body))
        plan = await billing.propose(visit.tenant, starts, body, visit.who, payer=draft["payer"])
    except Invalid as error:
        return await _form(visit, draft, meters, {field_of(error.param): error})
    return visit.go(f"/prices#plan-{plan.version}")


async def decide(visit: Visit) -> Response:
    """Approve or reject, by somebody else than who proposed."""
    verdict = visit.path("verdict")
    if verdict not in ("approve", "reject"):
        raise NotFound("there is no such page", code="plan.not_found")
    await visit.console.billing.decide(
        visit.tenant, int(visit.path("version")), approve=verdict == "approve", who=visit.who
    )
    return visit.go("/prices")


async def _estimate(visit: Visit, draft: Draft, body: PlanBody) -> Estimate:
    """The last month that is over."""
    pool = visit.console.pool
    payers = await list_payers(pool, await get_tenant(pool, visit.tenant), visit.language)
    try:
        payer_among(payers, draft["payer"])
    except NotFound as error:
        raise Invalid(error.detail, code=error.code, param="payer") from None
    clock = await visit.read_clock()
    month = month_before(local_day(clock["now"], clock["zone"]).replace(day=1))
    return await estimate_month(visit.console.billing, visit.tenant, draft["payer"], body, month)


async def _form(
    visit: Visit,
    draft: Draft,
    meters: dict[str, MeterWords],
    faults: Faults | None = None,
    *,
    estimate: Estimate | None = None,
    changed: str = "",
) -> Response:
    tenant = await get_tenant(visit.console.pool, visit.tenant)
    told = {at: _told(visit, error) for at, error in (faults or {}).items()}
    status = max(map(status_of, faults.values())) if faults else 200
    clock = await visit.read_clock()
    return visit.page(
        "price_form.html", status, draft=draft, meters=meters, faults=told, estimate=estimate,
        payers=await list_payers(visit.console.pool, tenant, visit.language), tenant=tenant,
        lines=[] if estimate is None else _lines(visit, estimate, meters, tenant),
        changed=changed, currency=tenant.currency, tab="prices",
        today=local_day(clock["now"], clock["zone"]),
    )  # fmt: skip


def _lines(
    visit: Visit, estimate: Estimate, meters: dict[str, MeterWords], tenant: Tenant
) -> list[tuple[str, list[str], int]]:
    return [
        (
            line_name(line, meters, visit.t),
            line_says(line, meters, tenant.currency, visit.t),
            line.amount,
        )
        for line in estimate.lines
    ]


def _told(visit: Visit, error: EnsceneError) -> str:
    return visit.t.problem(error.code, error.facts, error.detail)


async def _plan(visit: Visit, version: str) -> Plan:
    for plan in await visit.console.billing.plans(visit.tenant):
        if str(plan.version) == version:
            return plan
    raise NotFound("there is no such plan", code="plan.not_found")


async def _meters(visit: Visit, named: list[str]) -> dict[str, MeterWords]:
    """Every meter that there is, those that applications count themselves as they were used of
    late, and those that are named."""
    found = await read_all_meters(visit.console, visit.tenant, visit.t)
    clock = await visit.read_clock()
    month = local_day(clock["now"], clock["zone"]).replace(day=1)
    used = [
        row.meter
        for first in (month_before(month), month)
        for row in await read_meters(visit.console.pool, visit.tenant, first)
    ]
    lacking = [meter for meter in (*used, *named) if meter and meter not in found]
    return found | await read_meter_words(visit.console, visit.tenant, visit.t, lacking)
