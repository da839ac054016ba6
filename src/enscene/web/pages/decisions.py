"""Applications in the console: figures, every one, and one credit decision in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.applications import (
    MANAGER,
    Funnel,
    application_id,
    list_applications,
    list_decisions,
    read_application,
    read_decision,
    read_figures,
    read_funnels,
    read_inputs,
    read_steps,
    read_talk,
    tell_reasons,
)
from enscene.engagement.applications.application import STEPS
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.risk import CHAMPION, drift_of, read_policy
from enscene.shelf.store import count_contracts
from enscene.web.apply_view import view_application
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.funnel_view import FunnelView, count_in_scene, view_funnel, view_in_scene
from enscene.web.pages.customer import may_look
from enscene.web.render import money

LISTED, COMPARED = 50, 2_000
FUNNELS_SHOWN = 12
DRIFT_LEAST = 40
"""So many decisions are needed before their inputs are compared."""
READERS = (*STAFF, MANAGER)
_MONEY_RULES = ("within_fact", "within_limit", "small_enough", "income_as_before")
_SHARES = ("affordable",)


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [
        Route("/applications", member(console, show, *READERS), methods=["GET"]),
        Route("/applications/{application}", member(console, show_one, *READERS), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """Figures, applications, decisions, drift."""
    tenant = visit.tenant
    policy = read_policy(CHAMPION)
    async with operations_store.reading(visit.console.pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        figures = await read_figures(connection, tenant)
        funnels = await read_funnels(connection, visit.console.host, tenant)
        opened = {
            (row["scene"], row["product"]): row["opened"]
            for row in await count_contracts(connection, tenant)
        }
        found = await list_applications(connection, tenant, limit=LISTED)
        names = await _names(connection, tenant, [each.customer for each in found])
        decided = await list_decisions(connection, tenant, LISTED)
        inputs = await read_inputs(connection, tenant, policy.title, COMPARED)
    half = len(inputs) // 2
    drift = (
        drift_of(policy.card, inputs[:half], inputs[half:]) if len(inputs) >= DRIFT_LEAST else {}
    )
    same = [row["outcome"] == (row["challenger"] or {}).get("outcome") for row in decided]
    return visit.page(
        "applications.html",
        figures=figures,
        funnels=(await _funnels(visit, funnels, opened))[:FUNNELS_SHOWN],
        steps=sorted(figures["steps"].items(), key=lambda step: _place(step[0])),
        rows=[view_application(each, visit.t) for each in found],
        names=names,
        drift=sorted(drift.items(), key=lambda item: -item[1]),
        agree=round(100 * sum(same) / len(same)) if same else None,
        zone=clock["zone"],
    )


async def _funnels(
    visit: Visit, funnels: list[Funnel], opened: dict[tuple[int, str], int]
) -> list[FunnelView]:
    """Every funnel, and then what scenes open by themselves alone."""
    beside = count_in_scene(opened, funnels)
    views = [view_funnel(f, beside.pop((f.scene, f.product), 0), visit.t) for f in funnels]
    for (scene, product), count in sorted(beside.items(), key=lambda item: -item[1]):
        if scene:  # what no scene has opened is no matter of a scene
            found = await visit.console.host.catalogue.scene_by_id(visit.tenant, scene)
            views.append(view_in_scene(product, found.name, count, visit.t))
    return views


def _place(step: str) -> int:
    """Where a step stands on the way; those beside it come last."""
    return STEPS.index(step) if step in STEPS else len(STEPS)


async def show_one(visit: Visit) -> Response:
    """One application, and the decision in full. Raises: NotFound."""
    try:
        wanted = application_id(visit.path("application"))
    except Invalid:
        raise NotFound("there is no such application", code="application.not_found") from None
    tenant = visit.tenant
    async with operations_store.reading(visit.console.pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        found = await read_application(connection, tenant, wanted)
        steps = await read_steps(connection, tenant, wanted)
        talk = await read_talk(connection, tenant, found)
        row = None
        if found.decision is not None:
            row = await read_decision(connection, tenant, found.decision)
        looks = await may_look(connection, visit, found.customer)
        names = await _names(connection, tenant, [found.customer])
    scene = await visit.console.host.catalogue.scene_by_id(tenant, found.scene)
    words = scene.pack.texts[visit.language]
    told = tell_reasons(_kept(row["record"] if row else {}, found.reasons), found.currency)
    return visit.page(
        "decision.html",
        view=view_application(found, visit.t, talk, words, for_staff=True),
        steps=steps,
        decision=row,
        rules=[_rule(rule, visit, found.currency) for rule in row["record"]["rules"]]
        if row
        else [],
        card=_card(row["record"], visit) if row else [],
        told=[reason[visit.language] for reason in told],
        overridden=datetime.fromisoformat(row["override"]["at"])
        if row and row["override"]
        else None,
        zone=clock["zone"],
        may_look=looks,
        names=names,
    )


async def _names(connection: Any, tenant: int, customers: list[int]) -> dict[str, str]:
    """What the customers are called by whoever knows their refs alone; one may have no name."""
    rows = await operations_store.read(connection, "names", tenant, customers, [])
    return {row["ref"]: row["name"] or "" for row in rows}


def _kept(record: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reasons of a decision; which conditions are not met, as far as the customer was told."""
    kept = list(record.get("reasons", []))
    broken = [reason for reason in told if str(reason["code"]).startswith("eligible_")]
    if broken and any(reason["code"] == "eligible" for reason in kept):
        kept = [reason for reason in kept if reason["code"] != "eligible"] + broken
    return kept


def _rule(rule: dict[str, Any], visit: Visit, currency: str) -> tuple[str, str, str, str]:
    """(rule, value, bound, says) in words."""
    name = rule["rule"]
    key = "claim" if name.startswith("claim_") else name
    title = visit.t(f"decisions.rulenames.{key}")

    def shown(value: Any) -> str:
        if value is None:
            return "—"
        if name in _MONEY_RULES:
            return money(int(value), currency)
        if name in _SHARES:
            return f"{value:.1%}"
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    return title, shown(rule["value"]), shown(rule["bound"]), rule["says"]


def _card(record: dict[str, Any], visit: Visit) -> list[tuple[str, str, int]]:
    """(fact, what was known, points) of the score card."""
    rows = []
    for name, points in record["points_by_fact"].items():
        value = record["facts"].get(name)
        shown = visit.t("decisions.missing") if value is None else f"{value:,.0f}"
        if value is not None and name.endswith("_share"):
            shown = f"{value:.1%}"
        rows.append((visit.t(f"decisions.factnames.{name}"), shown, points))
    return rows
