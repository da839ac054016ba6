"""The platform as a business, in the operator's console: all tenants at a glance, four measures."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from enscene.operations.business import (
    SORTS,
    Chosen,
    choose,
    overall_of,
    read_measures,
    read_portfolio,
    read_standing,
)
from enscene.operations.business.measures import CUSTOM_PERCENT, FAST_DAYS, PROOF_DAYS, SIMPLE_ACTS
from enscene.tenants import LEVELS
from enscene.tenants.figures import Sight, sight_of
from enscene.tenants.plans import read_plans
from enscene.web.console import Console, Visit, member

ROLE = "operator"
AT = "/operator/business"
STATES = ("open", "closed")
TROUBLES = ("any", "errors", "webhooks", "overdue", "days")
ASKED = ("find", "level", "plan", "pack", "region", "state", "trouble", "sort")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route(AT, member(console, show, ROLE), methods=["GET"]),
        Route(f"{AT}/measures", member(console, measures, ROLE), methods=["GET"]),
    ]


async def sight(visit: Visit) -> Sight:
    """The tenants that whoever visits sees."""
    named = visit.console.settings.operator or os.environ.get("ENSCENE_OPERATOR") or None
    return await sight_of(visit.console.pool, visit.tenant, named)


async def show(visit: Visit) -> Response:
    """All tenants: searched, filtered, sorted, by page, with sums by kind of scene."""
    seen = await sight(visit)
    entries = await read_portfolio(visit.console.pool, seen.tenants)
    page = visit.ask("page")
    chosen = Chosen(
        **{name: visit.ask(name) for name in ASKED if visit.ask(name)},
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )
    found = choose(entries, chosen)
    packs = (await visit.console.templates()).packs
    kept = {name: visit.ask(name) for name in ASKED if visit.ask(name)}
    return visit.page(
        "business.html", sight=seen, found=found, chosen=chosen, all=len(entries),
        plans=read_plans(), levels=LEVELS, states=STATES, troubles=TROUBLES, sorts=list(SORTS),
        kinds=sorted({pack for each in entries for pack in each.packs}),
        regions=sorted({region for each in entries for region in each.regions}),
        names={name: visit.word(pack, "title") for name, pack in packs.items()},
        query=urlencode(kept), some=replace(chosen, page=1) != Chosen(),
    )  # fmt: skip


async def measures(visit: Visit) -> Response:
    """How fast, secure, simple and customisable the platform was, over all and for each tenant."""
    pool, seen = visit.console.pool, await sight(visit)
    standing = await read_standing(pool, datetime.now(UTC).date())
    found = await read_measures(pool, [each for each in seen.tenants if each.state == "open"])
    return visit.page(
        "business_measures.html", sight=seen, standing=standing, found=found,
        overall=overall_of(found, standing), backup=backed_up(visit.console.settings.erased),
        most={"fast": FAST_DAYS, "simple": SIMPLE_ACTS, "custom": CUSTOM_PERCENT, "proof": PROOF_DAYS},
    )  # fmt: skip


def backed_up(erased: Path | None) -> datetime | None:
    """When the newest backup was made of a server of our own; None: there is none here. They lie
    beside the list of who was erased."""
    if erased is None:
        return None
    made = [each.stat().st_mtime for each in (erased.parent / "backups").glob("*.backup")]
    return datetime.fromtimestamp(max(made), UTC) if made else None
