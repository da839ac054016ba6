"""What the bank needs of a partner by its risk tier, and what the partner itself writes down: its
systems, tests and drills, its assets and what they are made of."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import Conflict, EnsceneError
from enscene.partners.governance import newest, read_governed, read_kinds
from enscene.partners.inventory import KINDS, put_asset
from enscene.partners.renewal import GRACE, renewal_due
from enscene.web.console import Console
from enscene.web.pages.governance import import_for, put_typed
from enscene.web.partner_refusals import tell_partner_form
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.problems import status_of

TYPED = ("about", "on_day", "due_on", "name", "owner", "supplier", "version")


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/portal/{tenant}/controls"
    return [
        Route(path, partner(console, show), methods=["GET"]),
        Route(path, partner(console, act), methods=["POST"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """Tier, gaps, records, assets."""
    return await _page(visit)


async def act(visit: PortalVisit) -> Response:
    """Write a record down, enter an asset, import its components."""
    known, verb = visit.partner, visit.field("do")
    try:
        if known.stage == "draft":
            raise Conflict(
                "apply first",
                code="partner.stage",
                facts={"stage": known.stage, "wanted": "applied"},
            )
        if verb == "asset":
            texts = {name: visit.field(name) for name in ("owner", "supplier", "version")}
            await put_asset(
                visit.pool, visit.tenant.id, known.id, known.number, visit.field("kind"),
                visit.field("name"), **texts,
            )  # fmt: skip
        elif verb == "sbom":
            await import_for(
                visit.pool, visit.tenant.id, known.id, visit.field("asset"), visit.field("sbom"),
                known.number,
            )  # fmt: skip
        else:
            fields = {k.removeprefix("f."): v.strip() for k, v in visit.form if k.startswith("f.")}
            await put_typed(
                visit, visit.pool, visit.tenant.id, known.id, fields, "partner", known.number
            )
    except EnsceneError as error:
        told = tell_partner_form(error, f"r-{visit.field('kind')}", visit.t)
        return await _page(
            visit, status_of(error), error=told.said, bad=told.field, wrong=visit.field("kind"),
            typed={name: visit.field(name) for name in TYPED},
            given={k.removeprefix("f."): v for k, v in visit.form if k.startswith("f.")},
        )  # fmt: skip
    return visit.go("/controls")


async def _page(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    governed = await read_governed(visit.pool, visit.tenant.id, visit.partner.id)
    # What the bank writes for itself, an exit plan for one, is not told.
    kinds = {kind.id for kind in read_kinds().kinds if "partner" in kind.by}
    values = {"wrong": "", "bad": "", "typed": dict.fromkeys(TYPED, ""), "given": {}, **more}
    return await visit.page(
        "portal_controls.html", status, governed=governed, counted=[each for each in newest(governed.records) if each.kind in kinds],
        record_kinds=read_kinds(), renewal=renewal_due(visit.partner), grace=GRACE.days,
        kinds=KINDS, **values,
    )  # fmt: skip
