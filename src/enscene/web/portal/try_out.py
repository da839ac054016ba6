"""Try out: settings, deliveries with faults, conformance runs, and one's own calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError
from enscene.partners import store
from enscene.partners.conformance import FAULTS, Run, ask_run, list_runs, read_words
from enscene.partners.fill_in import fill_in
from enscene.tenants.apps import SIGNINGS
from enscene.web.console import Console
from enscene.web.portal.visit import PortalVisit, partner
from enscene.web.problems import status_of

CALLS = 100


_TYPED = ("webhook_url", "redirect_uris", "signing", "software")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    base = "/portal/{tenant}"
    return [
        Route(f"{base}/try", partner(console, show), methods=["GET"]),
        Route(f"{base}/try", partner(console, act), methods=["POST"]),
        Route(f"{base}/calls", partner(console, calls), methods=["GET"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """The settings, what was sent and what came of it."""
    return await _page(visit)


async def act(visit: PortalVisit) -> Response:
    """Change a setting, send an event, start a run."""
    known = visit.partner
    try:
        match visit.field("do"):
            case "settings":
                await fill_in(visit.pool, visit.tenant.id, known.id, _changes(visit), {})
            case "delivery":
                await ask_run(
                    visit.pool, visit.tenant.id, known.id, kind="delivery", who=known.number,
                    fault=visit.field("fault"),
                )  # fmt: skip
            case "run":
                await ask_run(
                    visit.pool, visit.tenant.id, known.id, kind="conformance", who=known.number
                )
    except EnsceneError as error:
        return await _page(
            visit, status_of(error), error=visit.told(error), wrong=visit.field("do"),
            typed={name: visit.field(name) for name in _TYPED},
        )  # fmt: skip
    return visit.go("/try")


def _changes(visit: PortalVisit) -> dict[str, Any]:
    """What was typed; what was left empty, and was so, is no change."""
    known = visit.partner
    changes: dict[str, Any] = {"software": visit.field("software")}
    changes["redirect_uris"] = visit.field("redirect_uris").split()
    for name in ("webhook_url", "signing"):
        if visit.field(name) or getattr(known, name):
            changes[name] = visit.field(name)
    return changes


async def _page(visit: PortalVisit, status: int = 200, **more: Any) -> Response:
    known = visit.partner
    runs = await list_runs(visit.pool, visit.tenant.id, known.id)
    waits = any(run.state in ("asked", "running") for run in runs)
    values = {"wrong": None, "typed": {}, **more}
    return await visit.page(
        "portal_try.html", status, faults=FAULTS, signings=SIGNINGS, waits=waits,
        runs=[(run, report(run, visit.language)) for run in runs if run.kind == "conformance"][:5],
        deliveries=[(r, report(r, visit.language)) for r in runs if r.kind == "delivery"][:10],
        **values,
    )  # fmt: skip


def report(run: Run, language: str) -> Sequence[dict[str, Any]]:
    """The verdicts of a run in words."""
    words, told = read_words(), []
    for check in run.checks:
        reason = words.reasons.get(check["reason"] or "")
        names = words.checks[check["check"]]
        told.append({
            "passed": check["passed"],
            "title": getattr(names.title, language),
            "does": getattr(names.does, language),
            "why": getattr(reason.why, language).format(**check["facts"]) if reason else None,
            "way_out": getattr(reason.way_out, language).format(**check["facts"]) if reason
            else None,
            "answers": check["answers"],
        })  # fmt: skip
    return told


async def calls(visit: PortalVisit) -> Response:
    """The newest calls of one's own applications."""
    known, found = visit.partner, []
    where = visit.request.query_params.get("app", "sandbox")
    tenant, app = known.sandbox, known.sandbox_app
    if where == "live":
        tenant, app = known.tenant, known.live_app
    if tenant is not None and app is not None:
        async with store.admitted(visit.pool, tenant, readonly=True) as connection:
            found = await store.list_calls(connection, tenant, app, 2**62, CALLS)
    return await visit.page("portal_calls.html", calls=found, where=where)
