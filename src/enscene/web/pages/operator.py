"""The operator's console: tenants as a tree, one tenant, health, income. Figures, no customers."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.billing import read_income
from enscene.billing.income import Income
from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Forbidden, Invalid
from enscene.metering import read_gaps
from enscene.operations.tenancy import list_asks as list_tenant_asks
from enscene.tenants import Tenant
from enscene.tenants.figures import (
    Figures,
    Sight,
    read_adoption,
    read_figures,
    read_health,
    set_renewal,
    sight_of,
)
from enscene.tenants.figures.adoption import MOST
from enscene.tenants.plans import finish_step, list_steps, plan_step, read_plans
from enscene.tenants.quotas import (
    WHATS,
    Ask,
    Quota,
    What,
    ask_quota,
    decide_quota,
    list_asks,
    read_limits,
    read_quotas,
)
from enscene.web.console import Console, Visit, member

ROLE = "operator"
READERS_MOST = 12
INVOICES_MOST = 12
HIGH = 90
"""From this share of a limit on, in per cent, it is told in the list."""


@dataclass(frozen=True, slots=True)
class Row:
    """A tenant in the tree; `depth` below the first one in sight. `fullest` is the limit of which
    most is used (None: it has no limits)."""

    figures: Figures
    depth: int
    fullest: Quota | None


@dataclass(frozen=True, slots=True)
class Month:
    """What was billed in a month in one currency; minor units."""

    month: date
    currency: str
    total: int
    paid: int
    invoices: int
    shares: Mapping[str, int]


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    one = "/operator/tenants/{ref}"
    return [
        Route("/operator", member(console, show, ROLE), methods=["GET"]),
        Route("/operator/health", member(console, health, ROLE), methods=["GET"]),
        Route("/operator/income", member(console, income, ROLE), methods=["GET"]),
        Route(one, member(console, show_one, ROLE), methods=["GET"]),
        Route(f"{one}/limits", member(console, ask, ROLE), methods=["POST"]),
        Route(f"{one}/limits/{{what}}", member(console, decide, ROLE), methods=["POST"]),
        Route(f"{one}/renewal", member(console, renewal, ROLE), methods=["POST"]),
        Route(f"{one}/steps", member(console, plan, ROLE), methods=["POST"]),
        Route(f"{one}/steps/{{kind}}/{{n:int}}", member(console, finish, ROLE), methods=["POST"]),
    ]


async def sight_of_visit(visit: Visit) -> Sight:
    """The tenants that whoever visits sees."""
    named = visit.console.settings.operator or os.environ.get("ENSCENE_OPERATOR") or None
    return await sight_of(visit.console.pool, visit.tenant, named)


async def _found(visit: Visit) -> tuple[Sight, Tenant]:
    sight = await sight_of_visit(visit)
    return sight, sight.find(visit.path("ref"))


def _page(
    visit: Visit, template: str, sight: Sight, *, status: int = 200, **values: Any
) -> Response:
    return visit.page(template, status, sight=sight, **values)


async def show(visit: Visit) -> Response:
    """The tree."""
    pool, sight = visit.console.pool, await sight_of_visit(visit)
    figures = await read_figures(pool, sight.tenants)
    adoption = {each.tenant.id: each for each in await read_adoption(pool, figures)}
    ids = [tenant.id for tenant in sight.tenants]
    rows = tree_of(figures, await read_limits(pool, ids))
    opened = [row.figures for row in rows if row.figures.tenant.state == "open"]
    return _page(
        visit, "operator.html", sight,
        rows=rows, adoption=adoption, waits=sum(each.state == "asked" for each in await list_tenant_asks(pool, [*ids, visit.tenant])), asks=_named(sight, await list_asks(pool, ids)), plans=read_plans(), high=HIGH,
        totals={
            "tenants": len(opened),
            "live": sum(each.live for each in opened),
            "calls": sum(each.calls for each in opened),
            "troubles": sum(bool(each.troubles) for each in opened),
        },
    )  # fmt: skip


def tree_of(figures: Sequence[Figures], limits: Mapping[tuple[int, What], int]) -> list[Row]:
    """Rows with their depth and their fullest limit. A limit counts for all below, so their figures
    are added up on the way; children stand after their parents."""
    used: dict[int, dict[str, int]] = {}
    for each in reversed(figures):
        own = used.setdefault(each.tenant.id, defaultdict(int))
        numbers = (each.scenes, each.users, each.apps, each.calls)
        for what, count in zip(WHATS, numbers, strict=True):
            own[what] += count
        if each.tenant.parent is not None:
            above = used.setdefault(each.tenant.parent, defaultdict(int))
            for what in WHATS:
                above[what] += own[what]
    depths: dict[int, int] = {}
    rows = []
    for each in figures:
        tenant = each.tenant
        depth = depths[tenant.id] = depths.get(tenant.parent or -1, -1) + 1
        quotas = [
            Quota(tenant.id, what, limits[tenant.id, what], used[tenant.id][what])
            for what in WHATS
            if (tenant.id, what) in limits
        ]
        fullest = max(quotas, key=lambda quota: quota.share, default=None)
        rows.append(Row(each, depth, fullest))
    return rows


def _named(sight: Sight, asks: Sequence[Ask]) -> list[tuple[Tenant, Ask]]:
    by_id = {tenant.id: tenant for tenant in sight.tenants}
    return [(by_id[each.tenant], each) for each in asks]


async def show_one(visit: Visit) -> Response:
    """One tenant: limits, project, care, what it runs on, invoices."""
    return await tenant_page(visit)


async def tenant_page(
    visit: Visit, fault: Mapping[str, Any] | None = None, status: int = 200
) -> Response:
    """The page of a tenant; `fault` says what was wrong with one of its forms (form, said, param),
    whose fields then hold what was typed."""
    pool = visit.console.pool
    sight, tenant = await _found(visit)
    (figures,) = await read_figures(pool, [tenant])
    (adoption,) = await read_adoption(pool, [figures])
    steps = await list_steps(pool, [tenant.id])
    billed = await read_income(pool, [tenant], date.min, date.max)
    return _page(
        visit, "operator_tenant.html", sight, status=status, fault=fault,
        tenant=tenant, figures=figures, adoption=adoption, most_points=MOST, plan=read_plans().get(tenant.plan),
        quotas=await read_quotas(pool, tenant.id),
        asks={each.what: each for each in await list_asks(pool, [tenant.id])},
        changes=_may_change(visit, sight, tenant),
        steps={kind: [step for step in steps if step.kind == kind] for kind in ("project", "care")},
        today=local_day(datetime.now(UTC), tenant.zone),
        invoices=list(reversed(billed))[:INVOICES_MOST],
        parent=next((each for each in sight.tenants if each.id == tenant.parent), None),
        plans=read_plans(), waits=[each for each in await list_tenant_asks(pool, [tenant.id]) if each.state == "asked"],
    )  # fmt: skip


async def health(visit: Visit) -> Response:
    """What all tenants share, for the installation's operator."""
    sight = await sight_of_visit(visit)
    if not sight.whole:
        raise Forbidden("this is for the operator", code="operator.only")
    pool = visit.console.pool
    found = await read_health(pool, sight.tenants)
    figures = await read_figures(pool, sight.tenants)
    return _page(
        visit, "operator_health.html", sight,
        health=found, readers=found.readers[:READERS_MOST], gaps=await read_gaps(pool),
        late=[each for each in figures if each.days_open],
    )  # fmt: skip


async def income(visit: Visit) -> Response:
    """What tenants were billed, by month."""
    sight = await sight_of_visit(visit)
    found = await read_income(visit.console.pool, sight.tenants, date.min, date.max)
    months = months_of(found)
    return _page(visit, "operator_income.html", sight, months=months, invoices=found[::-1][:60])


def months_of(billed: Sequence[Income]) -> list[Month]:
    """Sums by month and currency, the latest first."""
    found: dict[tuple[date, str], list[Income]] = defaultdict(list)
    for each in billed:
        found[each.month, each.currency].append(each)
    months = []
    for (month, currency), some in sorted(found.items(), reverse=True):
        shares: dict[str, int] = defaultdict(int)
        for each in some:
            for who, minor in each.shares.items():
                shares[who] += minor
        total = sum(each.total for each in some)
        paid = sum(each.total for each in some if each.state == "paid")
        months.append(Month(month, currency, total, paid, len(some), dict(shares)))
    return months


def _may_change(visit: Visit, sight: Sight, tenant: Tenant) -> bool:
    """Nobody but the installation's operator lifts the limits of the tenant they belong to."""
    return sight.whole or tenant.id != visit.tenant


async def ask(visit: Visit) -> Response:
    """Ask for another limit; an empty field is no limit."""
    sight, tenant = await _found(visit)
    _need_change(visit, sight, tenant)
    text = visit.field("most")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Invalid("a limit is 0 or more", code="quota.most", param="most")
    most = int(text) if text else None
    await ask_quota(visit.console.pool, tenant.id, visit.field("what"), most, visit.who)
    return visit.go(f"/operator/tenants/{tenant.ref}")


async def decide(visit: Visit) -> Response:
    """Approve or reject what somebody else asked for."""
    sight, tenant = await _found(visit)
    _need_change(visit, sight, tenant)
    approve = visit.field("decision") == "approve"
    what = visit.path("what")
    await decide_quota(visit.console.pool, tenant.id, what, visit.who, approve=approve)
    return visit.go(f"/operator/tenants/{tenant.ref}")


def _need_change(visit: Visit, sight: Sight, tenant: Tenant) -> None:
    if not _may_change(visit, sight, tenant):
        raise Forbidden("one's own limits are changed from above", code="quota.own")


async def renewal(visit: Visit) -> Response:
    """When its service is to be renewed; an empty field forgets it."""
    _, tenant = await _found(visit)
    text = visit.field("renews")
    await set_renewal(
        visit.console.pool, tenant.id, parse_day(text, param="renews") if text else None
    )
    return visit.go(f"/operator/tenants/{tenant.ref}#adoption")


async def plan(visit: Visit) -> Response:
    """One more step of the project or of care."""
    _, tenant = await _found(visit)
    due = parse_day(visit.field("due"), param="due")
    kind, title = visit.field("kind"), visit.field("title")
    await plan_step(visit.console.pool, tenant.id, kind, title, due)
    return visit.go(f"/operator/tenants/{tenant.ref}")


async def finish(visit: Visit) -> Response:
    """A step is done."""
    _, tenant = await _found(visit)
    await finish_step(
        visit.console.pool, tenant.id, visit.path("kind"), int(visit.path("n")), visit.who,
        visit.field("note"),
    )  # fmt: skip
    return visit.go(f"/operator/tenants/{tenant.ref}")
