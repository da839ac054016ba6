"""What comes first: the planning map, its rules, unmet needs, flagships and covered lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import read_mountings
from enscene.operations.planning import (
    CRITERIA,
    LEVELS,
    POINTS_MOST,
    PRINCIPLES,
    Rules,
    ask_rules,
    cover_lines,
    decide_rules,
    enter_need,
    list_entries,
    list_needs,
    list_rules,
    plan_map,
    propose_need,
    read_reach,
    read_rules_of,
    read_scores,
    rules_in_force,
)
from enscene.shelf import standard_shelf
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.planning import AT, today_of
from enscene.web.problems import status_of

NEED = ("who", "need", "served_today", "source", "sector")
SINGLE = ("least_total", "warn_below", "flagships_most", "answer_days", "hot_spot_days")
SECTORS = ("closed_sectors", "strategic_sectors")


def routes(console: Console) -> list[Route]:
    """The routes of these pages: the scene team writes and asks, approvers decide."""
    needs, rules = f"{AT}/needs", f"{AT}/rules"
    return [
        Route(f"{AT}/map", member(console, show_map, *STAFF), methods=["GET"]),
        Route(f"{AT}/depth", member(console, show_depth, *STAFF), methods=["GET"]),
        Route(needs, member(console, show_needs, *STAFF), methods=["GET"]),
        Route(needs, member(console, enter, "scene_team"), methods=["POST"]),
        Route(f"{needs}/{{need}}/propose", member(console, propose, "scene_team"),
              methods=["POST"]),
        Route(rules, member(console, show_rules, *STAFF), methods=["GET"]),
        Route(rules, member(console, ask, "scene_team"), methods=["POST"]),
        Route(f"{rules}/{{version:int}}/{{verdict}}", member(console, decide, "approver"),
              methods=["POST"]),
    ]  # fmt: skip


async def show_map(visit: Visit) -> Response:
    """Candidates in order, and how other weights would change it."""
    pool, tenant = visit.console.pool, visit.tenant
    packs = (await visit.console.templates()).packs
    rules = (await rules_in_force(pool, tenant)).rules
    weights = dict(rules.principles)
    for name in PRINCIPLES:
        number = _number(visit.ask(name))
        if 0 <= number <= POINTS_MOST:
            weights[name] = number
    if not sum(weights.values()):
        weights = dict(rules.principles)
    rows = plan_map(
        await list_entries(pool, tenant, packs), await read_scores(pool, tenant), rules,
        await today_of(visit), weights, rules.principles,
    )  # fmt: skip
    whole = sum(weights.values())
    bars = {row.entry.ref: _bar(row.parts, weights, whole) for row in rows}
    return visit.page(
        "planning_map.html", tab="map", rows=rows, bars=bars, weights=weights, rules=rules,
        principles=PRINCIPLES, other=weights != rules.principles,
        names={row.entry.ref: row.entry.content.name for row in rows},
    )  # fmt: skip


def _bar(parts: Any, weights: Any, whole: int) -> list[tuple[str, str, str]]:
    """Principle, where its part of the bar begins, how wide it is; of 100."""
    found: list[tuple[str, str, str]] = []
    at = 0.0
    for name in PRINCIPLES:
        width = weights[name] * parts[name] / whole
        found.append((name, f"{at:.2f}", f"{width:.2f}"))
        at += width
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


async def show_depth(visit: Visit) -> Response:
    """Flagships beside their targets, and the lines of the bank."""
    pool, tenant = visit.console.pool, visit.tenant
    packs = (await visit.console.templates()).packs
    entries = await list_entries(pool, tenant, packs)
    shelf = standard_shelf()
    mountings = await read_mountings(visit.console.host, pool, tenant)
    return visit.page(
        "planning_depth.html", tab="depth", reach=await read_reach(pool, tenant, entries),
        covered=cover_lines(shelf, entries, mountings), shelf=shelf,
        most=(await rules_in_force(pool, tenant)).rules.flagships_most,
        names={each.ref: each.content.name for each in entries},
    )  # fmt: skip


async def show_needs(visit: Visit) -> Response:
    """Needs that nobody meets, and a form for another."""
    return await _needs(visit)


async def _needs(visit: Visit, error: EnsceneError | None = None) -> Response:
    return visit.page(
        "planning_needs.html", 200 if error is None else status_of(error),
        tab="needs", needs=await list_needs(visit.console.pool, visit.tenant),
        clock=await visit.read_clock(), known_sectors=visit.t.keys("sectors."),
        typed={name: visit.field(name) if error else "" for name in NEED},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=visit.t.field("planning", error.param) if error else "",
    )  # fmt: skip


async def enter(visit: Visit) -> Response:
    """Enter a need."""
    who, need, served, source, sector = (visit.field(name) for name in NEED)
    try:
        await enter_need(
            visit.console.pool, visit.tenant, who, need, served, source, sector, visit.who
        )
    except EnsceneError as error:
        return await _needs(visit, error)
    return visit.go(f"{AT}/needs")


async def propose(visit: Visit) -> Response:
    """Make a candidate of a need."""
    try:
        need = UUID(visit.path("need"))
    except ValueError:
        raise NotFound("there is no such need", code="planning.no_need") from None
    packs = (await visit.console.templates()).packs
    ref = await propose_need(visit.console.pool, visit.tenant, need, packs, visit.who)
    return visit.go(f"{AT}/entries/{ref}")


async def show_rules(visit: Visit) -> Response:
    """The rules that hold, all versions, and a form for others."""
    return await _rules(visit)


async def _rules(visit: Visit, error: EnsceneError | None = None) -> Response:
    versions = await list_rules(visit.console.pool, visit.tenant)
    now = next(each for each in versions if each.state == "approved")
    named = {each for name in SECTORS for each in getattr(now.rules, name)}
    sectors = [*visit.t.keys("sectors."), *sorted(named - set(visit.t.keys("sectors.")))]
    typed = _typed(now.rules, sectors)
    if error is not None:
        typed = {name: visit.field(name) for name in typed}
    return visit.page(
        "planning_rules.html", 200 if error is None else status_of(error),
        tab="rules", versions=versions, now=now, criteria=CRITERIA, principles=PRINCIPLES,
        levels=LEVELS, typed=typed, clock=await visit.read_clock(),
        waiting=next((each for each in versions if each.state == "asked"), None),
        changed={each.version: _changed(versions, each.version) for each in versions},
        sectors=sectors, sector_rules=SECTORS, reason=visit.field("reason") if error else "",
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=visit.t.field("planning", error.param) if error else "",
    )  # fmt: skip


def _changed(versions: Any, number: int) -> list[str]:
    """The names of the rules that a version has otherwise than the approved one before it."""
    rules = next(each.rules for each in versions if each.version == number)
    before = next((each.rules for each in versions
                   if each.version < number and each.state == "approved"), None)  # fmt: skip
    if before is None:
        return []
    return [name for name in Rules.__struct_fields__
            if getattr(rules, name) != getattr(before, name)]  # fmt: skip


def _typed(rules: Rules, sectors: list[str]) -> dict[str, str]:
    found = {f"weights.{each}": str(rules.weights[each]) for each in CRITERIA}
    found |= {f"least.{each}": str(rules.least.get(each, 0)) for each in CRITERIA}
    found |= {f"principles.{each}": str(rules.principles[each]) for each in PRINCIPLES}
    found |= {f"review_months.{each}": str(rules.review_months[each]) for each in LEVELS}
    found |= {name: str(getattr(rules, name)) for name in SINGLE}
    for name in SECTORS:
        found |= {f"{name}.{each}": "on" if each in getattr(rules, name) else ""
                  for each in sectors}  # fmt: skip
    return found


async def ask(visit: Visit) -> Response:
    """Propose other rules; nothing is lost of what was typed when they cannot be."""
    values: dict[str, Any] = {name: _number(visit.field(name)) for name in SINGLE}
    for table in ("weights", "least", "principles", "review_months"):
        values[table] = {
            name: _number(text) for name, text in visit.fields(f"{table}.").items()
        }  # fmt: skip
    values["least"] = {name: least for name, least in values["least"].items() if least}
    values |= {name: list(visit.fields(f"{name}.")) for name in SECTORS}
    try:
        rules = read_rules_of(msgspec.to_builtins(values))
        await ask_rules(visit.console.pool, visit.tenant, rules, visit.field("reason"), visit.who)
    except EnsceneError as error:
        return await _rules(visit, error)
    return visit.go(f"{AT}/rules")


async def decide(visit: Visit) -> Response:
    """A second person lets rules hold, or not."""
    verdict = visit.path("verdict")
    if verdict not in ("approve", "refuse"):
        raise NotFound("there is no such page", code="planning.no_rules")
    await decide_rules(
        visit.console.pool, visit.tenant, int(visit.path("version")), visit.who,
        approve=verdict == "approve",
    )  # fmt: skip
    return visit.go(f"{AT}/rules")
