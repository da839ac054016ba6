"""A tenant's own pages: who serves it and when, and how it looks."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError
from enscene.tenants import get_tenant
from enscene.tenants.brands import clean_logo, contrast_of, read_brand, set_brand
from enscene.tenants.plans import list_steps, read_plans
from enscene.tenants.quotas import read_quotas
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of
from enscene.web.read_upload import file_of

READERS = (*STAFF, "admin", "operator", "manager")
ADMIN = "admin"


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/institution", member(console, show, *READERS), methods=["GET"]),
        Route("/institution/brand", member(console, show_brand, *READERS), methods=["GET"]),
        Route("/institution/brand", member(console, change_brand, ADMIN), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """The service: plan, manager by name, project, care, limits."""
    pool = visit.console.pool
    tenant = await get_tenant(pool, visit.tenant)
    steps = await list_steps(pool, [tenant.id])
    return visit.page(
        "institution.html",
        tenant=tenant,
        plan=read_plans().get(tenant.plan),
        steps={kind: [step for step in steps if step.kind == kind] for kind in ("project", "care")},
        quotas=[quota for quota in await read_quotas(pool, tenant.id) if quota.most is not None],
        today=local_day(datetime.now(UTC), tenant.zone),
    )


async def show_brand(visit: Visit) -> Response:
    """How it looks, and a form for whoever may change it."""
    return await _brand_page(visit)


async def change_brand(visit: Visit) -> Response:
    """Another look; what was typed stays where it cannot be."""
    pool = visit.console.pool
    try:
        given = file_of(visit.field("logo"))
        logo = clean_logo(given) if given else None
        await set_brand(
            pool, visit.tenant, zh=visit.field("zh"), en=visit.field("en"),
            accent=visit.field("accent"), logo=logo, who=visit.who,
            keep_logo=not visit.field("drop_logo"),
        )  # fmt: skip
    except EnsceneError as error:
        return await _brand_page(visit, error)
    return visit.go("/institution/brand")


async def _brand_page(visit: Visit, error: EnsceneError | None = None) -> Response:
    own = await read_brand(visit.console.pool, visit.tenant, own=True)
    typed = {"zh": own.zh, "en": own.en, "accent": own.accent}
    if error is not None:
        typed = {name: visit.field(name) for name in typed}
    return visit.page(
        "institution_brand.html",
        200 if error is None else status_of(error),
        own=own,
        typed=typed,
        contrast=f"{contrast_of(own.accent):.1f}",
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=error.param if error else None,
        changes=visit.session.allows(ADMIN),
    )
